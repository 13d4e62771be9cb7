"""One database and its transactions: readers see one unchanging view, writers come one at a time, in order.

Knows no table. What differs between databases stands in a module for each (:mod:`sqlite`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from bot.errors import StoreError
from bot.store import postgres, sqlite
from bot.store.addresses import POSTGRES, on_postgres
from bot.store.sqlite import BARE, WRITES

logger = logging.getLogger(__name__)

_TRIES, _PAUSE = 20, 0.05
_READERS = 10
"""Who reads at once, at most: fewer than there are connections, so that whoever writes finds one."""
_PATIENCE = 300.0
"""Seconds to wait for a turn to read, where more want to."""
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
        self._bare = engine.execution_options(**{BARE: True})
        alone = (
            {"isolation_level": "AUTOCOMMIT"} if self._on_postgres else {}
        )  # SQLite's statements are so by themselves
        self._glancer = self._bare.execution_options(**alone)
        self._turn_to_write = asyncio.Lock()
        self._turn_to_read = asyncio.Semaphore(_READERS)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A read transaction: one unchanging view. Who reads already does not read within that once more.

        However many want to read, each has their turn, in the order of asking.

        Raises:
            StoreError: if the database cannot be read.
        """
        async with self._read_by(self._engine) as connection:
            yield connection

    @asynccontextmanager
    async def glancing(self) -> AsyncGenerator[AsyncConnection]:
        """A read of one statement, which sees one state of things by itself: no transaction is begun and ended for it.

        Raises:
            StoreError: as :meth:`reading`.
        """
        async with self._read_by(self._glancer) as connection:
            yield connection

    @asynccontextmanager
    async def _read_by(self, engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
        with self._explained():
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._turn_to_read.acquire()
            except TimeoutError as error:
                raise self._busy() from error
            try:
                async with engine.begin() as connection:
                    yield connection
            finally:
                self._turn_to_read.release()

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """A write transaction; one at a time, in the order of asking, committed whole or not at all.

        The lock keeps that order: SQLite's own waiting is polling, and whoever polls at the right moment is next; and
        of PostgreSQL's connections one is enough for writers.

        Raises:
            StoreError: if the database cannot be written.
        """
        with self._explained():
            async with self._turn_to_write, self._writer.begin() as connection:
                yield connection

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

    @asynccontextmanager
    async def noting(self) -> AsyncGenerator[AsyncConnection]:
        """A write transaction of one statement that changes one row, whatever others write.

        Where rows have locks of their own it waits for no other writer; else it is as :meth:`writing`.

        Raises:
            StoreError: if the database cannot be written.
        """
        if not self._on_postgres:
            async with self.writing() as connection:
                yield connection
            return
        with self._explained():
            async with self._bare.begin() as connection:
                yield connection

    async def wipe(self) -> None:
        """Leave nothing of what was deleted in the database's files, as soon as nobody reads an older state of it.

        On PostgreSQL the room is free to be written over; files, log and copies of the server are its owner's business.

        Raises:
            StoreError: if the database cannot be used.
        """
        with self._explained():
            async with self._turn_to_write:
                if self._on_postgres:
                    async with self._bare.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                        await connection.exec_driver_sql(postgres.WIPE)
                    return
                for _ in range(_TRIES):
                    async with self._bare.connect() as connection:
                        busy = (await connection.exec_driver_sql(sqlite.WIPE)).one()[0]
                    if not busy:
                        return
                    await asyncio.sleep(_PAUSE)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:  # a mistake of ours, not the database's
            raise
        except DBAPIError as error:
            raise (postgres if self._on_postgres else sqlite).explain(error, self._path) from error
        except OSError as error:  # a server that cannot be reached
            if not self._on_postgres:
                raise
            raise postgres.explain(error, self._path) from error
        except PoolTimeoutError as error:
            raise self._busy() from error

    def _busy(self) -> StoreError:
        return StoreError(f"The database {self._path} is busy: too much reads it at once. Try again.")

    @property
    def _on_postgres(self) -> bool:
        return self._engine.dialect.name == POSTGRES

    @property
    def _path(self) -> str:
        if self._on_postgres:
            return postgres.name_of(self._engine.url)
        return self._engine.url.database or str(self._engine.url)
