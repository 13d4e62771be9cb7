"""A row in place of the one with the same key, in one statement, in either database's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Values = Mapping[str, Any]


async def put(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Values],
    others: Callable[[Any], Mapping[str, ColumnElement[Any]]] | None = None,
) -> None:
    """Insert rows; where their primary key is known, the columns beside it change.

    ``others`` says to what, given the row that was to be inserted; by default to its values.
    """
    insert = (postgresql if connection.dialect.name == postgresql.dialect.name else sqlite).insert(table)
    key = [column.name for column in table.primary_key]
    beside = [name for name in rows[0] if name not in key]
    changed = others(insert.excluded) if others is not None else {name: insert.excluded[name] for name in beside}
    await connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed), list(rows))
