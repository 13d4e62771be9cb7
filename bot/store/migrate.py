"""Brings a database to the newest tables with the alembic migrations, wherever the project is installed.

Knows no table: those are in :mod:`tables` and in ``migrations/versions``.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StoreError
from bot.store import postgres
from bot.store.addresses import on_postgres
from bot.store.sqlite import check_references, explain, make_folder, prepare_to_migrate


def upgrade(database_url: str) -> None:
    """Create the database where there is none and apply every migration it lacks. Blocking; called once at start.

    Raises:
        StoreError: if the database cannot be opened or written, is none, or a newer version wrote it; names it.
    """
    url = make_url(database_url)
    if on_postgres(database_url):
        with ThreadPoolExecutor(1) as thread:  # the caller's thread may have an event loop
            thread.submit(asyncio.run, _upgrade_postgres(url)).result()
        return
    if url.database:
        make_folder(url.database)
    engine = create_engine(url.set(drivername=url.get_backend_name()), poolclass=NullPool)
    prepare_to_migrate(engine)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            _bring_forward(connection, url.database or database_url)
            check_references(connection, url.database or database_url)
    except DBAPIError as error:
        raise explain(error, url.database or database_url) from error
    finally:
        engine.dispose()


async def _upgrade_postgres(url: URL) -> None:
    async with postgres.migrating(url) as connection:
        await connection.run_sync(lambda each: _bring_forward(each, postgres.name_of(url)))


def _bring_forward(connection: Connection, name: str) -> None:
    schema = schema_of(connection)
    if schema is not None and schema not in known_schemas():
        raise StoreError(
            f"The database {name} was written by a newer version of this program: its tables are of version {schema}, "
            f"and this one knows them up to {newest_schema()}. Use the newer version, or another data_dir."
        )
    command.upgrade(configuration(connection), "head")


def schema_of(connection: Connection) -> str | None:
    """The version of a database's tables; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_schema() -> str:
    """The version of the tables that this program reads and writes."""
    newest = ScriptDirectory.from_config(_scripts()).get_current_head()
    assert newest is not None, "there are migrations"
    return newest


def known_schemas() -> tuple[str, ...]:
    """Every version of the tables that this program can bring forward, oldest first."""
    found = ScriptDirectory.from_config(_scripts()).walk_revisions()
    return tuple(reversed([each.revision for each in found]))


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for an open connection; no ini file is involved."""
    config = _scripts()
    config.attributes["connection"] = connection
    return config


def _scripts() -> Config:
    config = Config()
    # Beside the package both in a checkout and where it is installed.
    folder = Path(__file__).parents[2] / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config
