"""The order in which the worker would do what is asked for, without a model, a database or a clock.

Goes by the same rules (:func:`running_order`, :class:`Grouping`); tests hold it to what the worker really does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bot.jobs.grouping import Grouping
from bot.jobs.job import Allowance, Job, Kind, running_order


def rehearse(
    jobs: Iterable[Job],
    swaps: Callable[[], bool],
    seconds: float = 30.0,
    waiting: int = Allowance.waiting,
) -> Iterator[tuple[Kind, Job]]:
    """Each piece of work in turn: a canvas written or a picture drawn, and the job that it is for.

    Each takes so many ``seconds``. A job is asked for when it was ``created``, and refused if as many as ``waiting``
    wait already. ``swaps``: whether the models take turns in memory.
    """
    coming = sorted(jobs, key=lambda job: (job.created, job.id))
    ready: list[Job] = []
    served: dict[str, float] = {}
    grouping = Grouping()
    now = 0.0
    while coming or ready:
        if not ready:
            now = max(now, coming[0].created)
        _arrive(coming, ready, now, waiting)
        apart = swaps()
        order = running_order(ready, served, apart=apart)
        job = grouping.next(order) if apart else order[0]
        assert job is not None, "somebody waits"
        ready.remove(job)
        served[job.author] = now
        if job.kind is Kind.COMPOSE:
            yield Kind.COMPOSE, job
            grouping.ran(Kind.COMPOSE)
            now += seconds
            _arrive(coming, ready, now, waiting)
            if apart and grouping.goes_on(running_order(ready, served, apart=True)):
                ready.append(replace(job, kind=Kind.RENDER))
                continue
        yield Kind.RENDER, job
        grouping.ran(Kind.RENDER)
        now += seconds


def _arrive(coming: list[Job], ready: list[Job], now: float, waiting: int) -> None:
    """Let those come who have asked by now."""
    while coming and coming[0].created <= now:
        job = coming.pop(0)
        if len(ready) < waiting:
            ready.append(job)
