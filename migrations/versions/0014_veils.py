"""What is done with a picture that an image classifier has found something in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("picture", sa.Column("veil", sa.String(16), nullable=False, server_default=""))
    op.add_column("post_attachment", sa.Column("spoiler", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("post_attachment", "spoiler")
    op.drop_column("picture", "veil")
