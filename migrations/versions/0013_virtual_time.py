"""When each job's turn comes in virtual time, and indexes that find the next one however many wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("virtual_start", sa.Float(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("virtual_finish", sa.Float(), nullable=False, server_default="0"))
    op.create_index("ix_job_order", "job", ["state", "virtual_start", "id", "weight"])
    op.create_index("ix_job_state_id", "job", ["state", "id"])
    op.create_index("ix_job_author_state", "job", ["author", "state", "weight"])
    op.create_index("ix_job_author_finish", "job", ["author", "virtual_finish"])
    op.drop_index("ix_job_author_started", "job")
    op.drop_index("ix_job_state", "job")
    op.create_table(
        "virtual_time",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("now", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_virtual_time"),
    )
    op.create_index("ix_post_changed", "post", ["platform", "changed", "key"])


def downgrade() -> None:
    op.drop_index("ix_post_changed", "post")
    op.drop_table("virtual_time")
    op.create_index("ix_job_state", "job", ["state"])
    op.create_index("ix_job_author_started", "job", ["author", "started"])
    op.drop_index("ix_job_author_finish", "job")
    op.drop_index("ix_job_state_id", "job")
    op.drop_index("ix_job_author_state", "job")
    op.drop_index("ix_job_order", "job")
    op.drop_column("job", "virtual_finish")
    op.drop_column("job", "virtual_start")
