"""How things stand, for the admins' page: the queue now, what failed lately, who used how much, the day in hours.

Plain data without a word of what people asked for. Knows the tables; knows no page.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.access.lists import CurrentLists, Rank
from bot.catalogues.catalogue import say
from bot.catalogues.text import from_json
from bot.jobs.job import State
from bot.jobs.rows import unindexed
from bot.jobs.usage import STEP
from bot.messages import Author, Place
from bot.store.reports import CaseState
from bot.store.tables import conversations, jobs, report_cases, turns, usage
from bot.store.turns import Store
from bot.subjects import is_person, subjects_of

_LISTED = 50
_FAILED = 20
_USERS = 200
"""People, channels and servers with most use, among which people are shown."""

_RECOUNT = 60.0
"""Seconds until it is counted again who used most: all who used anything in a day are gone through."""

_HOUR, _DAY = 3600, 86_400
_COUNTED = (State.FINISHED, State.FAILED)


class Overview:
    """Tells those who rule everywhere. ``clock`` gives seconds since 1970."""

    def __init__(self, store: Store, lists: CurrentLists, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._lists = lists
        self._clock = clock
        self._people: list[dict[str, object]] = []
        self._counted = -math.inf

    async def __call__(self, author: Author) -> Mapping[str, object] | None:
        """Everything there is to see; None for somebody who is no admin of the bot."""
        place = Place("web", "")
        if self._lists.rank(author, subjects_of(place, author)) is not Rank.EVERYWHERE:
            return None
        now = self._clock()
        async with self._store.reading() as connection:
            running = await _jobs(connection, State.RUNNING, now)
            waiting = await _jobs(connection, State.QUEUED, now)
            count = select(func.count()).select_from(jobs).where(jobs.c.state == State.QUEUED)
            reported = select(func.count()).where(report_cases.c.state == CaseState.OPEN)
            return {
                "waiting": await connection.scalar(count) or 0,
                "running": len(running),
                "queue": [*running, *waiting],
                "failures": await _failures(connection, author.language, now),
                "people": await self._most_use(connection, now),
                "hours": await _hours(connection, now),
                "reports": await connection.scalar(reported) or 0,
            }

    async def _most_use(self, connection: AsyncConnection, now: float) -> list[dict[str, object]]:
        """As :func:`_people`, of a moment ago."""
        if abs(now - self._counted) >= _RECOUNT:
            self._people, self._counted = await _people(connection, now), now
        return self._people


async def _jobs(connection: AsyncConnection, state: State, now: float) -> list[dict[str, object]]:
    joined = jobs.join(turns, jobs.c.turn == turns.c.id).join(conversations)
    columns = (jobs.c.id, jobs.c.author, jobs.c.kind, jobs.c.created, jobs.c.weight, conversations.c.platform)
    order = jobs.c.virtual_start, jobs.c.id
    query = select(*columns).select_from(joined).where(jobs.c.state == state).order_by(*order).limit(_LISTED)
    return [
        {
            "job": row.id,
            "who": row.author,
            "platform": row.platform,
            "kind": row.kind,
            "state": str(state),
            "seconds": round(now - row.created),
            "weight": round(row.weight, 2),
        }
        for row in await connection.execute(query)
    ]


async def _failures(connection: AsyncConnection, language: str, now: float) -> list[dict[str, object]]:
    query = select(jobs.c.id, jobs.c.author, jobs.c.error, jobs.c.finished).where(jobs.c.state == State.FAILED)
    rows = await connection.execute(query.order_by(jobs.c.id.desc()).limit(_FAILED))
    return [
        {
            "job": row.id,
            "who": row.author,
            "why": say(from_json(row.error), language),
            "seconds": round(now - (row.finished or now)),
        }
        for row in rows
    ]


async def _people(connection: AsyncConnection, now: float) -> list[dict[str, object]]:
    """Who used most in the last day, in usual pictures."""
    recent = usage.c.slot > (now - _DAY) // STEP
    total = func.sum(usage.c.weight).label("total")
    query = select(usage.c.subject, total).where(recent).group_by(usage.c.subject).order_by(total.desc())
    people = [row for row in await connection.execute(query.limit(_USERS)) if is_person(row.subject)]
    return [{"who": row.subject, "pictures": round(row.total, 1)} for row in people[:_FAILED]]


async def _hours(connection: AsyncConnection, now: float) -> list[dict[str, int]]:
    """What was finished and what failed in each of the last 24 hours, oldest first."""
    age = now - jobs.c.finished
    hour = case(*((age < _HOUR * (each + 1), each) for each in range(24))).label("hour")
    ended = select(unindexed(jobs.c.state).label("state"), hour).where(jobs.c.finished > now - _DAY).subquery()
    query = select(ended, func.count().label("jobs")).group_by(ended.c.state, ended.c.hour)
    counted = {(row.hour, row.state): row.jobs for row in await connection.execute(query)}
    hours: Sequence[int] = range(23, -1, -1)
    return [{str(state): counted.get((hour, state), 0) for state in _COUNTED} for hour in hours]
