"""The queue's rows: queries that give jobs, and the one careful way to change a job's state.

Knows the tables; the transactions are :mod:`bot.jobs.queue`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import from_json
from bot.jobs.job import Job, Kind, State, running_order
from bot.messages import Place
from bot.store.tables import conversations, jobs, turns


async def step(connection: AsyncConnection, job: int, states: tuple[State, ...], **changes: object) -> bool:
    """Change a job that is in one of ``states``; False if it is not."""
    statement = update(jobs).where(jobs.c.id == job, jobs.c.state.in_(states)).values(changes)
    return (await connection.execute(statement)).rowcount == 1


def announced(order: Sequence[Job]) -> list[Job]:
    """The jobs with a status message; one without holds up its own conversation only."""
    held: set[int] = set()
    ready: list[Job] = []
    for job in order:
        if job.status_message is None:
            held.add(job.conversation)
        elif job.conversation not in held:
            ready.append(job)
    return ready


async def busy(connection: AsyncConnection) -> set[int]:
    """The conversations of which a job is running."""
    query = select(turns.c.conversation).select_from(jobs.join(turns)).where(jobs.c.state == State.RUNNING)
    return set(await connection.scalars(query))


async def order(connection: AsyncConnection) -> list[Job]:
    """The waiting jobs as they will run."""
    waiting = [job_of(row) for row in await connection.execute(every().where(jobs.c.state == State.QUEUED))]
    authors = {job.author for job in waiting}
    query = select(jobs.c.author, func.max(jobs.c.started)).where(
        jobs.c.author.in_(authors), jobs.c.started.is_not(None)
    )
    rows = await connection.execute(query.group_by(jobs.c.author))
    return running_order(waiting, {row[0]: row[1] for row in rows})


async def count(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> int:
    """How many jobs meet all the conditions."""
    return await connection.scalar(select(func.count()).select_from(jobs).where(*conditions)) or 0


async def weight(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> float:
    """What the jobs that meet all the conditions weigh together."""
    return await connection.scalar(select(func.coalesce(func.sum(jobs.c.weight), 0.0)).where(*conditions)) or 0.0


async def made_from(connection: AsyncConnection, conversation: int, message: str) -> Job | None:
    """The newest job for a turn that was made from a message, by the message's id on the platform."""
    query = every().where(turns.c.conversation == conversation, turns.c.message == message)
    return await one(connection, query.order_by(jobs.c.id.desc()).limit(1))


def every() -> Select[Any]:
    """The query of all jobs with their places; narrow it down with ``where``."""
    joined = jobs.join(turns, jobs.c.turn == turns.c.id).join(conversations, turns.c.conversation == conversations.c.id)
    return select(jobs, turns.c.conversation, conversations.c.platform, conversations.c.key).select_from(joined)


async def one(connection: AsyncConnection, query: Select[Any]) -> Job | None:
    """The one job of a query, or None."""
    row = (await connection.execute(query)).one_or_none()
    return job_of(row) if row is not None else None


def job_of(row: Row[Any]) -> Job:
    """The job of a row of :func:`every`."""
    return Job(
        id=row.id,
        turn=row.turn,
        conversation=row.conversation,
        place=Place(row.platform, row.key),
        author=row.author,
        kind=Kind(row.kind),
        state=State(row.state),
        status_message=row.status_message,
        error=from_json(row.error),
        attempts=row.attempts,
        created=row.created,
        started=row.started,
        finished=row.finished,
        posted=row.posted,
    )
