"""What is measured of one reply."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from omost_pipeline.canvas.parser import CanvasReader
from omost_pipeline.errors import CanvasError

Part = TypeVar("Part", str, int)


@dataclass(frozen=True)
class Measured:
    """A reply of so many ``tokens``, written in so many ``forwards``.

    ``seconds`` are ours, ``preview`` of them went by until there was a layout to show, all of them where none ever was;
    ``generate`` are those of :func:`~.published.generate_seconds`, where that was asked too.
    """

    name: str
    turn: int
    tokens: int
    forwards: int
    seconds: float
    preview: float
    generate: float | None = None


@dataclass(frozen=True)
class Timed(Generic[Part]):
    """The parts of a reply, and the seconds until each had come."""

    parts: tuple[Part, ...]
    arrivals: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Until all had come."""
        return self.arrivals[-1] if self.arrivals else 0.0

    def until_layout(self, texts: Iterable[str]) -> float:
        """Seconds until the ``texts`` of the parts so far gave a layout to show; all of them if they never did."""
        reader = CanvasReader()
        with suppress(CanvasError):
            for text, arrival in zip(texts, self.arrivals, strict=True):
                reader.feed(text)
                if reader.outline is not None:
                    return arrival
        return self.seconds


def timed(parts: Iterable[Part], started: float) -> Timed[Part]:
    """Take in a reply that was begun at ``started``, and nothing else meanwhile."""
    arrived = [(part, time.perf_counter() - started) for part in parts]
    return Timed(tuple(part for part, _ in arrived), tuple(seconds for _, seconds in arrived))
