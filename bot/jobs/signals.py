"""Who is to look at the queue again when something in it has changed: those whom the change concerns, and nobody else.

Knows no rows. Looking costs statements, so a change that cannot matter to somebody does not wake them.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto


class Concern(Enum):
    """What a change may be about."""

    WORK = auto()
    """There may be something to begin, or to stop."""
    NEWS = auto()
    """Somebody may lack a message: of a new job, or of one that has ended."""
    ORDER = auto()
    """Those who wait may have moved."""


class Signals:
    """An event for each concern, set once: whoever waits next takes a new one, so nobody misses or repeats a change."""

    def __init__(self) -> None:
        self._events = {concern: asyncio.Event() for concern in Concern}

    def next(self, concern: Concern) -> asyncio.Event:
        """Set at the next change of this kind."""
        return self._events[concern]

    def ring(self, *concerns: Concern) -> None:
        """Wake whoever waits for these; for all without any."""
        for concern in concerns or Concern:
            self._events[concern].set()
            self._events[concern] = asyncio.Event()
