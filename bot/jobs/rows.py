"""The queue's rows: queries that give jobs, and the one careful way to change a job's state.

Knows the tables; the transactions are :mod:`bot.jobs.queue`'s.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import from_json
from bot.jobs import fairness
from bot.jobs.job import Job, JobKind, State
from bot.messages import Place
from bot.store.tables import conversations, jobs, turns, virtual_time
from bot.store.upsert import put

_NEAREST = 200
"""Waiting jobs among which people are counted: with more, newcomers come a little later than they might."""


@dataclass(frozen=True)
class Ahead:
    """What runs before a job: how many, and what they weigh in usual pictures."""

    jobs: int
    weight: float

    def __add__(self, other: Ahead) -> Ahead:
        return Ahead(self.jobs + other.jobs, self.weight + other.weight)


async def step(connection: AsyncConnection, job: int, states: tuple[State, ...], **changes: object) -> bool:
    """Change a job that is in one of ``states``; False if it is not."""
    statement = update(jobs).where(jobs.c.id == job, jobs.c.state.in_(states)).values(changes)
    return (await connection.execute(statement)).rowcount == 1


async def step_on(connection: AsyncConnection, job: Job, **changes: object) -> bool:
    """Change a running job as whoever claimed it; False if it runs no more, or somebody else has claimed it since."""
    mine = (jobs.c.id == job.id) & (jobs.c.fence == job.fence) & (jobs.c.state == State.RUNNING)
    return (await connection.execute(update(jobs).where(mine).values(changes))).rowcount == 1


async def busy(connection: AsyncConnection) -> set[int]:
    """The conversations of which a job is running."""
    query = select(turns.c.conversation).select_from(jobs.join(turns)).where(jobs.c.state == State.RUNNING)
    return set(await connection.scalars(query))


async def order(connection: AsyncConnection, most: int) -> list[tuple[Job, float]]:
    """The first ``most`` of the waiting jobs as they will run, each with its weight."""
    waiting = every().where(jobs.c.state == State.QUEUED).order_by(jobs.c.virtual_start, jobs.c.id).limit(most)
    return [(job_of(row), row.weight) for row in await connection.execute(waiting)]


async def next_job(connection: AsyncConnection, besides: Collection[int] = ()) -> Job | None:
    """The waiting job to run next: its status message is posted, and nothing of its conversation is before it.

    It is locked where the database has locks for rows; one that somebody is changing now is passed over.
    """
    earlier, other = jobs.alias(), turns.alias()
    unannounced = (
        select(earlier.c.id)
        .select_from(earlier.join(other, earlier.c.turn == other.c.id))
        .where(other.c.conversation == turns.c.conversation, unindexed(earlier.c.state) == State.QUEUED)
        .where(earlier.c.status_message.is_(None), tuple_(*_tag(earlier)) < tuple_(*_tag(jobs)))
    )
    ready = (jobs.c.state == State.QUEUED) & jobs.c.status_message.is_not(None) & ~unannounced.exists()
    free = turns.c.conversation.not_in(await busy(connection))
    first = every().where(ready, free, jobs.c.id.not_in(besides)).order_by(*_tag(jobs)).limit(1)
    return await one(connection, first.with_for_update(of=jobs, skip_locked=True))


async def running(connection: AsyncConnection) -> Ahead:
    """What is being worked on."""
    query = select(func.count(), func.coalesce(func.sum(jobs.c.weight), 0.0)).where(jobs.c.state == State.RUNNING)
    row = (await connection.execute(query)).one()
    return Ahead(row[0], row[1])


async def ahead_of(
    connection: AsyncConnection, start: float, job: int, since: tuple[float, int] | None = None
) -> Ahead:
    """What runs before a waiting job with this tag; with ``since``, what of it has that tag or a later one."""
    before = (jobs.c.state == State.QUEUED) & (tuple_(*_tag(jobs)) < tuple_(literal(start), literal(job)))
    query = select(func.count(), func.coalesce(func.sum(jobs.c.weight), 0.0)).where(before)
    if since is not None:
        query = query.where(tuple_(*_tag(jobs)) >= tuple_(literal(since[0]), literal(since[1])))
    row = (await connection.execute(query)).one()
    return Ahead(row[0], row[1])


def _tag(table: FromClause) -> tuple[ColumnElement[float], ColumnElement[int]]:
    return table.c.virtual_start, table.c.id


def unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """A column in words that no index has: of a conversation's jobs its turns tell, not everybody's waiting jobs."""
    return column.concat("")


async def tags(
    connection: AsyncConnection, author: str, conversation: int, weight: float, priority: float | None
) -> tuple[float, float]:
    """When a new job's turn comes in virtual time, and when it is done."""
    now = select(virtual_time.c.now).scalar_subquery()
    done = select(func.max(jobs.c.virtual_finish)).where(jobs.c.author == author).scalar_subquery()
    own = (turns.c.conversation == conversation) & (unindexed(jobs.c.state) == State.QUEUED)
    last = select(func.max(jobs.c.virtual_start)).select_from(jobs.join(turns)).where(own).scalar_subquery()
    row = (await connection.execute(select(now, done, last))).one()
    start = fairness.start_of(*(each or 0.0 for each in row))
    return start, fairness.finish_of(start, weight, priority)


async def advance(connection: AsyncConnection, job: int) -> None:
    """Let virtual time go on as a job is begun."""
    nearest = select(jobs.c.author).where(jobs.c.state == State.QUEUED).order_by(*_tag(jobs)).limit(_NEAREST).subquery()
    people = select(func.count(nearest.c.author.distinct())).scalar_subquery()
    now = select(virtual_time.c.now).scalar_subquery()
    query = select(jobs.c.virtual_start, jobs.c.weight, people.label("people"), now.label("now"))
    begun = (await connection.execute(query.where(jobs.c.id == job))).one()
    later = fairness.advanced(begun.now or 0.0, begun.virtual_start, begun.weight, begun.people)
    await put(connection, virtual_time, [{"id": 1, "now": later}])


async def count(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> int:
    """How many jobs meet all the conditions."""
    return await connection.scalar(select(func.count()).select_from(jobs).where(*conditions)) or 0


async def weights(connection: AsyncConnection, author: str, since: float) -> tuple[float, float, float]:
    """What weighs: an author's waiting jobs, everybody's, and what the author has asked for since then."""
    waiting = jobs.c.state == State.QUEUED
    asked = (jobs.c.author == author) & (jobs.c.kind != JobKind.SHOW) & (jobs.c.created > since)
    sums = (
        select(func.coalesce(func.sum(jobs.c.weight), 0.0)).where(each).scalar_subquery()
        for each in (waiting & (jobs.c.author == author), waiting, asked)
    )
    row = (await connection.execute(select(*sums))).one()
    return row[0], row[1], row[2]


async def made_from(connection: AsyncConnection, conversation: int, message: str) -> Job | None:
    """The newest job for a turn that was made from a message, by the message's id on the platform."""
    query = every().where(turns.c.conversation == conversation, turns.c.message == message)
    return await one(connection, query.order_by(jobs.c.id.desc()).limit(1))


@cache
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
        kind=JobKind(row.kind),
        state=State(row.state),
        status_message=row.status_message,
        error=from_json(row.error),
        attempts=row.attempts,
        created=row.created,
        started=row.started,
        finished=row.finished,
        posted=row.posted,
        fence=row.fence,
    )
