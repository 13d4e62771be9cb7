"""Checks an installation as it stands, running or not: the database itself, its tables, and what is always true of it.

Changes nothing. What the rules are is in :mod:`invariants`; how findings are shown is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StoreError
from bot.ops.invariants import Breach, breaches, counts
from bot.store.migrate import newest_schema, schema_of
from bot.store.sqlite import explain, prepare

_MOST_OF_A_KIND = 20


@dataclass(frozen=True)
class Report:
    """What was found wrong, and how many rows of what were looked at."""

    breaches: tuple[Breach, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.breaches


def check(database: Path, folder: Path) -> Report:
    """Look at a database's file and the folder of its pictures. A bot may be using both: one unchanging view is read.

    Raises:
        StoreError: if there is no database.
    """
    if not database.is_file():
        raise StoreError(f"There is no database at {database}; start the bot once, or set data_dir to where it is.")
    try:
        return _look(database, folder)
    except StoreError as error:
        return Report((Breach("database", str(error)),))


def _look(database: Path, folder: Path) -> Report:
    with opened(database) as connection:
        broken = list(_integrity(connection, database))
        schema = schema_of(connection)
        if schema != newest_schema():
            found = (
                f"Its tables are of version {schema or 'none'}, this program's of {newest_schema()}: {_remedy(schema)}."
            )
            return Report((*broken, Breach("schema", found)))
        if broken:  # what a damaged file says of its rows means nothing
            return Report(tuple(broken))
        return Report(tuple(breaches(connection, folder)), counts(connection))


def _remedy(schema: str | None) -> str:
    older = schema is None or schema < newest_schema()
    return "start the bot once, which brings it forward" if older else "use the program that wrote it, or a newer one"


@contextmanager
def opened(database: Path) -> Iterator[Connection]:
    """A read transaction on a database's file.

    Raises:
        StoreError: if it cannot be read; says why and what to do.
    """
    engine = create_engine(f"sqlite:///{database}", poolclass=NullPool)
    prepare(engine)
    try:
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        raise explain(error, str(database)) from error
    finally:
        engine.dispose()


def _integrity(connection: Connection, database: Path) -> Iterator[Breach]:
    """What SQLite itself finds: pages, indexes, rows that point nowhere."""
    for line in connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_OF_A_KIND})").scalars().all():
        if line != "ok":
            yield Breach("database", f"The database {database} is damaged: {line}.")
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_MOST_OF_A_KIND):
        yield Breach("database", f"Row {row} of {table} points to no row of {parent}.")
