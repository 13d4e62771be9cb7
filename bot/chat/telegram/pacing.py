"""How fast the bot may speak in each chat: nothing sooner than the platform bears, and of edits the newest wins.

A passing edit never waits in line: while its chat rests, a newer one takes its place. What has to arrive waits its
turn. After a refusal the chat rests as long as Telegram says, and is spoken to more slowly from then on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from telegram.error import RetryAfter, TelegramError
from telegram.ext import AIORateLimiter

from bot.chat.shared.outbox import Outbox, Send, Start
from bot.chat.shared.turns import Turns, Urgency
from bot.chat.telegram import problems

logger = logging.getLogger(__name__)

_REMEMBERED = 5000
"""Chats whose pace is remembered; of one that was silent for longer Telegram, too, has forgotten it."""

_SIGN = "sendChatAction"

_URGENCY: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.SOON)

T = TypeVar("T")


@dataclass(frozen=True)
class Tempo:
    """Seconds between edits in a private chat and in a group, and between messages in either.

    ``longest_gap`` is what refusals may lengthen them to; ``patience`` is how long something that has to arrive waits
    before its sender is told to come again; ``pause`` lies before the first repetition after a failure.
    ``limit`` is how long it may take with all pauses and repetitions, before Telegram counts as unreachable, and
    ``login`` how long the bot may take to log in before whoever wants to speak is told that it has not.
    ``group_rate`` and ``rate`` are the numbers of calls in so many seconds, in a group and in all; passing edits leave
    room in a group for what has to arrive, so they stop at ``passing_rate``.
    """

    private_gap: float = 1.0
    group_gap: float = 4.0
    post_gap: float = 1.0
    longest_gap: float = 30.0
    patience: float = 15.0
    limit: float = 180.0
    login: float = 2.0
    pause: float = 1.0
    group_rate: tuple[float, float] = (20, 60.0)
    passing_rate: tuple[int, float] = (14, 60.0)
    rate: tuple[float, float] = (30, 1.0)

    def faster(self, times: float) -> Tempo:
        """For a server on which time passes so many times faster."""
        return replace(
            self,
            private_gap=self.private_gap / times,
            group_gap=self.group_gap / times,
            post_gap=self.post_gap / times,
            longest_gap=self.longest_gap / times,
            pause=self.pause / times,
            group_rate=(self.group_rate[0], self.group_rate[1] / times),
            passing_rate=(self.passing_rate[0], self.passing_rate[1] / times),
            rate=(self.rate[0], self.rate[1] / times),
        )


_Call = Callable[..., Coroutine[Any, Any, Any]]


class Limiter(AIORateLimiter):
    """The library's limiter, except that one chat's long rest is no other chat's business.

    Calls about a chat are repeated by :class:`Pacer`, which knows what may be dropped; all others here.
    """

    def __init__(self, tempo: Tempo, retries: int = 3) -> None:
        super().__init__(0, 0, *tempo.group_rate)
        self._turns = Turns.at_rate(*tempo.rate)
        self._patient_retries = retries

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,  # noqa: ANN401 - the library's signature
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:  # noqa: ANN401 - the library's signature
        """Carry out a request when the rates allow it."""
        if endpoint == _SIGN:  # no message, so no business of its chat's rate; but of that of all calls
            sign = self._in_turn(callback, Urgency.AT_ONCE)
            return await super().process_request(sign, args, kwargs, endpoint, {}, 0)
        if endpoint.startswith(("send", "edit")):
            call = self._in_turn(callback, _URGENCY.get())
            return await super().process_request(call, args, kwargs, endpoint, data, rate_limit_args)
        # Not a message: it does not count against the chat's rate, and presses are not to wait behind previews.
        return await super().process_request(callback, args, kwargs, endpoint, {}, self._patient_retries)

    def _in_turn(self, callback: _Call, urgency: Urgency) -> _Call:
        """A call that waits for its turn among all of the bot's."""

        async def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the library's signature
            await self._turns.wait(urgency)
            return await callback(*args, **kwargs)

        return call


@dataclass
class _Chat:
    gap: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    passing: asyncio.Lock = field(default_factory=asyncio.Lock)
    spoken: float = float("-inf")
    edited: float = float("-inf")
    shut_until: float = float("-inf")
    recent: deque[float] = field(default_factory=deque)


class Pacer:
    """Sends, chat by chat. ``start`` runs a task for as long as the adapter runs."""

    def __init__(self, tempo: Tempo, start: Start, clock: Callable[[], float] = time.monotonic) -> None:
        self._tempo = tempo
        self._clock = clock
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._outbox: Outbox[tuple[int, int]] = Outbox(
            "Telegram",
            start,
            limit=tempo.limit,
            turn=lambda key: self._turn_of_passing(key[0]),
            again=lambda error: isinstance(error, RetryAfter),
        )

    async def post(self, chat: int, send: Send[T]) -> T:
        """Send a new message, in turn.

        Raises:
            UnreachableError: if that takes too long; it may have arrived.
            TelegramError: if it cannot be sent; RetryAfter if the chat is to rest for longer than the tempo's patience.
        """
        return await self._outbox.post(lambda: self._surely(chat, send, edit=False))

    async def final(self, chat: int, message: int, send: Send[T]) -> T:
        """Edit a message for good, in place of every edit of it that still waits.

        Raises:
            UnreachableError, TelegramError: as :meth:`post`.
        """
        return await self._outbox.final((chat, message), lambda: self._surely(chat, send, edit=True))

    async def passing(self, chat: int, message: int, send: Send[None]) -> None:
        """Edit a message when the chat may be spoken to, unless something newer comes first. Returns at once.

        Raises:
            MessageGoneError: if an earlier edit found the message gone.
        """

        async def sent() -> None:
            state = self._chat(chat)
            urgency = _URGENCY.set(Urgency.LATER)
            try:
                await send()
            except RetryAfter as error:
                self._rest(chat, state, error)
                raise
            finally:
                _URGENCY.reset(urgency)
                state.edited = state.spoken = self._clock()
                state.recent.append(state.spoken)

        await self._outbox.passing((chat, message), sent)

    @asynccontextmanager
    async def _turn_of_passing(self, chat: int) -> AsyncGenerator[None]:
        """Hold the chat when it is free for a passing edit; those of one chat come one after another."""
        state = self._chat(chat)
        async with state.passing:
            while True:
                await self._sleep_until(self._free_for_passing(chat, state))
                async with state.lock:
                    if self._free_for_passing(chat, state) <= self._clock():
                        yield
                        return

    def _chat(self, chat: int) -> _Chat:
        known = self._chats.get(chat)
        if known is None:
            gap = self._tempo.group_gap if chat < 0 else self._tempo.private_gap
            # As if it had just been edited: before a restart it may have been, and Telegram remembers.
            known = self._chats[chat] = _Chat(gap, edited=self._clock())
        self._chats.move_to_end(chat)
        oldest = next(iter(self._chats.values()))
        if len(self._chats) > _REMEMBERED and not (oldest.lock.locked() or oldest.passing.locked()):
            self._chats.popitem(last=False)
        return known

    async def _surely(self, chat: int, send: Send[T], *, edit: bool) -> T:
        state = self._chat(chat)
        pause = self._tempo.pause
        async with state.lock:
            for attempt in range(4):
                await self._turn(state, edit=edit)
                try:
                    result = await send()
                except RetryAfter as error:
                    self._rest(chat, state, error)
                except TelegramError as error:
                    repeatable = problems.is_passing(error) and (edit or not problems.may_have_arrived(error))
                    if not repeatable or attempt == 3:
                        raise
                    await asyncio.sleep(pause)
                    pause *= 2
                else:
                    self._calm(chat, state)
                    return result
                finally:
                    state.spoken = self._clock()
                    state.recent.append(state.spoken)
                    state.edited = self._clock() if edit else state.edited
            raise RetryAfter(max(1, round(state.shut_until - self._clock())))

    async def _turn(self, state: _Chat, *, edit: bool) -> None:
        rest = state.shut_until - self._clock()
        if rest > self._tempo.patience:
            raise RetryAfter(round(rest))
        await self._sleep_until(self._free(state, edit=edit))

    def _free(self, state: _Chat, *, edit: bool) -> float:
        rested = state.edited + state.gap if edit else state.shut_until
        return max(rested, state.spoken + self._tempo.post_gap, state.shut_until)

    def _free_for_passing(self, chat: int, state: _Chat) -> float:
        most, seconds = self._tempo.passing_rate
        while state.recent and state.recent[0] <= self._clock() - seconds:
            state.recent.popleft()
        free = self._free(state, edit=True)
        full = chat < 0 and len(state.recent) >= most
        return max(free, state.recent[-most] + seconds) if full else free

    async def _sleep_until(self, moment: float) -> None:
        rest = moment - self._clock()
        if rest > 0:
            await asyncio.sleep(rest)

    def _rest(self, chat: int, state: _Chat, error: RetryAfter) -> None:
        seconds = problems.seconds_of(error)
        state.shut_until = self._clock() + seconds
        state.gap = min(state.gap * 1.5, max(self._tempo.longest_gap, state.gap))
        logger.info("chat %d: Telegram asks for %.0f s of rest; edits now every %.1f s", chat, seconds, state.gap)

    def _calm(self, chat: int, state: _Chat) -> None:
        """After what has to arrive has arrived, edits become a little faster again."""
        least = self._tempo.group_gap if chat < 0 else self._tempo.private_gap
        state.gap = max(least, state.gap * 0.95)
