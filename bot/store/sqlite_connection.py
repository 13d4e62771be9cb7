"""SQLite on a thread of its own, with one hand-over for each statement.

Waking a thread and the event loop costs more than most of the bot's statements take. The driver itself hands over a
statement in four parts (a cursor, the statement, its rows, the cursor's end) and each transaction's beginning and end
beside them. Here a transaction begins with its first statement, and where nothing was begun there is nothing to end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import aiosqlite

_BEGINNINGS = ("BEGIN", "BEGIN IMMEDIATE")
_CHUNK = 64
_NONE: tuple[Any, ...] = ()


class Cursor:
    """A statement's rows, which are all here once it has been executed."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Any = _NONE) -> Cursor:  # noqa: ANN401 - whatever SQLite takes
        """Execute a statement and fetch its rows."""
        return await self._taken(sqlite3.Cursor.execute, statement, parameters)

    async def executemany(self, statement: str, parameters: Any) -> Cursor:  # noqa: ANN401 - whatever SQLite takes
        """Execute a statement for each of several parameters."""
        return await self._taken(sqlite3.Cursor.executemany, statement, parameters)

    async def fetchall(self) -> Sequence[Any]:
        """The rest of the rows."""
        return await self.fetchmany(len(self._rows))

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """So many of the rows."""
        size = self.arraysize if size is None else size
        found, self._rows = self._rows[:size], self._rows[size:]
        return found

    async def close(self) -> None:
        """Drop the rows."""
        self._rows = []

    async def _taken(self, execute: Callable[..., object], statement: str, parameters: object) -> Cursor:
        taken = await self._connection.take(execute, statement, parameters)
        if taken is not None:
            self.description, self.rowcount, self.lastrowid, self._rows = taken
        return self


class Connection(aiosqlite.Connection):
    """A connection as SQLAlchemy's dialect for aiosqlite uses it."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connect, _CHUNK)
        self._thread.daemon = True  # as the dialect has it: what is not closed must not keep the program
        self._beginning = ""
        self._begun = False

    def __del__(self) -> None:
        """End the thread of one that was given up on the way into a pool or out of it, by work that was cancelled.

        The driver would warn of it, of which nobody hears in the end, and then do the same.
        """
        if self._connection is not None:
            self.stop()

    def cursor(self) -> Cursor:  # type: ignore[override]  # the dialect enters it as a context, whatever it is
        """A cursor; nothing is handed over for it."""
        return Cursor(self)

    async def take(self, execute: Callable[..., object], statement: str, parameters: object) -> Any:  # noqa: ANN401
        """Execute a statement, behind the beginning of its transaction; None for that beginning itself."""
        if statement in _BEGINNINGS:
            self._beginning = statement
            return None
        beginning, self._beginning = self._beginning, ""
        self._begun = self._begun or bool(beginning)
        return await self._execute(self._step, beginning, execute, statement, parameters)  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """End the thread.

        Nobody is told when: SQLAlchemy drops a connection without waiting, and the event loop may be closed by then.
        The driver tells the loop that runs where it is called, so it is called where none does.
        """
        ending = Thread(target=super().stop)
        ending.start()
        ending.join()

    async def commit(self) -> None:
        """End the transaction, if one has begun."""
        await self._end(super().commit)

    async def rollback(self) -> None:
        """Undo the transaction, if one has begun."""
        await self._end(super().rollback)

    async def _end(self, end: Callable[[], Any]) -> None:
        self._beginning = ""
        if self._begun:
            await end()
            self._begun = False

    def _step(self, beginning: str, execute: Callable[..., object], statement: str, parameters: object) -> Any:  # noqa: ANN401
        cursor = self._conn.cursor()
        try:
            if beginning:
                cursor.execute(beginning)
            execute(cursor, statement, parameters)
            rows = cursor.fetchall() if cursor.description else []
            return cursor.description, cursor.rowcount, cursor.lastrowid, rows
        finally:
            cursor.close()
