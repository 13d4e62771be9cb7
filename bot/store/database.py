"""One database and its transactions: readers see one unchanging view, writers come one at a time, in order.

Knows no table. What differs between databases stands in a module for each (:mod:`sqlite`).
"""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from bot.errors import StoreError
from bot.store import postgres, sqlite
from bot.store.addresses import POSTGRES, on_postgres
from bot.store.sqlite import WRITES
from bot.store.transaction import Transaction

logger = logging.getLogger(__name__)

_TRIES, _PAUSE = 20, 0.05
_READERS = 10
"""Who reads at once, at most: fewer than there are connections, so that whoever writes finds one."""
_LOOK = 10.0
"""Seconds between two looks for writers that hang."""
_FAREWELL = 100
"""Pauses in which connections may come back."""


def connect(database_url: str) -> AsyncEngine:
    """An engine for ``sqlite+aiosqlite:///path`` or ``postgresql://…``; opens nothing yet. Its owner disposes of it."""
    url = make_url(database_url)
    if on_postgres(database_url):
        return postgres.new_engine(url)
    engine = create_async_engine(url, async_creator=sqlite.creator(url))
    sqlite.prepare(engine.sync_engine)
    return engine


async def close(engine: AsyncEngine) -> None:
    """Dispose of an engine as soon as transactions that were cancelled have given their connections back."""
    pool = engine.sync_engine.pool
    for _ in range(_FAREWELL):
        if not isinstance(pool, QueuePool) or not pool.checkedout():
            break
        await asyncio.sleep(_PAUSE)
    await engine.dispose()


class Database:
    """Reads and writes one database. Every method is one transaction unless it is given a connection."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        own = postgres if self._on_postgres else sqlite
        self._reader = engine.execution_options(**own.READING)
        self._alone = engine.execution_options(**own.ALONE)
        self._turn_to_write = asyncio.Lock()
        self._turn_to_read = asyncio.Semaphore(_READERS)

    def reading(self) -> Transaction:
        """A read transaction: one unchanging view. Who reads already does not read within that once more.

        However many want to read, each has their turn, in the order of asking.

        Raises:
            StoreError: on entering or within, if the database cannot be read.
        """
        return Transaction(self._reader.connect(), self._turn_to_read, self._explained)

    def glancing(self) -> Transaction:
        """A read of one statement, which sees one state of things by itself: no transaction is begun and ended for it.

        Raises:
            StoreError: as :meth:`reading`.
        """
        return Transaction(self._alone.connect(), self._turn_to_read, self._explained)

    def writing(self) -> Transaction:
        """A write transaction; one at a time, in the order of asking, committed whole or not at all.

        The lock keeps that order: SQLite's own waiting is polling, and whoever polls at the right moment is next; and
        of PostgreSQL's connections one is enough for writers.

        Raises:
            StoreError: if the database cannot be written.
        """
        return Transaction(self._writer.connect(), self._turn_to_write, self._explained, writes=True)

    async def keep_writable(self) -> None:
        """As long as it is not cancelled: end whoever hangs in a write of theirs, be it a process that stands still.

        On SQLite, whose writers are all in this process, there is nothing to do.
        """
        while self._on_postgres:
            try:
                async with self.glancing() as connection:
                    await postgres.end_hanging(connection)
            except StoreError as error:  # whoever wants something of the database says so
                logger.debug("nobody looked for hanging writers: %s", error)
            await asyncio.sleep(_LOOK)

    @property
    def wipes_at_once(self) -> bool:
        """Whether :meth:`wipe` takes as long as there is to be wiped, and not the longer the more there is."""
        return not self._on_postgres

    def noting(self) -> Transaction:
        """A write transaction of one statement that changes one row, whatever others write.

        Where rows have locks of their own it waits for no other writer; else it comes in its turn.

        Raises:
            StoreError: if the database cannot be written.
        """
        turn = None if self._on_postgres else self._turn_to_write
        return Transaction(self._alone.connect(), turn, self._explained, writes=True)

    async def wipe(self) -> None:
        """Leave nothing of what was deleted in the database's files, as soon as nobody reads an older state of it.

        On PostgreSQL the room is free to be written over; files, log and copies of the server are its owner's business.

        Raises:
            StoreError: if the database cannot be used.
        """
        async with self._turn_to_write:
            if self._on_postgres:
                async with Transaction(self._alone.connect(), None, self._explained) as connection:
                    await connection.exec_driver_sql(postgres.WIPE)
                return
            for _ in range(_TRIES):
                async with Transaction(self._alone.connect(), None, self._explained) as connection:
                    busy = (await connection.exec_driver_sql(sqlite.WIPE)).one()[0]
                if not busy:
                    return
                await asyncio.sleep(_PAUSE)

    def _explained(self, error: BaseException) -> StoreError | None:
        """What an error of the database means for whoever runs the bot; None of any other."""
        if isinstance(error, IntegrityError):  # a mistake of ours, not the database's
            return None
        if isinstance(error, DBAPIError):
            found: StoreError = (postgres if self._on_postgres else sqlite).explain(error, self._path)
            return found
        if isinstance(error, PoolTimeoutError):
            return StoreError(f"The database {self._path} is busy: too much reads it at once. Try again.")
        if isinstance(error, OSError) and self._on_postgres:  # a server that cannot be reached
            return postgres.explain(error, self._path)
        return None

    @property
    def _on_postgres(self) -> bool:
        return self._engine.dialect.name == POSTGRES

    @property
    def _path(self) -> str:
        if self._on_postgres:
            return postgres.name_of(self._engine.url)
        return self._engine.url.database or str(self._engine.url)
