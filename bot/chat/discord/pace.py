"""How long the adapter waits for what, and how it keeps its requests far below what Discord bears.

Knows no event and no message.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp

_UNLIMITED = re.compile(r"/(interactions|webhooks|gateway)(/|$)")
"""Answers to interactions have limits of their own and three seconds; the gateway is no request."""


@dataclass(frozen=True)
class Pace:
    """How long each thing may take, in seconds."""

    burst: float = 2.0
    """Between messages of one person that are one request."""
    answer: float = 1.5
    """For an interaction's answer, before Discord is told to wait; it would give up after three seconds."""
    passing: float = 3.0
    """For a passing state of a picture, before its sender goes on without it."""
    identify: float = 5.0
    """Between two new sessions; Discord refuses the second within five seconds."""
    retry: float = 1.0
    """Before the second attempt to connect, or to read what was missed; each later one waits twice as long."""


class Throttle:
    """Lets ``burst`` requests go at once and ``rate`` a second after that, in the order in which they come.

    Discord bears 50 a second of a whole bot.
    """

    def __init__(
        self,
        rate: float = 20.0,
        burst: int = 10,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = 1 / rate
        self._ahead = (burst - 1) * self._interval
        self._clock = clock
        self._sleep = sleep
        self._next = -math.inf

    async def turn(self) -> None:
        """Wait until a request may go."""
        now = self._clock()
        mine = max(self._next, now - self._ahead)
        self._next = mine + self._interval
        if mine > now:
            await self._sleep(mine - now)

    def trace(self) -> aiohttp.TraceConfig:
        """What a client is made with for each of its requests to wait its turn, repetitions too."""

        async def begin(
            session: aiohttp.ClientSession, context: SimpleNamespace, about: aiohttp.TraceRequestStartParams
        ) -> None:
            del session, context
            if _UNLIMITED.search(about.url.path) is None:
                await self.turn()

        config = aiohttp.TraceConfig()
        config.on_request_start.append(begin)
        return config
