"""Joins what one person writes in quick succession to one request, and remembers which messages made it.

Shared by the platforms. Knows messages as ids and words only. Time passes through an injected ``sleep``.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

_REMEMBERED = 2000
_LONGEST = 5

Key = tuple[str, int | str]
"""A place's key and a person's id."""

Message = int | str
"""A message's id; no two messages of a platform have the same."""

T = TypeVar("T")


@dataclass
class Burst(Generic[T]):
    """Messages that belong together: their words by id, in order. ``context`` belongs to the first."""

    key: Key
    context: T
    lines: dict[Message, str] = field(default_factory=dict)
    sent: bool = False

    @property
    def text(self) -> str:
        """All the words, a line for each message."""
        return "\n".join(line for line in self.lines.values() if line)

    @property
    def message(self) -> Message:
        """The first message's id, which names the whole."""
        return next(iter(self.lines))


class Bursts(Generic[T]):
    """Waits ``pause`` seconds for more after each message, then delivers what has come together.

    Words that begin with ``/`` are a command: they wait for nothing and join nothing. Somebody who writes on and on
    is delivered after a few pauses.
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
        self._waiting: dict[Key, Burst[T]] = {}
        self._by_message: OrderedDict[Message, Burst[T]] = OrderedDict()

    def add(self, key: Key, message: Message, text: str, context: T) -> None:
        """A message has come."""
        waiting = self._waiting.get(key)
        if text.startswith("/"):
            burst = self._begun(key, context)
            self._note(burst, message, text)
            self._start(self._send(burst, waiting))
        elif waiting is not None:
            self._note(waiting, message, text)
        else:
            burst = self._waiting[key] = self._begun(key, context)
            self._note(burst, message, text)
            self._start(self._gather(burst))

    def rewritten(self, message: Message, text: str) -> Burst[T] | None:
        """A message's words have changed. The burst it is part of, if that was delivered already."""
        burst = self._by_message.get(message)
        if burst is None or burst.lines[message] == text:
            return None
        burst.lines[message] = text
        return burst if burst.sent else None

    async def flush(self) -> None:
        """Deliver at once what still waits."""
        for burst in tuple(self._waiting.values()):
            await self._send(burst)

    def knows(self, message: Message) -> bool:
        """Whether the message is part of a burst that is remembered."""
        return message in self._by_message

    def _begun(self, key: Key, context: T) -> Burst[T]:
        return Burst(key, context)

    def _note(self, burst: Burst[T], message: Message, text: str) -> None:
        burst.lines[message] = text
        self._by_message[message] = burst
        while len(self._by_message) > _REMEMBERED:
            self._by_message.popitem(last=False)

    async def _gather(self, burst: Burst[T]) -> None:
        for _ in range(_LONGEST):
            seen = len(burst.lines)
            await self._sleep(self._pause)
            if len(burst.lines) == seen or burst.sent:
                break
        await self._send(burst)

    async def _send(self, burst: Burst[T], before: Burst[T] | None = None) -> None:
        """Deliver, after what the same person wrote ``before``."""
        if before is not None:
            await self._send(before)
        if self._waiting.get(burst.key) is burst:
            del self._waiting[burst.key]
        if not burst.sent:
            burst.sent = True
            await self._deliver(burst)
