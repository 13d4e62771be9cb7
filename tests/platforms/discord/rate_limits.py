"""Counts requests: so many for each bucket, so many for the whole bot. Pure but for the counts."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """What is left of a bucket; ``retry_after`` in seconds is set if the request is one too many."""

    limit: int
    remaining: int
    reset_after: float
    retry_after: float | None = None


class Window:
    """At most ``limit`` requests within ``seconds``."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def take(self, key: str, now: float) -> Standing:
        """Count a request, unless it is one too many."""
        times = self._times[key]
        while times and times[0] <= now - self._seconds:
            times.popleft()
        reset = self._seconds - (now - times[0]) if times else self._seconds
        if len(times) >= self._limit:
            return Standing(self._limit, 0, reset, reset)
        times.append(now)
        return Standing(self._limit, self._limit - len(times), reset)
