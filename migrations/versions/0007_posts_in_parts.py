"""What a message of the web chat answers, its last line, and the post with the picture that it came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COLUMNS = ("words", "footer", "parent")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("post", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for name in _COLUMNS:
        op.drop_column("post", name)
