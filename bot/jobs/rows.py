"""The queue's rows: queries that give jobs, and the one careful way to change a job's state.

Knows the tables; the transactions are :mod:`bot.jobs.queue`'s. Statements are built once, with parameters where their
values go: to build one takes longer than to execute it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    FromClause,
    Integer,
    Row,
    Select,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.catalogues.text import from_json
from bot.jobs import fairness
from bot.jobs.job import Job, JobKind, State
from bot.messages import Place
from bot.store.rulings import ALL_PAUSED
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


def unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """A column in words that no index has: of a conversation's jobs its turns tell, not everybody's waiting jobs."""
    return column.concat("")


def _tag(table: FromClause) -> tuple[ColumnElement[float], ColumnElement[int]]:
    return table.c.virtual_start, table.c.id


EVERY: Select[Any] = select(jobs, turns.c.conversation, conversations.c.platform, conversations.c.key).select_from(
    jobs.join(turns, jobs.c.turn == turns.c.id).join(conversations, turns.c.conversation == conversations.c.id)
)
"""The query of all jobs with their places; narrow it down with ``where``."""

_STEP = update(jobs).where(jobs.c.id == bindparam("its_id"), jobs.c.state == bindparam("its_state"))
_STEP_ON = _STEP.where(jobs.c.fence == bindparam("its_fence"))


async def step(connection: AsyncConnection, job: int, now: State, **changes: object) -> bool:
    """Change a job that is in this state; False if it is not."""
    return await _stepped(connection, _STEP, {"its_id": job, "its_state": now}, changes)


async def step_on(connection: AsyncConnection, job: Job, **changes: object) -> bool:
    """Change a running job as whoever claimed it; False if it runs no more, or somebody else has claimed it since."""
    mine = {"its_id": job.id, "its_state": State.RUNNING, "its_fence": job.fence}
    return await _stepped(connection, _STEP_ON, mine, changes)


async def _stepped(
    connection: AsyncConnection, statement: Update, which: Mapping[str, object], changes: Mapping[str, object]
) -> bool:
    reckoned = {name: value for name, value in changes.items() if isinstance(value, ColumnElement)}
    if reckoned:
        statement = statement.values(reckoned)
    known = {name: value for name, value in changes.items() if name not in reckoned}
    return (await connection.execute(statement, {**which, **known})).rowcount == 1


_ORDER = EVERY.where(jobs.c.state == State.QUEUED).order_by(*_tag(jobs)).limit(bindparam("most", type_=Integer))


async def order(connection: AsyncConnection, most: int) -> list[tuple[Job, float]]:
    """The first ``most`` of the waiting jobs as they will run, each with its weight."""
    return [(job_of(row), row.weight) for row in await connection.execute(_ORDER, {"most": most})]


_NOW = select(virtual_time.c.now).scalar_subquery().label("now")


def _next() -> Select[Any]:
    earlier, its_turn = jobs.alias(), turns.alias()
    unannounced = (
        select(earlier.c.id)
        .select_from(earlier.join(its_turn, earlier.c.turn == its_turn.c.id))
        .where(its_turn.c.conversation == turns.c.conversation, unindexed(earlier.c.state) == State.QUEUED)
        .where(earlier.c.status_message.is_(None), tuple_(*_tag(earlier)) < tuple_(*_tag(jobs)))
    )
    begun, of_it = jobs.alias(), turns.alias()
    busy = select(of_it.c.conversation).select_from(begun.join(of_it, begun.c.turn == of_it.c.id))
    ready = (jobs.c.state == State.QUEUED) & jobs.c.status_message.is_not(None) & ~unannounced.exists()
    free = turns.c.conversation.not_in(busy.where(begun.c.state == State.RUNNING))
    others = jobs.c.id.not_in(bindparam("besides", expanding=True))
    first = EVERY.where(ready, free, others, ~ALL_PAUSED.exists()).order_by(*_tag(jobs)).limit(1)
    near = select(jobs.c.author).where(jobs.c.state == State.QUEUED).order_by(*_tag(jobs)).limit(_NEAREST).subquery()
    people = select(func.count(near.c.author.distinct())).scalar_subquery().label("people")
    return first.add_columns(people, _NOW).with_for_update(of=jobs, skip_locked=True)


_NEXT = _next()


async def next_job(connection: AsyncConnection, besides: Collection[int] = ()) -> tuple[Job, float] | None:
    """The waiting job to run next, and the virtual time that it then is.

    Its status message is posted, none of its conversation runs or is before it. None where all is paused.
    It is locked where the database has locks for rows; one that somebody is changing now is passed over.
    """
    row = (await connection.execute(_NEXT, {"besides": list(besides)})).one_or_none()
    if row is None:
        return None
    return job_of(row), fairness.advanced(row.now or 0.0, row.virtual_start, row.weight, row.people)


_AMOUNT = select(func.count(), func.coalesce(func.sum(jobs.c.weight), 0.0))
_RUNNING = _AMOUNT.where(jobs.c.state == State.RUNNING)
_BEFORE = and_(
    jobs.c.state == State.QUEUED,
    tuple_(*_tag(jobs)) < tuple_(bindparam("start", type_=Float), bindparam("job", type_=Integer)),
)
_AHEAD = _AMOUNT.where(or_(jobs.c.state == State.RUNNING, _BEFORE))
_AHEAD_SINCE = _AMOUNT.where(
    _BEFORE, tuple_(*_tag(jobs)) >= tuple_(bindparam("since", type_=Float), bindparam("first", type_=Integer))
)


async def running(connection: AsyncConnection) -> Ahead:
    """What is being worked on."""
    row = (await connection.execute(_RUNNING)).one()
    return Ahead(row[0], row[1])


async def ahead_of(
    connection: AsyncConnection, start: float, job: int, since: tuple[float, int] | None = None
) -> Ahead:
    """What runs, and what will before a waiting job with this tag; with ``since``, what of these has that tag or a
    later one.
    """
    if since is None:
        row = (await connection.execute(_AHEAD, {"start": start, "job": job})).one()
    else:
        between = {"start": start, "job": job, "since": since[0], "first": since[1]}
        row = (await connection.execute(_AHEAD_SINCE, between)).one()
    return Ahead(row[0], row[1])


_TAGS = select(
    _NOW,
    select(func.max(jobs.c.virtual_finish)).where(jobs.c.author == bindparam("author")).scalar_subquery(),
    select(func.max(jobs.c.virtual_start))
    .select_from(jobs.join(turns))
    .where(turns.c.conversation == bindparam("conversation"), unindexed(jobs.c.state) == State.QUEUED)
    .scalar_subquery(),
)


async def tags(
    connection: AsyncConnection, author: str, conversation: int, weight: float, priority: float | None
) -> tuple[float, float]:
    """When a new job's turn comes in virtual time, and when it is done."""
    row = (await connection.execute(_TAGS, {"author": author, "conversation": conversation})).one()
    start = fairness.start_of(*(each or 0.0 for each in row))
    return start, fairness.finish_of(start, weight, priority)


async def advance(connection: AsyncConnection, later: float) -> None:
    """Let virtual time go on to a later one."""
    await put(connection, virtual_time, [{"id": 1, "now": later}])


def count(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The query of how many jobs meet all the conditions."""
    return select(func.count()).select_from(jobs).where(*conditions)


def _weight(*conditions: ColumnElement[bool]) -> ColumnElement[float]:
    return select(func.coalesce(func.sum(jobs.c.weight), 0.0)).where(*conditions).scalar_subquery()


_OWN = jobs.c.author == bindparam("author")
_WEIGHTS = select(
    _weight(jobs.c.state == State.QUEUED, _OWN),
    _weight(jobs.c.state == State.QUEUED),
    _weight(_OWN, jobs.c.kind != JobKind.SHOW, jobs.c.created > bindparam("since")),
)


async def weights(connection: AsyncConnection, author: str, since: float) -> tuple[float, float, float]:
    """What weighs: an author's waiting jobs, everybody's, and what the author has asked for since then."""
    row = (await connection.execute(_WEIGHTS, {"author": author, "since": since})).one()
    return row[0], row[1], row[2]


_MADE_FROM = EVERY.where(turns.c.conversation == bindparam("conversation"), turns.c.message == bindparam("message"))
_MADE_FROM = _MADE_FROM.order_by(jobs.c.id.desc()).limit(1)


async def made_from(connection: AsyncConnection, conversation: int, message: str) -> Job | None:
    """The newest job for a turn that was made from a message, by the message's id on the platform."""
    return await one(connection, _MADE_FROM, conversation=conversation, message=message)


async def one(connection: AsyncConnection, query: Select[Any], **parameters: object) -> Job | None:
    """The one job of a query, or None."""
    row = (await connection.execute(query, parameters)).one_or_none()
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
