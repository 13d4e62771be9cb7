"""What is PostgreSQL's own: when a writer takes its lock, who else may use the database, what its errors mean.

The same functions as in :mod:`sqlite`, beside it. Its driver, asyncpg, is an extra and is imported by nobody else.
"""

from __future__ import annotations

import asyncio
import importlib.util
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from bot.errors import MissingExtraError, StoreError
from bot.store.addresses import POSTGRES
from bot.store.sqlite import WRITES

READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Options of connections that see one unchanging view."""

ALONE = {"isolation_level": "AUTOCOMMIT"}
"""Options of connections for one statement, which is a transaction by itself."""

WIPE = "VACUUM"
"""Gives the room of what is deleted to what is written next; unlike SQLite's files, the server's are not zeroed."""

_BOT, _WRITER, _MIGRATION, _PLATFORM = 7_061_001, 7_061_002, 7_061_003, 7_061_004
"""Numbers of advisory locks: the bots on a database, whoever writes, whoever changes its tables, and, with the name of
each, a platform's one bot."""

_PATIENCE = 10
"""Seconds until a server that does not answer counts as one that cannot be reached."""


_STILL = 15
"""Seconds that a transaction may stand still before the server ends it: whoever hangs in one holds up every writer."""

_TURN_TO_WRITE = text(f"SELECT pg_advisory_xact_lock({_WRITER})")

_HANGING = text("""
SELECT pg_terminate_backend(writer.pid) FROM pg_locks AS held JOIN pg_stat_activity AS writer USING (pid)
WHERE held.locktype = 'advisory' AND held.objid = :lock AND held.granted AND writer.datname = current_database()
AND writer.state = 'active' AND writer.wait_event = 'ClientRead'
AND writer.state_change < clock_timestamp() - make_interval(secs => :still)
""")
"""Ends writers that stand still between a statement's preparation and its execution.

That is no idleness to the server: the driver does not say that its request is complete until it executes.
"""

_UNUSED = 5.0
"""Seconds after which a connection may have been lost without a word."""

_UNHEARD = {"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
"""After a minute a server is to know that a machine is gone, and with it the locks of its bot."""


def new_engine(url: URL, *, pooled: bool = True) -> AsyncEngine:
    """An engine for ``postgresql://``; opens nothing yet. Connections that the server has closed are replaced.

    Raises:
        MissingExtraError: if its driver is not installed.
    """
    if importlib.util.find_spec("asyncpg") is None:
        raise MissingExtraError("database_url names PostgreSQL", "postgres")
    with_driver = url.set(drivername=f"{POSTGRES}+asyncpg")
    if not pooled:
        alone = {"timeout": _PATIENCE, "server_settings": _UNHEARD}
        return create_async_engine(with_driver, connect_args=alone, poolclass=NullPool)
    ending = {**_UNHEARD, "idle_in_transaction_session_timeout": f"{_STILL}s"}
    arguments = {"timeout": _PATIENCE, "server_settings": ending}
    engine = create_async_engine(with_driver, connect_args=arguments)
    prepare(engine.sync_engine)
    event.listen(engine.sync_engine, "checkin", _put_back)
    event.listen(engine.sync_engine, "checkout", partial(_taken_out, engine.sync_engine))
    return engine


def prepare(engine: Engine) -> None:
    """Have writers come one at a time, whatever process they are in."""
    event.listen(engine, "begin", _begin)


async def end_hanging(connection: AsyncConnection) -> None:
    """End whoever stands still within a write where the server does not see it, so that others can write."""
    await connection.execute(_HANGING, {"lock": _WRITER, "still": _STILL})


def _put_back(_: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _taken_out(engine: Engine, connection: Any, record: ConnectionPoolEntry, _: object) -> None:  # noqa: ANN401 - the driver's
    """Have a connection that the server has closed replaced.

    The driver knows of one whose end has come through. To ask the server takes three round trips, so only what was not
    used for a while is asked about.
    """
    unused = time.monotonic() - record.info.get("used", math.inf)
    try:
        if unused > _UNUSED:
            engine.dialect.do_ping(connection)
    except (engine.dialect.loaded_dbapi.Error, OSError) as error:
        raise DisconnectionError(str(error)) from error
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server has closed it")


def _begin(connection: Connection) -> None:
    """A writer waits for its lock before its first look: what it then reads is what it builds on."""
    if connection.get_execution_options().get(WRITES, False):
        connection.execute(_TURN_TO_WRITE)


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
        StoreError: if a bot uses it, or the server cannot be reached.
    """
    with _connected(url, partial(_take, text(f"SELECT pg_try_advisory_lock({_BOT})"), ())):
        yield


@contextmanager
def serving(url: URL, platforms: Sequence[str]) -> Iterator[None]:
    """Use the database meanwhile, and be the one bot on it that serves these platforms; as :func:`sole_user`.

    Raises:
        StoreError: if another bot serves one of them or holds the whole database, or the server cannot be reached.
    """
    with _connected(url, partial(_take, text(f"SELECT pg_try_advisory_lock_shared({_BOT})"), platforms)):
        yield


@contextmanager
def _connected(url: URL, take: Callable[[AsyncConnection, str], Awaitable[None]]) -> Iterator[None]:
    engine = new_engine(url, pooled=False)
    runner = asyncio.Runner()
    with ThreadPoolExecutor(1) as thread:  # a loop of its own, since the caller's may be running
        try:
            connection = thread.submit(runner.run, _held(engine, name_of(url), take)).result()
            try:
                yield
            finally:
                thread.submit(runner.run, connection.close()).result()
        finally:
            thread.submit(runner.close).result()


async def _held(
    engine: AsyncEngine, name: str, take: Callable[[AsyncConnection, str], Awaitable[None]]
) -> AsyncConnection:
    try:
        connection = await engine.connect()
        try:
            await take(connection, name)
            await connection.commit()
        except BaseException:
            await connection.close()
            raise
    except (DBAPIError, OSError) as error:
        raise explain(error, name) from error
    return connection


async def _take(whole: TextClause, platforms: Sequence[str], connection: AsyncConnection, name: str) -> None:
    if not await connection.scalar(whole):
        raise StoreError(f"Another bot is using the database {name}; stop it first, or set another database_url.")
    one = text(f"SELECT pg_try_advisory_lock({_PLATFORM}, hashtext(:platform))")
    for platform in platforms:
        if not await connection.scalar(one, {"platform": platform}):
            raise StoreError(
                f"Another bot serves {platform} from the database {name}; stop it first, or set {platform}.enabled to "
                "false here."
            )


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
