"""Runs a platform's tasks and keeps its connection: what fails in one of them is logged and ends nothing else.

Shared by the platforms. Knows no SDK: each says which of its errors trying again cannot mend.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from bot.errors import UnreachableError

logger = logging.getLogger(__name__)


class Tasks:
    """Tasks that run for as long as a platform is served."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._group: asyncio.TaskGroup | None = None

    @property
    def running(self) -> bool:
        """Whether tasks can be started."""
        return self._group is not None

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[None]:
        """Run whatever is started meanwhile. An error of the body's is raised as it is, not in a group."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                yield
        except ExceptionGroup as errors:  # the tasks raise none, so it is the body's
            raise errors.exceptions[0] from None
        finally:
            self._group = None

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin work; whatever fails in it is logged and is nobody else's business.

        Raises:
            UnreachableError: if the platform is not served, or no longer.
        """
        logged, task = _logged(work), None
        if self._group is not None:
            with suppress(RuntimeError):  # the group is ending
                task = self._group.create_task(logged)
        if task is None:
            logged.close()
            work.close()
            raise UnreachableError(f"{self._platform} is not served")
        task.add_done_callback(lambda _: work.close())  # what was cancelled before its first step
        return task


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        logger.exception("unexpected")


class Login:
    """Whether a platform has logged in. Who wants to speak waits for it ``patience`` seconds and no longer."""

    def __init__(self, platform: str, patience: float) -> None:
        self._platform = platform
        self._patience = patience
        self._done = asyncio.Event()

    def begin(self) -> None:
        """The platform has logged in."""
        self._done.set()

    def end(self) -> None:
        """It is logged out."""
        self._done.clear()

    async def wait(self) -> None:
        """Return as soon as the platform is logged in.

        Raises:
            UnreachableError: if it is not in time; trying again later may help.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._done.wait()
        except TimeoutError:
            raise UnreachableError(f"the bot is not connected to {self._platform}") from None


@dataclass(frozen=True)
class Backoff:
    """Seconds before the second attempt; the pauses grow exponentially up to ``longest``, each random down to a half.

    Random, so that many who lost the same server do not all come back at once. A connection that stood for ``steady``
    seconds was a good one: after it the pauses begin anew.
    """

    first: float = 1.0
    longest: float = 60.0
    steady: float = 60.0

    def pause(self, state: RetryCallState) -> float:
        """Before the next attempt."""
        whole = wait_exponential(self.first, self.longest)(state)
        return random.uniform(whole / 2, whole)


async def stay_connected(
    platform: str,
    connect: Callable[[], Awaitable[None]],
    backoff: Backoff,
    *,
    final: tuple[type[Exception], ...],
    expected: tuple[type[Exception], ...],
    asked: Callable[[BaseException], float] = lambda _: 0.0,
) -> NoReturn:
    """Call ``connect`` again whenever it ends, until cancelled.

    ``expected`` errors are logged in one line, others with their traceback. ``asked`` tells by an error for how many
    seconds the platform itself wants to be left alone.

    Raises:
        Exception: one of ``final``, which no other attempt mends.
    """

    def pause(state: RetryCallState) -> float:
        return max(backoff.pause(state), asked(_error(state)))

    def log(state: RetryCallState) -> None:
        error, seconds = _error(state), state.upcoming_sleep
        if isinstance(error, expected):
            logger.warning("no connection to %s, next try in %.0f s: %s", platform, seconds, _reason(error))
        else:  # a library gives up at an event that it cannot read
            logger.error("the connection to %s broke, next try in %.0f s", platform, seconds, exc_info=error)

    async def attempt() -> None:
        began = loop.time()
        try:
            await connect()
        except final:
            raise
        except Exception as error:
            if loop.time() - began < backoff.steady:
                raise
            logger.warning("the connection to %s broke: %s", platform, _reason(error))

    loop = asyncio.get_running_loop()
    worth = retry_if_exception(lambda error: isinstance(error, Exception) and not isinstance(error, final))
    while True:  # each round has pauses of its own, and ends when a connection stood
        await AsyncRetrying(retry=worth, wait=pause, before_sleep=log, sleep=asyncio.sleep, reraise=True)(attempt)


def _error(state: RetryCallState) -> BaseException:
    error = state.outcome.exception() if state.outcome is not None else None
    assert error is not None, "only what failed is tried again"
    return error


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
