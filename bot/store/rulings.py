"""Keeps what owners and admins have ruled while the bot runs, and the log of all of it.

A ruling is a ban, a pause, a drain or a quota of one subject; with a ``scope`` it holds in that place alone. Knows the
tables; who may rule is :mod:`bot.access`' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import audit, rulings


class RulingKind(StrEnum):
    """What is ruled."""

    BAN = "ban"
    PAUSE = "pause"
    DRAIN = "drain"
    QUOTA = "quota"


STOPPING = (RulingKind.PAUSE, RulingKind.DRAIN)
"""Under these nothing new is taken."""

EVERYWHERE = ""
"""The subject of what holds for all, and the scope of what holds in every place."""


@dataclass(frozen=True)
class Ruling:
    """Something that was ruled about a subject; ``value`` is a ban's reason or a quota's numbers."""

    kind: RulingKind
    subject: str
    scope: str = EVERYWHERE
    value: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the audit log: when (seconds since 1970, UTC), who, what."""

    at: float
    by: str
    name: str
    action: str
    subject: str
    scope: str
    detail: str


class Rulings:
    """Reads and writes rulings; each change leaves its line in the log, in the same transaction."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def about(self, subjects: Collection[str]) -> list[Ruling]:
        """The rulings about any of these subjects and about all, whatever their scope."""
        async with self._database.glancing() as connection:
            return await find_rulings(connection, subjects)

    async def all(self, kind: RulingKind, scope: str | None = None) -> list[Ruling]:
        """Every ruling of a kind, of one scope if that is given."""
        query = select(rulings).where(rulings.c.kind == kind).order_by(rulings.c.id)
        if scope is not None:
            query = query.where(rulings.c.scope == scope)
        async with self._database.glancing() as connection:
            rows = await connection.execute(query)
            return [Ruling(RulingKind(row.kind), row.subject, row.scope, row.value) for row in rows]

    async def rule(self, ruling: Ruling, by: str, name: str) -> None:
        """Let a ruling hold, in place of an earlier one of its kind."""
        async with self._database.writing() as connection:
            await self._lift(connection, ruling.kind, ruling.subject, ruling.scope)
            values = {"kind": ruling.kind, "subject": ruling.subject, "scope": ruling.scope, "value": ruling.value}
            await connection.execute(insert(rulings).values(values | {"created": self._clock()}))
            await self._log(connection, by, name, str(ruling.kind), ruling)

    async def lift(self, ruling: Ruling, by: str, name: str, action: str) -> bool:
        """Let a ruling hold no longer; False where there was none. ``action`` is how the log calls that."""
        async with self._database.writing() as connection:
            lifted = await self._lift(connection, ruling.kind, ruling.subject, ruling.scope)
            if lifted:
                await self._log(connection, by, name, action, ruling)
        return lifted

    async def newest(self, most: int, scope: str | None = None) -> list[Entry]:
        """The newest lines of the log, newest first; of one scope if that is given."""
        query = select(audit).order_by(audit.c.id.desc()).limit(most)
        if scope is not None:
            query = query.where(audit.c.scope == scope)
        async with self._database.glancing() as connection:
            rows = await connection.execute(query)
            return [Entry(row.at, row.by, row.name, row.action, row.subject, row.scope, row.detail) for row in rows]

    async def count(self, kind: RulingKind, scope: str | None = None) -> int:
        """How many rulings of a kind hold."""
        query = select(func.count()).select_from(rulings).where(rulings.c.kind == kind)
        if scope is not None:
            query = query.where(rulings.c.scope == scope)
        async with self._database.glancing() as connection:
            return await connection.scalar(query) or 0

    async def note(self, by: str, name: str, action: str, subject: str = "", scope: str = "", detail: str = "") -> None:
        """A line in the log for what changes no ruling."""
        async with self._database.writing() as connection:
            await write_entry(connection, Entry(self._clock(), by, name, action, subject, scope, detail))

    async def _lift(self, connection: AsyncConnection, kind: RulingKind, subject: str, scope: str) -> bool:
        same = (rulings.c.kind == kind) & (rulings.c.subject == subject) & (rulings.c.scope == scope)
        return (await connection.execute(delete(rulings).where(same))).rowcount > 0

    async def _log(self, connection: AsyncConnection, by: str, name: str, action: str, ruling: Ruling) -> None:
        entry = Entry(self._clock(), by, name, action, ruling.subject, ruling.scope, ruling.value)
        await write_entry(connection, entry)


ALL_PAUSED = select(rulings.c.id).where(rulings.c.kind == RulingKind.PAUSE, rulings.c.subject == EVERYWHERE)
"""The rulings by which nothing that waits is to be begun."""

_ABOUT = select(rulings).where(rulings.c.subject.in_(bindparam("subjects", expanding=True))).order_by(rulings.c.id)


async def find_rulings(connection: AsyncConnection, subjects: Collection[str]) -> list[Ruling]:
    """As :meth:`Rulings.about`, within a transaction."""
    rows = await connection.execute(_ABOUT, {"subjects": [EVERYWHERE, *subjects]})
    return [Ruling(RulingKind(row.kind), row.subject, row.scope, row.value) for row in rows]


async def write_entry(connection: AsyncConnection, entry: Entry) -> None:
    """A line in the log, within a transaction."""
    values = {
        "at": entry.at,
        "by": entry.by[:300],
        "name": entry.name[:255],
        "action": entry.action,
        "subject": entry.subject,
        "scope": entry.scope,
        "detail": entry.detail,
    }
    await connection.execute(insert(audit).values(values))
