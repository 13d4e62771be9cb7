"""How a turn is drawn becomes one spec, and what people prefer one text, so that a new option needs no migration."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_OPTIONS = ("seed", "steps", "guidance", "negative", "style", "initial", "larger")
"""Columns whose values a spec has under the same names."""

_TURN = (
    sa.Column("seed", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("width", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("height", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("steps", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("guidance", sa.Float(), nullable=False, server_default="0"),
    sa.Column("images", sa.Integer(), nullable=False, server_default="1"),
    sa.Column("negative", sa.Text(), nullable=True),
    sa.Column("style", sa.String(length=32), nullable=True),
    sa.Column("initial", sa.Float(), nullable=True),
    sa.Column("larger", sa.Float(), nullable=True),
)
_PREFERENCE = (
    sa.Column("size", sa.String(length=32), nullable=False, server_default=""),
    sa.Column("negative", sa.Text(), nullable=False, server_default=""),
    sa.Column("style", sa.String(length=32), nullable=False, server_default=""),
)


def upgrade() -> None:
    for name, column in (("spec", sa.Text()), ("model", sa.String(length=255)), ("fingerprint", sa.String(length=64))):
        op.add_column("turn", sa.Column(name, column, nullable=False, server_default=""))
    op.add_column("preference", sa.Column("entered", sa.Text(), nullable=False, server_default="{}"))
    _fill("turn", ("id",), [(row["id"],) for row in _rows("turn")], [_turn_values(row) for row in _rows("turn")])
    rows = _rows("preference")
    _fill("preference", _OWNER, [_owner(row) for row in rows], [{"entered": _entered(row)} for row in rows])
    # Column by column and not in alembic's batch mode, which would drop the table that others refer to.
    for table, columns in (("turn", _TURN), ("preference", _PREFERENCE)):
        for each in columns:
            op.drop_column(table, each.name)


def downgrade() -> None:
    for table, columns in (("turn", _TURN), ("preference", _PREFERENCE)):
        for each in columns:
            op.add_column(table, each.copy())
    rows = _rows("turn")
    _fill("turn", ("id",), [(row["id"],) for row in rows], [_columns(json.loads(row["spec"])) for row in rows])
    rows = _rows("preference")
    _fill("preference", _OWNER, [_owner(row) for row in rows], [_parts(json.loads(row["entered"])) for row in rows])
    op.drop_column("preference", "entered")
    for name in ("spec", "model", "fingerprint"):
        op.drop_column("turn", name)


_OWNER = ("scope", "platform", "key")


def _rows(table: str) -> list[dict[str, Any]]:
    found = op.get_bind().execute(sa.select(sa.text("*")).select_from(sa.table(table)))
    return [dict(row) for row in found.mappings()]


def _fill(table: str, keys: tuple[str, ...], whose: list[tuple[Any, ...]], values: list[dict[str, Any]]) -> None:
    """Set the values of the rows that ``keys`` name."""
    if not values:
        return
    columns: dict[str, sa.ColumnClause[Any]] = {name: sa.column(name) for name in (*keys, *values[0])}
    target = sa.table(table, *columns.values())
    here = [columns[key] == sa.bindparam(f"old_{key}") for key in keys]
    statement = sa.update(target).where(*here).values({name: sa.bindparam(f"new_{name}") for name in values[0]})
    bound = [
        {f"old_{key}": each for key, each in zip(keys, owner, strict=True)}
        | {f"new_{name}": each for name, each in row.items()}
        for owner, row in zip(whose, values, strict=True)
    ]
    op.get_bind().execute(statement, bound)


def _turn_values(row: dict[str, Any]) -> dict[str, Any]:
    spec = {"size": [row["width"], row["height"]]}
    spec |= {name: row[name] for name in _OPTIONS if row[name] is not None}
    spec |= {"count": row["images"]} if row["images"] != 1 else {}
    return {"spec": json.dumps(spec, ensure_ascii=False, sort_keys=True), "model": row["profile"]}


def _columns(spec: dict[str, Any]) -> dict[str, Any]:
    width, height = spec["size"]
    own = {name: spec.get(name) for name in _OPTIONS}
    return own | {"width": width, "height": height, "images": spec.get("count", 1)}


def _owner(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _OWNER)


def _entered(row: dict[str, Any]) -> str:
    entered = {each.name: row[each.name] for each in _PREFERENCE if row[each.name]}
    return json.dumps(entered, ensure_ascii=False, sort_keys=True)


def _parts(entered: dict[str, str]) -> dict[str, str]:
    return {each.name: entered.get(each.name, "") for each in _PREFERENCE}
