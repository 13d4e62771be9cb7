"""Turns at a platform's rate: so many calls in so many seconds, the most urgent first.

What is sent first matters where more is to be said than may be: somebody who has not had a sign of life yet comes
before somebody whose picture goes on. Knows no call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count

from aiolimiter import AsyncLimiter


class Urgency(IntEnum):
    """How urgent a call is: a sign of life, what has to arrive, a state on the way."""

    AT_ONCE = 0
    SOON = 1
    LATER = 2


class Turns:
    """Gives turns: of those who wait the most urgent is next, then whoever came first."""

    def __init__(self, acquire: Callable[[], Awaitable[object]]) -> None:
        """``acquire`` returns when there is one more turn."""
        self._acquire = acquire
        self._waiting: list[tuple[Urgency, int, asyncio.Future[bool]]] = []
        self._order = count()
        self._led = False

    @classmethod
    def at_rate(cls, most: float, seconds: float) -> Turns:
        """So many in so many seconds."""
        return cls(AsyncLimiter(most, seconds).acquire)

    async def wait(self, urgency: Urgency) -> None:
        """Wait for a turn. One of those who wait fetches turns, for whoever is next, until it has its own."""
        number = next(self._order)
        if self._led and await self._queued(urgency, number):
            return
        self._led, mine = True, self._add(urgency, number)
        try:
            while not mine.done():
                await self._acquire()
                self._next(has_turn=True)
        except BaseException:
            if not mine.cancel():
                self._next(has_turn=True)
            raise
        finally:
            self._led = self._next(has_turn=False)

    async def _queued(self, urgency: Urgency, number: int) -> bool:
        """Wait while somebody else fetches turns: True with a turn, False if it is on this one to fetch."""
        mine = self._add(urgency, number)
        try:
            return await mine
        except BaseException:
            if not mine.cancel():
                self._led = self._next(has_turn=mine.result()) or mine.result()
            raise

    def _add(self, urgency: Urgency, number: int) -> asyncio.Future[bool]:
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (urgency, number, mine))
        return mine

    def _next(self, *, has_turn: bool) -> bool:
        """Give whoever is next a turn, or have them fetch turns; False if nobody waits."""
        while self._waiting:
            _, _, found = heappop(self._waiting)
            if not found.done():
                found.set_result(has_turn)
                return True
        return False
