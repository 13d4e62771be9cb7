"""A row in place of the one with the same key, in one statement, in either database's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Mapping[str, Any]


async def put(connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
    """Insert rows of the same columns; where their primary key is known, the columns beside it change."""
    await connection.execute(_statement(connection.dialect.name, table, tuple(rows[0])), list(rows))


@cache
def _statement(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    insert = (postgresql if dialect == postgresql.dialect.name else sqlite).insert(table)
    key = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in columns if name not in key}
    found: Insert = insert.on_conflict_do_update(index_elements=key, set_=changed)
    return found
