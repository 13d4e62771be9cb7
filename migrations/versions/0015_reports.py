"""What people report to moderators, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("turn", sa.String(10), nullable=False),
        sa.Column("by", sa.String(300), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("turn", "by", name="pk_report"),
    )
    op.create_index("ix_report_by", "report", ["by", "at"])
    op.create_table(
        "report_case",
        sa.Column("turn", sa.String(10), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("message", sa.String(255), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("banned", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("turn", name="pk_report_case"),
    )


def downgrade() -> None:
    op.drop_table("report_case")
    op.drop_index("ix_report_by", "report")
    op.drop_table("report")
