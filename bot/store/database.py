"""One database and its transactions: readers see one unchanging view, writers come one at a time, in order.

Knows no table. What differs between databases stands in a module for each (:mod:`sqlite`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StoreError
from bot.store.sqlite import BARE, WIPE, WRITES, explain, prepare

_TRIES, _PAUSE = 20, 0.05


def connect(database_url: str) -> AsyncEngine:
    """An engine for ``sqlite+aiosqlite:///path``; opens nothing yet. Its owner disposes of it."""
    engine = create_async_engine(database_url)
    prepare(engine.sync_engine)
    return engine


class Database:
    """Reads and writes one database. Every method is one transaction unless it is given a connection."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._turn_to_write = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncConnection]:
        """A read transaction: one unchanging view.

        Raises:
            StoreError: if the database cannot be read.
        """
        with self._explained():
            async with self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        """A write transaction; one at a time, in the order of asking, committed whole or not at all.

        The lock keeps that order: SQLite's own waiting is polling, and whoever polls at the right moment is next.

        Raises:
            StoreError: if the database cannot be written.
        """
        with self._explained():
            async with self._turn_to_write, self._writer.begin() as connection:
                yield connection

    async def wipe(self) -> None:
        """Leave nothing of what was deleted in the database's files, as soon as nobody reads an older state of it.

        Raises:
            StoreError: if the database cannot be used.
        """
        bare = self._engine.execution_options(**{BARE: True})
        with self._explained():
            async with self._turn_to_write:
                for _ in range(_TRIES):
                    async with bare.connect() as connection:
                        busy = (await connection.exec_driver_sql(WIPE)).one()[0]
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
            raise explain(error, self._path) from error
        except PoolTimeoutError as error:
            raise StoreError(f"The database {self._path} is busy: too much reads it at once. Try again.") from error

    @property
    def _path(self) -> str:
        return self._engine.url.database or str(self._engine.url)
