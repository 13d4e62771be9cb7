"""How long the adapter waits for what, and how it keeps its requests far below what Discord bears.

Knows no event and no message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp

from bot.chat.shared.turns import Turns, Urgency

_UNLIMITED = re.compile(r"/(interactions|webhooks|gateway)(/|$)")
"""Answers to interactions have limits of their own and three seconds; the gateway is no request."""


BURST, SECONDS = 10, 0.5
"""So many requests at once, and as many in so many seconds: Discord bears 50 a second of a whole bot."""


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
    send: float = 120.0
    """For anything that is sent, rate limits and repetitions included, before Discord counts as unreachable."""
    login: float = 2.0
    """For the bot to log in, before whoever wants to speak is told that it has not."""
    retry: float = 1.0
    """Before the second attempt to connect, or to read what was missed; each later one waits twice as long."""


_SIGN = re.compile(r"/typing$")


def waiting_their_turn(turns: Turns) -> aiohttp.TraceConfig:
    """What a client is made with for each of its requests to wait its turn, repetitions too."""

    async def begin(
        session: aiohttp.ClientSession, context: SimpleNamespace, about: aiohttp.TraceRequestStartParams
    ) -> None:
        del session, context
        if _UNLIMITED.search(about.url.path) is None:
            await turns.wait(Urgency.AT_ONCE if _SIGN.search(about.url.path) else Urgency.SOON)

    config = aiohttp.TraceConfig()
    config.on_request_start.append(begin)
    return config
