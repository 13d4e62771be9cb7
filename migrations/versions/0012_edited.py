"""What became of the picture that a turn began with: how much of it was kept, why it was not, and where it changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turn", sa.Column("kept", sa.Float()))
    op.add_column("turn", sa.Column("whole", sa.String(32)))
    op.add_column("turn", sa.Column("mask", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("turn", "mask")
    op.drop_column("turn", "whole")
    op.drop_column("turn", "kept")
