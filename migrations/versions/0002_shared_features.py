"""What a turn was asked with (message, negative, style), who removed it, and people's and places' own defaults."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turn", sa.Column("message", sa.String(length=255), nullable=True))
    op.add_column("turn", sa.Column("negative", sa.Text(), nullable=True))
    op.add_column("turn", sa.Column("style", sa.String(length=32), nullable=True))
    op.add_column("turn", sa.Column("removed", sa.String(length=255), nullable=True))
    op.create_index("ix_turn_message", "turn", ["conversation", "message"], unique=False)
    op.create_table(
        "preference",
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("size", sa.String(length=32), nullable=False),
        sa.Column("negative", sa.Text(), nullable=False),
        sa.Column("style", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("scope", "platform", "key", name=op.f("pk_preference")),
    )


def downgrade() -> None:
    op.drop_table("preference")
    op.drop_index("ix_turn_message", "turn")
    for column in ("message", "negative", "style", "removed"):
        op.drop_column("turn", column)
