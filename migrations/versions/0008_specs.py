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
    ("seed", sa.BigInteger(), "0"),
    ("width", sa.Integer(), "0"),
    ("height", sa.Integer(), "0"),
    ("steps", sa.Integer(), "0"),
    ("guidance", sa.Float(), "0"),
    ("images", sa.Integer(), "1"),
    ("negative", sa.Text(), None),
    ("style", sa.String(length=32), None),
    ("initial", sa.Float(), None),
    ("larger", sa.Float(), None),
)
_PREFERENCE = (
    ("size", sa.String(length=32), ""),
    ("negative", sa.Text(), ""),
    ("style", sa.String(length=32), ""),
)
"""Columns that there were: name, type, and what fills one that is never empty."""


def upgrade() -> None:
    for name, column in (("spec", sa.Text()), ("model", sa.String(length=255)), ("fingerprint", sa.String(length=64))):
        op.add_column("turn", sa.Column(name, column, nullable=False, server_default=""))
    op.add_column("preference", sa.Column("entered", sa.Text(), nullable=False, server_default="{}"))
    rows = _rows("turn")
    _fill("turn", ("id",), [(row["id"],) for row in rows], [_turn_values(row) for row in rows])
    rows = _rows("preference")
    _fill("preference", _OWNER, [_owner(row) for row in rows], [{"entered": _entered(row)} for row in rows])
    # Column by column and not in alembic's batch mode, which would drop the table that others refer to.
    for table, columns in (("turn", _TURN), ("preference", _PREFERENCE)):
        for name, *_ in columns:
            op.drop_column(table, name)


def downgrade() -> None:
    for table, columns in (("turn", _TURN), ("preference", _PREFERENCE)):
        for name, kind, filling in columns:
            op.add_column(table, sa.Column(name, kind, nullable=filling is None, server_default=filling))
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
    entered = {name: row[name] for name, *_ in _PREFERENCE if row[name]}
    return json.dumps(entered, ensure_ascii=False, sort_keys=True)


def _parts(entered: dict[str, str]) -> dict[str, str]:
    return {name: entered.get(name, "") for name, *_ in _PREFERENCE}
