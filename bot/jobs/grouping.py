"""Which job is next where the two models take turns in memory: work for the same model together, and nobody starved.

Pure; knows jobs and no database. Where both models stay in memory none of this is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.jobs.job import Job, Kind

GROUP = 8
"""Pieces of work for one model in a row while there is some for the other: two swaps in eight jobs."""


class Grouping:
    """Remembers which model has worked last, and how often in a row.

    While there is work for both, each model does at most ``limit`` pieces in a row; whoever is at place p of those who
    wait for a model is therefore served after at most 2p + 2 · ``limit`` pieces of work. How long those who come later
    may still take a place before somebody, :func:`~bot.jobs.job.running_order` bounds.
    """

    def __init__(self, limit: int = GROUP) -> None:
        self._limit = limit
        self._kind: Kind | None = None
        self._run = 0

    def next(self, ready: Sequence[Job]) -> Job | None:
        """The job to run of those that may, which come in fair order; None if there is none."""
        if not ready:
            return None
        same = next((job for job in ready if job.kind is self._kind), None)
        other = next((job for job in ready if job.kind is not self._kind), None)
        if same is None or (other is not None and self._run >= self._limit):
            return other or same
        return same

    def ran(self, kind: Kind) -> None:
        """A model has done a piece of work."""
        self._run = self._run + 1 if kind is self._kind else 1
        self._kind = kind

    def goes_on(self, ready: Sequence[Job]) -> bool:
        """Whether the model that worked last has more to do before the other one's turn comes."""
        return self._run < self._limit and any(job.kind is self._kind for job in ready)
