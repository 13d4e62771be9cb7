"""Who works on a job: how long they hold it, and a number that tells them from whoever held it before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("fence", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("lease", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "lease")
    op.drop_column("job", "fence")
