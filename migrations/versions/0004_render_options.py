"""How a turn's picture begins, and how many times as large as its parent's picture it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turn", sa.Column("initial", sa.Float(), nullable=True))
    op.add_column("turn", sa.Column("larger", sa.Float(), nullable=True))


def downgrade() -> None:
    for column in ("initial", "larger"):
        op.drop_column("turn", column)
