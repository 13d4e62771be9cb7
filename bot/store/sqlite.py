"""What is SQLite's own: durability, when a writer takes its lock, and what its errors mean for whoever runs the bot.

Another database is a module beside this one with the same functions, and a line in :mod:`database`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError
from bot.store import sqlite_connection

BARE = "bare"
"""The execution option of what is no transaction."""

READING: Mapping[str, Any] = MappingProxyType({})
"""Options of connections that see one unchanging view: as long as its transaction lasts, SQLite keeps it."""

ALONE: Mapping[str, Any] = MappingProxyType({BARE: True})
"""Options of connections for one statement, which is a transaction by itself."""

WRITES = "writes"
"""The execution option of transactions that write."""

_BUSY_MILLISECONDS = 10_000


def creator(url: URL) -> Callable[[], Awaitable[Any]]:
    """What opens a connection that takes few hand-overs, for SQLAlchemy's ``async_creator``."""
    arguments, options = url.get_dialect()().create_connect_args(url)
    connect: Any = partial(sqlite3.connect, *arguments, **options)

    async def create() -> object:
        return await sqlite_connection.Connection(connect)

    return create


def prepare(engine: Engine) -> None:
    """Make an SQLite engine durable and honest: WAL, foreign keys, transactions that begin where they are begun.

    What is deleted is overwritten with zeros.
    """
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def prepare_to_migrate(engine: Engine) -> None:
    """As :func:`prepare`, but foreign keys are not enforced: SQLite changes a table by making it anew.

    Else dropping the old one would delete what refers to it, or be refused. :func:`check_references` comes afterwards.
    """
    prepare(engine)
    event.listen(engine, "connect", _set_free)  # nothing changes it within a transaction


def check_references(connection: Connection, path: str) -> None:
    """Refuse a database in which something refers to what is not there, if this connection changed anything.

    Raises:
        StoreError: naming the path and the tables.
    """
    if not connection.exec_driver_sql("SELECT total_changes()").scalar():
        return
    broken = sorted({f"{row[0]} to {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if broken:
        raise StoreError(f"{path}: references from {', '.join(broken)} lead nowhere: restore a backup.")


def _set_free(connection: Any, _: object) -> None:  # noqa: ANN401 - sqlite3's connection or a stand-in for it
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.close()


def _set_pragmas(connection: Any, _: object) -> None:  # noqa: ANN401 - sqlite3's connection or a stand-in for it
    connection.isolation_level = None  # the driver must not begin or commit behind SQLAlchemy's back
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """A writer takes its lock at once: one that reads first and is overtaken could only fail."""
    if connection.get_execution_options().get(BARE, False):
        return
    cursor = connection.connection.cursor()  # SQLAlchemy's own ways to execute take longer than most statements
    cursor.execute("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES, False) else "BEGIN")
    cursor.close()


WIPE = "PRAGMA wal_checkpoint(TRUNCATE)"
"""Brings everything into the database's file, where what is deleted is zeros, and leaves an empty log beside it."""


def make_folder(database: str) -> None:
    """Make the folder that a database's file is to be in.

    Raises:
        StoreError: if that cannot be.
    """
    folder = Path(database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} cannot be made ({error.strerror}): set data_dir to another.") from error


def explain(error: DBAPIError, path: str) -> StoreError:
    """What a database error means for whoever runs the bot."""
    reason = str(error.orig)
    if "readonly" in reason or "read-only" in reason:
        return StoreError(f"The database {path} is read-only; give the bot's user permission to write it.")
    if "not a database" in reason or "malformed" in reason:
        return StoreError(f"The database {path} is damaged; move it away or restore a backup.")
    if "disk is full" in reason:
        return StoreError(f"The database {path} cannot be written, because its disk is full; free some space.")
    if "unable to open" in reason:
        return StoreError(f"The database {path} cannot be opened; check that the path is right and permitted.")
    if "no such table" in reason:
        return StoreError(f"The database {path} lacks its tables; start the bot once so that it makes them.")
    return StoreError(f"The database {path} cannot be used: {reason}.")
