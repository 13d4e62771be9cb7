"""Sends what the bot says: of each message the newest state wins, and no send waits for ever.

While an edit waits out a rate limit, the states in between are dropped. Shared by the platforms, each of which gives
what sends. Knows no SDK.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

from bot.errors import MessageGoneError, UnreachableError

logger = logging.getLogger(__name__)

Key = TypeVar("Key", bound=Hashable)
"""What a platform tells its messages apart by."""

T = TypeVar("T")
Send = Callable[[], Awaitable[T]]
Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


def _at_once(_: object) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Outbox(Generic[Key]):
    """Posts and edits of one platform. A platform that does not answer within ``limit`` seconds is unreachable.

    ``start`` begins work that ends with the platform. A passing state keeps its sender for ``patience`` seconds at
    most. ``turn`` is entered before the newest passing state of a message is taken and sent: there a platform waits
    until the place may be spoken to. A state whose error is one to try ``again`` is sent again, unless a newer one has
    come.
    """

    def __init__(
        self,
        platform: str,
        start: Start,
        *,
        limit: float = 120.0,
        patience: float = 0.0,
        turn: Callable[[Key], AbstractAsyncContextManager[None]] = _at_once,
        again: Callable[[Exception], bool] = lambda _: False,
    ) -> None:
        self._platform = platform
        self._start = start
        self._limit = limit
        self._patience = patience
        self._turn = turn
        self._again = again
        self._sending: dict[Key, asyncio.Task[None]] = {}
        self._next: dict[Key, Send[None]] = {}
        self._gone: dict[Key, MessageGoneError] = {}
        self._edits: WeakValueDictionary[Key, asyncio.Lock] = WeakValueDictionary()

    async def post(self, send: Send[T]) -> T:
        """Send something new.

        Raises:
            UnreachableError: if that takes too long; it may have arrived.
            Exception: what ``send`` raises.
        """
        try:
            async with asyncio.timeout(self._limit) as limit:
                return await send()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise UnreachableError(f"{self._platform} has not answered within {self._limit:.0f} s") from error

    async def passing(self, key: Key, send: Send[None]) -> None:
        """Send unless something newer comes first; soon returns, whatever becomes of it.

        Errors are logged and made up for by the next state.

        Raises:
            MessageGoneError: if this state, or one before it, found the message gone.
        """
        self._raise_gone(key)
        self._next[key] = send
        task = self._sending.get(key)
        if task is None:
            task = self._sending[key] = self._start(self._drain(key))
        await asyncio.wait({task}, timeout=self._patience)
        self._raise_gone(key)

    async def final(self, key: Key, send: Send[T]) -> T:
        """Send in place of every passing state that waits or comes meanwhile; returns when it is done.

        Raises:
            UnreachableError: if that takes too long; it may have arrived.
            Exception: what ``send`` raises.
        """
        self._next.pop(key, None)
        async with self._edit_of(key):  # a passing state may be on its way
            self._next.pop(key, None)
            self._gone.pop(key, None)
            return await self.post(send)

    def _edit_of(self, key: Key) -> asyncio.Lock:
        return self._edits.setdefault(key, asyncio.Lock())

    async def _drain(self, key: Key) -> None:
        try:
            while key in self._next:
                await self._send_newest(key)
        finally:  # here and not when the task is done: between the two a new state would find nobody to send it
            del self._sending[key]

    async def _send_newest(self, key: Key) -> None:
        send: Send[None] | None = None
        try:
            async with self._turn(key):
                send = self._next.pop(key, None)
                edit = self._edit_of(key)
                if send is None or edit.locked():  # a final state has come, or is being sent
                    return
                async with edit:
                    await self.post(send)
        except MessageGoneError as error:
            self._gone[key] = error
            self._next.pop(key, None)
        except Exception as error:  # noqa: BLE001 - whatever an SDK may raise; the next state makes up for it
            if send is not None and self._again(error):
                self._next.setdefault(key, send)
            else:
                logger.warning("%s, message %s: a passing state was not shown: %r", self._platform, key, error)

    def _raise_gone(self, key: Key) -> None:
        error = self._gone.pop(key, None)
        if error is not None:
            raise error
