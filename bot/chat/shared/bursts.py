"""Joins what one person writes in quick succession to one request.

Shared by the platforms. Knows messages as ids and words only, and those alone that are yet to be passed on: which
messages made a request, each platform keeps where it survives a restart. Time passes through an injected ``sleep``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

_LONGEST = 5

Key = tuple[str, int | str]
"""A place's key and a person's id."""

Message = int | str
"""A message's id; no two messages of a platform have the same."""

T = TypeVar("T")


@dataclass
class Burst(Generic[T]):
    """Messages that belong together: their words by id, in order. ``context`` belongs to the first.

    Nothing joins one that is ``alone``. ``before`` is what the same person wrote there before, as long as that matters;
    ``sent`` tells that the messages are being passed on, ``done`` that they have been.
    """

    key: Key
    context: T
    alone: bool = False
    before: Burst[T] | None = field(default=None, repr=False)
    lines: dict[Message, str] = field(default_factory=dict)
    sent: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def text(self) -> str:
        """All the words, a line for each message."""
        return "\n".join(line for line in self.lines.values() if line)

    @property
    def message(self) -> Message:
        """The first message's id, which names the whole."""
        return next(iter(self.lines))


class Bursts(Generic[T]):
    """Waits ``pause`` seconds for more after each message, then delivers what has come together, in its order.

    Words that begin with ``/`` are a command, which like all that is ``alone`` waits for no more and joins nothing.
    Somebody who writes on and on is delivered after a few pauses.
    """

    def __init__(
        self,
        deliver: Callable[[Burst[T]], Awaitable[None]],
        start: Callable[[Coroutine[Any, Any, None]], object],
        pause: float = 2.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._deliver = deliver
        self._start = start
        self._pause = pause
        self._sleep = sleep
        self._newest: dict[Key, Burst[T]] = {}
        self._by_message: dict[Message, Burst[T]] = {}
        self._together = asyncio.Event()
        self._together.set()

    @contextmanager
    def taking_up(self) -> Iterator[None]:
        """What waits for more waits on meanwhile, so that messages that were one request before come together again."""
        self._together.clear()
        try:
            yield
        finally:
            self._together.set()

    def add(
        self, key: Key, message: Message, text: str, context: T, *, alone: bool = False, after: Burst[T] | None = None
    ) -> None:
        """A message has come. ``after`` is a burst that must be done first; whoever delivers it says when it is."""
        alone = alone or text.startswith("/")
        burst = self._newest.get(key)
        begins = burst is None or burst.sent or burst.alone or alone
        if burst is None or begins:
            burst = self._newest[key] = Burst(key, context, alone, burst or after)
        burst.lines[message] = text
        self._by_message[message] = burst
        if begins:
            self._start(self._send(burst) if alone else self._gather(burst))

    def rewritten(self, message: Message, text: str) -> bool:
        """A message's words have changed. False if they were passed on before, or the message is none of these."""
        burst = self._by_message.get(message)
        if burst is None or burst.sent:
            return False
        burst.lines[message] = text
        return True

    def close(self, message: Message) -> None:
        """Nothing more joins what a message is part of."""
        burst = self._by_message.get(message)
        if burst is not None:
            burst.alone = True

    async def flush(self) -> None:
        """Deliver at once what still waits, unless it is just being taken up."""
        for burst in tuple(self._newest.values()) if self._together.is_set() else ():
            await self._send(burst)

    def knows(self, message: Message) -> bool:
        """Whether the message is yet to be passed on, or is just being."""
        return message in self._by_message

    async def settled(self, message: Message) -> None:
        """Wait until a message that is being passed on has been."""
        burst = self._by_message.get(message)
        if burst is not None:
            await burst.done.wait()

    async def _gather(self, burst: Burst[T]) -> None:
        for _ in range(_LONGEST):
            seen = len(burst.lines)
            await self._sleep(self._pause)
            if len(burst.lines) == seen or burst.sent:
                break
        await self._together.wait()
        await self._send(burst)

    async def _send(self, burst: Burst[T]) -> None:
        """Deliver, after what the same person wrote before."""
        if burst.sent:
            return
        burst.sent = True
        try:
            if burst.before is not None:
                await self._send(burst.before)
                await burst.before.done.wait()
            await self._deliver(burst)
        finally:
            self._forget(burst)

    def _forget(self, burst: Burst[T]) -> None:
        burst.before = None
        for message in burst.lines:
            self._by_message.pop(message, None)
        if self._newest.get(burst.key) is burst:
            del self._newest[burst.key]
        burst.done.set()
