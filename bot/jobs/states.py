"""What a running job goes through, as data; how it is shown, and to whom, others know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.jobs.job import Job
from bot.turns.conversation import TurnRecord
from omost_pipeline.canvas.elements import Outline
from omost_pipeline.engine.events import Preparing


@dataclass(frozen=True)
class Begun:
    """Work begins."""

    turn: TurnRecord


@dataclass(frozen=True)
class Waiting:
    """A model is being loaded or fetched."""

    turn: TurnRecord
    event: Preparing


@dataclass(frozen=True)
class Composing:
    """The canvas, as far as it is written."""

    turn: TurnRecord
    outline: Outline


@dataclass(frozen=True)
class Drawing:
    """The picture after step ``number`` of ``total``; ``preview`` is a PPM file. ``edits``: it begins with another."""

    turn: TurnRecord
    composed_now: bool
    number: int
    total: int
    preview: bytes
    edits: bool = False


JobState = Begun | Waiting | Composing | Drawing


class Follower(Protocol):
    """Whoever is shown the states of one job."""

    def show(self, state: JobState, *, keep: bool = False) -> None:
        """The job's state now. It may be passed over for a newer one, unless it is one to ``keep``."""
        ...

    async def seen(self) -> None:
        """Wait a little for what there is to show to be shown."""
        ...

    def close(self) -> None:
        """Nothing more is to be shown."""
        ...

    async def run(self) -> None:
        """Show states until closed."""
        ...


class Follow(Protocol):
    """Finds who is shown the states of a job."""

    def __call__(self, job: Job, pace: float) -> Follower:
        """``pace`` is the least time between two states that are shown, in seconds."""
        ...
