"""Keeps what people report, one case a picture, and what became of each case.

Knows the tables; who may report and decide is :mod:`bot.access`' business.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, delete, func, insert, select, update

from bot.messages import Place
from bot.store.database import Database
from bot.store.tables import report_cases, reports


class CaseState(StrEnum):
    """What was decided about a picture."""

    OPEN = "open"
    REMOVED = "removed"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Case:
    """A picture that was reported by ``reporters`` people.

    ``to`` is where its moderators are, ``message`` the id of what they see there; ``told`` whether that is up to date.
    """

    turn: str
    to: Place
    reporters: int
    message: str | None = None
    state: CaseState = CaseState.OPEN
    banned: bool = False
    told: bool = False


class ReportCases:
    """Reads and writes cases."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def add(self, turn: str, by: str, to: Place) -> bool:
        """Note that somebody reports a picture; False if they have before."""
        async with self._database.writing() as connection:
            same = (reports.c.turn == turn) & (reports.c.by == by)
            if await connection.scalar(select(reports.c.at).where(same)) is not None:
                return False
            await connection.execute(insert(reports).values(turn=turn, by=by, at=self._clock()))
            known = await connection.scalar(select(report_cases.c.turn).where(report_cases.c.turn == turn))
            if known is not None:
                await connection.execute(update(report_cases).where(report_cases.c.turn == turn).values(told=False))
            else:
                case = {"turn": turn, "platform": to.platform, "key": to.key, "state": CaseState.OPEN}
                await connection.execute(insert(report_cases).values(case | {"banned": False, "told": False}))
        return True

    async def since(self, by: str, seconds: float) -> int:
        """How many pictures somebody has reported in the last so many seconds."""
        recent = (reports.c.by == by) & (reports.c.at > self._clock() - seconds)
        async with self._database.reading() as connection:
            return await connection.scalar(select(func.count()).select_from(reports).where(recent)) or 0

    async def case(self, turn: str) -> Case | None:
        """The case of a picture; None where nobody has reported it."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_cases().where(report_cases.c.turn == turn))).one_or_none()
        return _case(row) if row is not None else None

    async def untold(self) -> list[Case]:
        """Cases whose moderators have yet to see how they stand."""
        async with self._database.reading() as connection:
            return [_case(row) for row in await connection.execute(_cases().where(~report_cases.c.told))]

    async def change(self, turn: str, **values: object) -> None:
        """Change a case's columns."""
        async with self._database.writing() as connection:
            await connection.execute(update(report_cases).where(report_cases.c.turn == turn).values(values))

    async def drop(self, turn: str) -> None:
        """Delete a case, whose picture is no more."""
        async with self._database.writing() as connection:
            await connection.execute(delete(report_cases).where(report_cases.c.turn == turn))


def _cases() -> Select[Any]:
    reporters = select(func.count()).where(reports.c.turn == report_cases.c.turn).scalar_subquery()
    return select(report_cases, reporters.label("reporters"))


def _case(row: Row[Any]) -> Case:
    return Case(
        row.turn, Place(row.platform, row.key), row.reporters, row.message, CaseState(row.state), row.banned, row.told
    )
