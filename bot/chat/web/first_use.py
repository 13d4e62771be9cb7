"""What may be used by the first who uses it alone: a link in one browser, a text of Telegram's for one link.

In memory, bounded, forgotten after a while. Knows neither.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST = 10_000


class FirstUse:
    """Remembers for so many ``seconds``, which is to be longer than the thing is good for, who used it first."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.time) -> None:
        self._seconds = seconds
        self._now = now
        self._first: dict[str, tuple[float, str]] = {}

    def by(self, thing: str, user: str) -> bool:
        """Whether ``user`` may use it: nobody else has before."""
        self._forget()
        return self._first.setdefault(thing, (self._now(), user))[1] == user

    def _forget(self) -> None:
        """Leave out what is too old to be used, and the oldest of what is too much."""
        for name, (since, _) in list(self._first.items()):
            if self._now() - since <= self._seconds and len(self._first) < _MOST:
                break
            del self._first[name]
