"""The language of who asked for a turn, in which people are told what becomes of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("turn", sa.Column("author_language", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("turn", "author_language")
