"""How many of a conversation's newest turns the composer of a turn was told, where not all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turn", sa.Column("remembered", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("turn", "remembered")
