"""Which messages on Discord were for the bot, what became of them, and since when some may have been missed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discord_message",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("request", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("handled", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("message", name=op.f("pk_discord_message")),
    )
    op.create_table(
        "discord_gap",
        sa.Column("since", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("closed", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_discord_gap")),
    )
    op.create_index("ix_discord_message_request", "discord_message", ["request"], unique=False)


def downgrade() -> None:
    op.drop_table("discord_gap")
    op.drop_index("ix_discord_message_request", "discord_message")
    op.drop_table("discord_message")
