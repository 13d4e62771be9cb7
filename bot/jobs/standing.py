"""What waits, what runs and what has become of it: the queue's questions, which change nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select

from bot.jobs import rows
from bot.jobs.job import ACTIVE, Job, State
from bot.store.tables import conversations, jobs, pictures, turns, untold_end
from bot.store.turns import Store, find_turns
from bot.turns.conversation import TurnRecord

SHOWN = 100
"""So many waiting jobs' positions are kept up to date; whoever is behind them can ask."""

_NEWEST = 20
"""Jobs whose time tells how long the next ones will take."""


@dataclass(frozen=True)
class Position:
    """A waiting job, how many are ahead of it, its turn, and what those ahead weigh."""

    job: Job
    ahead: int
    turn: TurnRecord
    weight: float


_JOB = rows.EVERY.where(jobs.c.id == bindparam("job"))
_RUNS = select(jobs.c.id).where(
    jobs.c.id == bindparam("job"), jobs.c.state == State.RUNNING, jobs.c.fence == bindparam("fence")
)
_NEWEST_OF_TURN = rows.EVERY.where(jobs.c.turn == bindparam("turn")).order_by(jobs.c.id.desc()).limit(1)
_FAILURES = rows.count(jobs.c.turn == bindparam("turn"), jobs.c.state == State.FAILED)
_PENDING = rows.EVERY.where(turns.c.conversation == bindparam("conversation"), rows.unindexed(jobs.c.state).in_(ACTIVE))
_PENDING = _PENDING.order_by(jobs.c.id.desc()).limit(1)
_START = select(jobs.c.virtual_start).where(jobs.c.id == bindparam("job"), jobs.c.state == State.QUEUED)


def _untold() -> Select[Any]:
    unknown = select(jobs.c.id).where(rows.unindexed(jobs.c.state) == State.QUEUED, jobs.c.status_message.is_(None))
    ended = select(jobs.c.id).where(untold_end)
    untold = jobs.c.id.in_(unknown.union_all(ended))  # each half has an index of its own
    return rows.EVERY.where(untold).order_by(jobs.c.id)


def _pace() -> Select[Any]:
    took = (jobs.c.finished - jobs.c.started).label("took")
    # By when they ended, which waiting jobs have not: there may be more of these than anybody wants to pass over.
    ended = (jobs.c.finished > 0, jobs.c.state == State.FINISHED, jobs.c.started.is_not(None))
    newest = select(took, jobs.c.weight).where(*ended).order_by(jobs.c.finished.desc()).limit(_NEWEST).subquery()
    return select(func.sum(newest.c.took), func.sum(newest.c.weight))


_UNTOLD, _PACE = _untold(), _pace()


class Standing:
    """Answers from the jobs in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def job(self, job: int) -> Job | None:
        """A job as it is now."""
        async with self._store.glancing() as connection:
            return await rows.one(connection, _JOB, job=job)

    async def runs(self, claimed: Job) -> bool:
        """Whether a job still runs for whoever claimed it, by the rows."""
        async with self._store.glancing() as connection:
            return await connection.scalar(_RUNS, {"job": claimed.id, "fence": claimed.fence}) is not None

    async def newest(self, turn: str) -> Job | None:
        """The newest job of a turn."""
        async with self._store.glancing() as connection:
            return await rows.one(connection, _NEWEST_OF_TURN, turn=turn)

    async def failures(self, turn: str) -> int:
        """How often the work for a turn has failed."""
        async with self._store.glancing() as connection:
            return await connection.scalar(_FAILURES, {"turn": turn}) or 0

    async def pending(self, conversation: int) -> Job | None:
        """The newest job of a conversation that is waiting or running."""
        async with self._store.glancing() as connection:
            return await rows.one(connection, _PENDING, conversation=conversation)

    async def positions(self, most: int = SHOWN) -> list[Position]:
        """The first ``most`` waiting jobs in running order; a running one is ahead of all. Four statements."""
        async with self._store.reading() as connection:
            order = await rows.order(connection, most)
            if not order:
                return []
            ahead = await rows.running(connection)
            waiting = await find_turns(connection, [job.turn for job, _ in order])
        found: list[Position] = []
        for job, weight in order:
            found.append(Position(job, ahead.jobs, waiting[job.turn], ahead.weight))
            ahead += rows.Ahead(1, weight)
        return found

    async def ahead(self, job: int) -> rows.Ahead | None:
        """What is ahead of a waiting job; None once it is not waiting."""
        async with self._store.reading() as connection:
            start = await connection.scalar(_START, {"job": job})
            if start is None:
                return None
            return await rows.ahead_of(connection, start, job)

    async def waiting_of(self, author: str, most: int = SHOWN) -> list[rows.Ahead]:
        """What is ahead of each of somebody's waiting jobs."""
        own = select(jobs.c.virtual_start, jobs.c.id).where(jobs.c.author == author, jobs.c.state == State.QUEUED)
        async with self._store.reading() as connection:
            # Not in the words of the whole queue's index: somebody's own jobs are fewer.
            order = jobs.c.virtual_start + 0.0, jobs.c.id
            found = (await connection.execute(own.order_by(*order).limit(most))).all()
            ahead, places = rows.Ahead(0, 0.0), list[rows.Ahead]()
            before: tuple[float, int] | None = None
            for row in found:  # each from the one before it on, so that the queue is gone through once
                tag = row.virtual_start, row.id
                ahead += await rows.ahead_of(connection, *tag, since=before)
                places.append(ahead)
                before = tag
            return places

    async def load(self, server: str = "") -> tuple[int, int]:
        """How many jobs wait and how many run: of all, or of one server by its subject's name."""
        query = select(func.count()).select_from(jobs)
        if server:
            platform, _, key = server.split(":", 2)
            own = or_(conversations.c.key == key, *(conversations.c.key.startswith(f"{key}{each}") for each in "/#"))
            joined = jobs.join(turns, jobs.c.turn == turns.c.id).join(conversations)
            query = select(func.count()).select_from(joined).where(conversations.c.platform == platform, own)
        counts = (query.where(jobs.c.state == state).scalar_subquery() for state in ACTIVE)
        async with self._store.glancing() as connection:
            row = (await connection.execute(select(*counts))).one()
        return row[0], row[1]

    async def usual_seconds(self) -> float | None:
        """What a usual picture took, by the newest finished jobs; None before there was one."""
        async with self._store.glancing() as connection:
            row = (await connection.execute(_PACE)).one()
        return float(row[0]) / float(row[1]) if row[1] else None

    async def wait(self, ahead: float) -> float | None:
        """How many seconds work of this weight will take, as far as the newest jobs tell; None if they do not."""
        usual = await self.usual_seconds() if ahead else None
        return ahead * usual if usual is not None else None

    async def untold(self) -> list[Job]:
        """Jobs whose user lacks a message: waiting ones without a status message, ended ones not told of."""
        async with self._store.glancing() as connection:
            return [rows.job_of(row) for row in await connection.execute(_UNTOLD)]

    async def without_pictures(self, among: Collection[str]) -> list[str]:
        """The turns among these that have no picture and no job that would make one."""
        if not among:
            return []
        drawn = select(pictures.c.turn)
        waiting = select(jobs.c.turn).where(jobs.c.state.in_(ACTIVE))
        query = select(turns.c.id).where(turns.c.id.not_in(drawn), turns.c.id.not_in(waiting))
        async with self._store.reading() as connection:
            return [turn for turn in await connection.scalars(query) if turn in among]
