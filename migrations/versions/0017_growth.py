"""Indexes by which nothing that is done every day gets slower as turns, pictures and waiting jobs pile up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_EARLIER = sa.text("posted IS NULL")
_UNTOLD = sa.text("posted IS NULL AND state NOT IN ('queued', 'running')")
_UNANNOUNCED = sa.text("status_message IS NULL")
_REMOVED = sa.text("removed IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_turn_message", "turn")
    op.create_index("ix_turn_message", "turn", ["message", "conversation"])
    op.create_index("ix_turn_author", "turn", ["author_id"])
    op.create_index("ix_turn_created", "turn", ["created", "conversation"])
    op.create_index(
        "ix_turn_removed", "turn", ["removed", "conversation"], sqlite_where=_REMOVED, postgresql_where=_REMOVED
    )
    op.create_index("ix_picture_path", "picture", ["path"])
    op.drop_index("ix_job_untold", "job")
    op.create_index("ix_job_untold", "job", ["id"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
    op.create_index("ix_job_unannounced", "job", ["id"], sqlite_where=_UNANNOUNCED, postgresql_where=_UNANNOUNCED)
    op.create_index("ix_job_finished", "job", ["finished", "state"])
    op.create_index("ix_discord_message_key", "discord_message", ["key"])
    op.create_index("ix_telegram_message_key", "telegram_message", ["key"])
    op.create_index("ix_report_case_state", "report_case", ["state"])
    op.create_index("ix_usage_weight", "usage", ["subject", "slot", "weight"])


def downgrade() -> None:
    op.drop_index("ix_usage_weight", "usage")
    op.drop_index("ix_report_case_state", "report_case")
    op.drop_index("ix_telegram_message_key", "telegram_message")
    op.drop_index("ix_discord_message_key", "discord_message")
    op.drop_index("ix_job_finished", "job")
    op.drop_index("ix_job_unannounced", "job")
    op.drop_index("ix_job_untold", "job")
    op.create_index("ix_job_untold", "job", ["id"], sqlite_where=_EARLIER, postgresql_where=_EARLIER)
    op.drop_index("ix_picture_path", "picture")
    op.drop_index("ix_turn_removed", "turn")
    op.drop_index("ix_turn_created", "turn")
    op.drop_index("ix_turn_author", "turn")
    op.drop_index("ix_turn_message", "turn")
    op.create_index("ix_turn_message", "turn", ["conversation", "message"])
