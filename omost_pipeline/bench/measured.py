"""What is measured of one reply. Plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """A reply of so many ``tokens``, written in so many ``forwards``.

    ``seconds`` are ours, ``generate`` those of :func:`~.published.generate_seconds`, where that was asked too.
    """

    name: str
    turn: int
    tokens: int
    forwards: int
    seconds: float
    generate: float | None = None
