"""Moves what the bot keeps in tables from SQLite to PostgreSQL, checked row by row; files of pictures stay in place.

All of it is one transaction: killed in the middle, it has changed nothing, and can be run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, bindparam, func, insert, select, text, tuple_, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StoreError
from bot.store import postgres
from bot.store.database import connect
from bot.store.lock import sole_user
from bot.store.migrate import upgrade
from bot.store.tables import metadata

_BATCH = 500
"""Rows at a time: few enough for the parameters of one statement."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Moved:
    """What is in the new database now. ``before`` says that it was all there already."""

    rows: Mapping[str, int]
    before: bool


def move_data(file: Path, target: str, progress: Callable[[str], None] = lambda _: None) -> Moved:
    """Bring both databases to the newest tables and put every row of ``file`` into the empty ``target``. Blocking.

    ``progress`` hears the name of each table as it comes. The file keeps its rows.

    Raises:
        StoreError: if there is no such file, a bot is using either, the target holds something else, cannot be reached
            or written, or keeps a row otherwise than the file.
        MissingExtraError: if the driver for PostgreSQL is not installed.
    """
    if not file.is_file():
        raise StoreError(f"There is no database at {file}; name the file to move from.")
    source = f"sqlite+aiosqlite:///{file}"
    with sole_user(source), sole_user(target):
        upgrade(source)
        upgrade(target)
        return asyncio.run(_move(source, make_url(target), progress))


async def _move(source: str, target: URL, progress: Callable[[str], None]) -> Moved:
    async with _reading(source) as old, _writing(target) as new:
        before = any([await _count(new, table) for table in metadata.sorted_tables])
        for table in () if before else metadata.sorted_tables:
            progress(table.name)
            await _copy(old, new, table)
        return Moved(await _compared(old, new, postgres.name_of(target)), before)


@asynccontextmanager
async def _reading(source: str) -> AsyncGenerator[AsyncConnection]:
    engine = connect(source)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def _writing(url: URL) -> AsyncGenerator[AsyncConnection]:
    engine = postgres.new_engine(url, pooled=False)
    try:
        async with engine.begin() as connection:
            yield connection
    except IntegrityError as error:
        reason = str(error.orig).splitlines()[0]
        raise StoreError(f"What the file holds does not fit together: {reason}. Nothing was moved.") from error
    except (DBAPIError, OSError) as error:
        raise postgres.explain(error, postgres.name_of(url)) from error
    finally:
        await engine.dispose()


async def _copy(old: AsyncConnection, new: AsyncConnection, table: Table) -> None:
    """Insert a table's rows. What refers to rows of the same table does so when all are there."""
    inner = [each.name for each in table.columns if any(key.references(table) for key in each.foreign_keys)]
    async for rows in _batches(old, table):
        await new.execute(insert(table), [row | dict.fromkeys(inner) for row in rows])
    key = [column.name for column in table.primary_key.columns]
    same = [table.c[each] == bindparam(f"_{each}") for each in key]
    for name in inner:
        late = update(table).where(*same).values({name: bindparam(f"_{name}")})
        async for rows in _batches(old, table):
            if given := [{f"_{each}": row[each] for each in (*key, name)} for row in rows if row[name] is not None]:
                await new.execute(late, given)
    await _go_on_counting(old, new, table)


async def _go_on_counting(old: AsyncConnection, new: AsyncConnection, table: Table) -> None:
    """Have the next number that the database gives be one that has never been given."""
    if (
        "id" not in table.c
        or (sequence := await new.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}))
        is None
    ):
        return
    last = await new.scalar(select(func.max(table.c.id))) or 0
    if table.dialect_options["sqlite"]["autoincrement"]:
        given = "SELECT seq FROM sqlite_sequence WHERE name = :name"
        last = max(last, await old.scalar(text(given), {"name": table.name}) or 0)
    if last:
        await new.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


async def _compared(old: AsyncConnection, new: AsyncConnection, name: str) -> dict[str, int]:
    """How many rows each table has, in both, after every row was held against its copy."""
    counted = {}
    for table in metadata.sorted_tables:
        wanted, found = await _count(old, table), await _count(new, table)
        if wanted != found:
            what = f"{found} rows of {table.name!r} and the file {wanted}"
            raise StoreError(f"The database {name} holds something else: {what}. Name an empty database.")
        async for rows in _batches(old, table):
            keys = [_key(table, row) for row in rows]
            copies = {_key(table, row): row for row in await _rows(new, table, keys)}
            for key, row in zip(keys, rows, strict=True):
                if copies.get(key) != row:
                    what = f"the row {key} of {table.name!r} is not as in the file"
                    raise StoreError(f"The database {name} holds something else: {what}. Name an empty database.")
        counted[table.name] = found
    return counted


async def _batches(old: AsyncConnection, table: Table) -> AsyncIterator[list[Row]]:
    """A table's rows as either database keeps them, in the order of their keys."""
    result = await old.stream(select(table).order_by(*table.primary_key.columns))
    async for part in result.mappings().partitions(_BATCH):
        yield [_as_kept(table, dict(row), old) for row in part]


async def _rows(connection: AsyncConnection, table: Table, keys: list[tuple[Any, ...]]) -> list[Row]:
    wanted = select(table).where(tuple_(*table.primary_key.columns).in_(keys))
    return [dict(row) for row in (await connection.execute(wanted)).mappings()]


def _as_kept(table: Table, row: Row, connection: AsyncConnection) -> Row:
    """A row that an earlier version wrote, with its texts as this version writes them."""
    kept = {}
    for name, value in row.items():
        into = getattr(table.c[name].type, "process_bind_param", None)
        kept[name] = into(value, connection.dialect) if into is not None else value
    return kept


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key.columns)


async def _count(connection: AsyncConnection, table: Table) -> int:
    return int(await connection.scalar(select(func.count()).select_from(table)) or 0)
