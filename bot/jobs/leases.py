"""Whose a running job is, where several workers draw from the same rows: a lease, a heartbeat and a fence.

A job is claimed for as long as its lease runs, and whoever works on it renews that. One whose lease has run out belongs
to nobody: it is put back, and the next claim of it has a higher fence. What is changed by whoever claimed it before is
refused by that number, however late they wake up (Gray and Cheriton, SOSP 1989; the number is Chubby's sequencer).

Clocks of machines that share a database are to agree within a few seconds. Where they do not, work is begun twice, and
still only the last one to begin can end it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs.job import Job, State
from bot.store.tables import audit, jobs, untold_end

BEATS = 3
"""Times that a lease is renewed before it would run out."""

Sight = tuple[tuple[object, ...], ...]
"""What the rows looked like at a look; another one tells that something has changed."""


def ended(now: float) -> ColumnElement[bool]:
    """The running jobs that nobody holds. Those without a lease are of a process that held the whole database."""
    return and_(jobs.c.state == State.RUNNING, or_(jobs.c.lease.is_(None), jobs.c.lease < now))


async def renew(connection: AsyncConnection, running: Collection[Job], until: float) -> set[int]:
    """Hold jobs on; those that are given are held still. The others were put back, or somebody has ended them."""
    renewed = update(jobs).where(_held(running)).values(lease=until).returning(jobs.c.id)
    return set(await connection.scalars(renewed)) if running else set()


async def held(connection: AsyncConnection, running: Collection[Job]) -> set[int]:
    """Those of some jobs that whoever claimed them holds still."""
    return set(await connection.scalars(select(jobs.c.id).where(_held(running)))) if running else set()


def _held(running: Collection[Job]) -> ColumnElement[bool]:
    mine = tuple_(jobs.c.id, jobs.c.fence).in_([(job.id, job.fence) for job in running])
    return and_(mine, jobs.c.state == State.RUNNING)


async def look(connection: AsyncConnection) -> Sight:
    """What is new, under way or untold, in figures: any change of it, in whatever process, changes one of them.

    So does what an admin rules, by its line in the log: after a pause whoever waits may go on. None of them goes
    through what waits, however much that is.
    """
    newest = (select(func.max(each)).scalar_subquery() for each in (jobs.c.id, jobs.c.finished, audit.c.id))
    figures = func.count(), func.sum(jobs.c.id), func.sum(jobs.c.fence), func.count(jobs.c.status_message)
    parts = jobs.c.state == State.RUNNING, jobs.c.status_message.is_(None), untold_end
    seen = await connection.execute(union_all(*(select(*figures).where(each) for each in parts)))
    return tuple((await connection.execute(select(*newest))).one()), *(tuple(row) for row in seen)
