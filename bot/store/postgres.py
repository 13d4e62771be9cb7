"""What is PostgreSQL's own: when a writer takes its lock, who else may use the database, what its errors mean.

The same functions as in :mod:`sqlite`, beside it. Its driver, asyncpg, is an extra and is imported by nobody else.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from bot.errors import MissingExtraError, StoreError
from bot.store.sqlite import BARE, WRITES

BACKEND = "postgresql"

WIPE = "VACUUM"
"""Gives the room of what is deleted to what is written next; unlike SQLite's files, the server's are not zeroed."""

_BOT, _WRITER, _MIGRATION = 7_061_001, 7_061_002, 7_061_003
"""Numbers of advisory locks: the one bot on a database, whoever writes, and whoever changes its tables."""

_PATIENCE = 10
"""Seconds until a server that does not answer counts as one that cannot be reached."""


def new_engine(url: URL, *, pooled: bool = True) -> AsyncEngine:
    """An engine for ``postgresql://``; opens nothing yet. Connections that the server has closed are replaced.

    Raises:
        MissingExtraError: if its driver is not installed.
    """
    if importlib.util.find_spec("asyncpg") is None:
        raise MissingExtraError("database_url names PostgreSQL", "postgres")
    with_driver, arguments = url.set(drivername=f"{BACKEND}+asyncpg"), {"timeout": _PATIENCE}
    if not pooled:
        return create_async_engine(with_driver, connect_args=arguments, poolclass=NullPool)
    engine = create_async_engine(with_driver, connect_args=arguments, pool_pre_ping=True)
    prepare(engine.sync_engine)
    return engine


def prepare(engine: Engine) -> None:
    """Have readers see one unchanging view, and writers come one at a time, whatever process they are in."""
    event.listen(engine, "begin", _begin)


def _begin(connection: Connection) -> None:
    """A writer waits for its lock before its first look: what it then reads is what it builds on."""
    options = connection.get_execution_options()
    if options.get(BARE, False):
        return
    if options.get(WRITES, False):
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITER})"))
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


@asynccontextmanager
async def migrating(url: URL) -> AsyncGenerator[AsyncConnection]:
    """A transaction in which one process at a time may change the tables; the others wait, and find it done."""
    engine = new_engine(url, pooled=False)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION})"))
            yield connection
    except (DBAPIError, OSError) as error:
        raise explain(error, name_of(url)) from error
    finally:
        await engine.dispose()


@contextmanager
def sole_user(url: URL) -> Iterator[None]:
    """Hold the database for this process meanwhile, by a connection that holds a lock: it ends with the process.

    A server that is started anew has forgotten the lock; it is not taken again.

    Raises:
        StoreError: if another bot holds it, or the server cannot be reached.
    """
    engine = new_engine(url, pooled=False)
    runner = asyncio.Runner()
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, since the caller's may be running
        try:
            connection = thread.submit(runner.run, _held(engine, name_of(url))).result()
            try:
                yield
            finally:
                thread.submit(runner.run, connection.close()).result()
        finally:
            thread.submit(runner.close).result()


async def _held(engine: AsyncEngine, name: str) -> AsyncConnection:
    try:
        connection = await engine.connect()
        taken = await connection.scalar(text(f"SELECT pg_try_advisory_lock({_BOT})"))
        await connection.commit()
    except (DBAPIError, OSError) as error:
        raise explain(error, name) from error
    if not taken:
        await connection.close()
        raise StoreError(f"Another bot is using the database {name}; stop it first, or set another database_url.")
    return connection


async def version(url: URL) -> str:
    """What the server calls itself; proves that it lets us in.

    Raises:
        StoreError: if it cannot be reached or does not; says why.
    """
    engine = new_engine(url, pooled=False)
    try:
        async with engine.connect() as connection:
            return str(await connection.scalar(text("SHOW server_version")))
    except (DBAPIError, OSError) as error:
        raise explain(error, name_of(url)) from error
    finally:
        await engine.dispose()


def name_of(url: URL) -> str:
    """A database by its server and name, without the password."""
    return f"{url.database or ''} on {url.host or 'localhost'}"


def explain(error: DBAPIError | OSError, name: str) -> StoreError:
    """What a database error means for whoever runs the bot."""
    if isinstance(error, OSError):  # TimeoutError is one
        return StoreError(f"The database {name} cannot be reached; check that PostgreSQL runs there, host and port.")
    state = str(getattr(error.orig, "sqlstate", None) or "")
    if state == "3D000":
        return StoreError(f"There is no database {name}; make it with createdb.")
    if state.startswith("28"):
        return StoreError(f"The database {name} does not let the bot in; check user and password in database_url.")
    if state == "42P01":
        return StoreError(f"The database {name} lacks its tables; start the bot once so that it makes them.")
    if state == "42501":
        return StoreError(f"The database {name} may not be changed by the bot's user; make that user its owner.")
    return StoreError(f"The database {name} cannot be used: {str(error.orig).splitlines()[0]}.")
