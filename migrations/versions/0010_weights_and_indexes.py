"""What a job weighs, and indexes for what is looked up all the time: untold jobs, newest messages, files by content."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UNTOLD = "posted IS NULL"


def upgrade() -> None:
    op.add_column("job", sa.Column("weight", sa.Float(), nullable=False, server_default="1"))
    untold = sa.text(_UNTOLD)
    op.create_index("ix_job_untold", "job", ["id"], sqlite_where=untold, postgresql_where=untold)
    op.create_index("ix_telegram_message_message", "telegram_message", ["message", "chat"])
    op.add_column("post_attachment", sa.Column("digest", sa.String(32), nullable=False, server_default=""))
    _note_digests()
    op.create_index("ix_post_attachment_digest", "post_attachment", ["digest"])


def downgrade() -> None:
    op.drop_index("ix_post_attachment_digest", "post_attachment")
    op.drop_column("post_attachment", "digest")
    op.drop_index("ix_telegram_message_message", "telegram_message")
    op.drop_index("ix_job_untold", "job")
    op.drop_column("job", "weight")


def _note_digests() -> None:
    """One file at a time: together they may be gigabytes."""
    files = sa.table("post_attachment", *(sa.column(name) for name in ("post", "number", "content", "digest")))
    connection = op.get_bind()
    for post, number in connection.execute(sa.select(files.c.post, files.c.number)).all():
        this = (files.c.post == post) & (files.c.number == number)
        content: bytes = connection.execute(sa.select(files.c.content).where(this)).scalar_one()
        digest = hashlib.sha256(content).hexdigest()[:32]
        connection.execute(sa.update(files).where(this).values(digest=digest))
