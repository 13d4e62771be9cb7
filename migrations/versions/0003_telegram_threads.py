"""Which conversation each Telegram message belongs to, and which supergroups groups have become."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telegram_message",
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("chat", "message", name=op.f("pk_telegram_message")),
    )
    op.create_index("ix_telegram_message_note", "telegram_message", ["chat", "note"], unique=False)
    op.create_table(
        "telegram_move",
        sa.Column("old", sa.BigInteger(), nullable=False),
        sa.Column("new", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("old", name=op.f("pk_telegram_move")),
    )


def downgrade() -> None:
    op.drop_table("telegram_move")
    op.drop_index("ix_telegram_message_note", "telegram_message")
    op.drop_table("telegram_message")
