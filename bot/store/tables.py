"""The database's tables. Times are seconds since 1970 (UTC), canvases, corrections, specs and preferences
are JSON text.

Knows no query. A change here needs a migration beside it in ``migrations/versions``.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

_NUL, _INSTEAD = "\x00", "\ufffd"
"""PostgreSQL keeps no NUL character, so no database is given one."""


class String(TypeDecorator[str]):
    """Text of at most so many characters. PostgreSQL refuses longer ones, so both get the beginning."""

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - for all the same
        """What is kept of a value."""
        return None if value is None else str(value)[: self.length].replace(_NUL, _INSTEAD)


class Text(TypeDecorator[str]):
    """Text of any length."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - for all the same
        """What is kept of a value."""
        return None if value is None else str(value).replace(_NUL, _INSTEAD)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("key", String(255), nullable=False),
    Column("title", String(255), nullable=False),
    Column("head", String(10)),
    Column("created", Float, nullable=False),
    UniqueConstraint("platform", "key"),
)

turns = Table(
    "turn",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("conversation", ForeignKey("conversation.id"), nullable=False, index=True),
    Column("parent", ForeignKey("turn.id"), index=True),
    Column("author_id", String(255), nullable=False),
    Column("author_name", String(255), nullable=False),
    Column("author_language", String(32)),
    Column("created", Float, nullable=False),
    Column("words", Text, nullable=False),
    Column("canvas", Text),
    Column("corrections", Text, nullable=False),
    Column("cut", Boolean, nullable=False),
    Column("spec", Text, nullable=False),
    Column("profile", String(64), nullable=False),
    Column("model", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("message", String(255)),
    Column("remembered", Integer),
    Column("removed", String(255)),
    Column("kept", Float),
    Column("whole", String(32)),
    Column("mask", LargeBinary),
    Index("ix_turn_message", "message", "conversation"),
    Index("ix_turn_author", "author_id"),
    Index("ix_turn_created", "created", "conversation"),
    Index(
        "ix_turn_removed",
        "removed",
        "conversation",
        sqlite_where=text("removed IS NOT NULL"),
        postgresql_where=text("removed IS NOT NULL"),
    ),
)

pictures = Table(
    "picture",
    metadata,
    Column("turn", ForeignKey("turn.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("seed", BigInteger, nullable=False),
    Column("path", String(255), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("veil", String(16), nullable=False, server_default=""),
    Index("ix_picture_path", "path"),
)

_UNTOLD = "posted IS NULL AND state NOT IN ('queued', 'running')"

untold_end = text(_UNTOLD)
"""Jobs that have ended and whose people were not told: in these words, without parameters, an index has them."""

jobs = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("turn", ForeignKey("turn.id"), nullable=False, index=True),
    Column("author", String(300), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("status_message", String(255)),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("posted", Float),
    Column("weight", Float, nullable=False, server_default="1"),
    Column("virtual_start", Float, nullable=False, server_default="0"),
    Column("virtual_finish", Float, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease", Float),
    Index("ix_job_order", "state", "virtual_start", "id", "weight"),
    Index("ix_job_state_id", "state", "id"),
    Index("ix_job_author_state", "author", "state", "weight"),
    Index("ix_job_author_finish", "author", "virtual_finish"),
    Index("ix_job_author_created", "author", "created"),
    Index("ix_job_finished", "finished", "state"),
    Index("ix_job_untold", "id", sqlite_where=text(_UNTOLD), postgresql_where=text(_UNTOLD)),
    Index(
        "ix_job_unannounced",
        "id",
        sqlite_where=text("status_message IS NULL"),
        postgresql_where=text("status_message IS NULL"),
    ),
    sqlite_autoincrement=True,  # an id is never used twice: the platforms know a job's message by it
)

preferences = Table(
    "preference",
    metadata,
    Column("scope", String(16), primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("entered", Text, nullable=False),
)

characters = Table(
    "character",
    metadata,
    Column("platform", String(32), primary_key=True),
    Column("person", String(255), primary_key=True),
    Column("folded", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("canvas", Text, nullable=False),
    Column("picture", LargeBinary, nullable=False),
    Column("created", Float, nullable=False),
)

posts = Table(
    "post",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("key", String(255), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("author_id", String(255)),
    Column("author_name", String(255)),
    Column("text", Text, nullable=False),
    Column("buttons", Text, nullable=False),
    Column("progress", Float),
    Column("words", Text, nullable=False, server_default=""),
    Column("footer", Text, nullable=False, server_default=""),
    Column("parent", Text, nullable=False, server_default=""),
    Column("created", Float, nullable=False),
    Column("changed", Float, nullable=False),
    Index("ix_post_place", "platform", "key"),
    Index("ix_post_changed", "platform", "changed", "key"),
    Index(
        "uq_post_nonce",
        "platform",
        "key",
        "nonce",
        unique=True,
        sqlite_where=text("nonce != ''"),
        postgresql_where=text("nonce != ''"),
    ),
    sqlite_autoincrement=True,
)

post_attachments = Table(
    "post_attachment",
    metadata,
    Column("post", ForeignKey("post.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("description", Text, nullable=False),
    Column("digest", String(32), nullable=False, server_default="", index=True),
    Column("spoiler", Boolean, nullable=False, server_default=false()),
)

telegram_messages = Table(
    "telegram_message",
    metadata,
    Column("chat", BigInteger, primary_key=True, autoincrement=False),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(255), nullable=False),
    Column("note", String(255), nullable=False),
    Column("state", Text, nullable=False),
    Column("seen", Float, nullable=False),
    Index("ix_telegram_message_note", "chat", "note"),
    Index("ix_telegram_message_message", "message", "chat"),
    Index("ix_telegram_message_key", "key"),
)

telegram_moves = Table(
    "telegram_move",
    metadata,
    Column("old", BigInteger, primary_key=True, autoincrement=False),
    Column("new", BigInteger, nullable=False),
)

discord_messages = Table(
    "discord_message",
    metadata,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("channel", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("request", BigInteger, index=True),
    Column("key", String(255), nullable=False),
    Column("handled", Float),
    Index("ix_discord_message_key", "key"),
)

discord_gaps = Table(
    "discord_gap",
    metadata,
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("closed", Float),
)

virtual_time = Table(
    "virtual_time",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("now", Float, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("subject", String(300), primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("weight", Float, nullable=False),
    Index("ix_usage_weight", "subject", "slot", "weight"),
)

rulings = Table(
    "ruling",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("scope", String(300), nullable=False),
    Column("value", Text, nullable=False),
    Column("created", Float, nullable=False),
    UniqueConstraint("subject", "kind", "scope"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("by", String(300), nullable=False),
    Column("name", String(255), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("scope", String(300), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_audit_scope", "scope", "id"),
    sqlite_autoincrement=True,
)

reports = Table(
    "report",
    metadata,
    Column("turn", String(10), primary_key=True),
    Column("by", String(300), primary_key=True),
    Column("at", Float, nullable=False),
    Index("ix_report_by", "by", "at"),
)

report_cases = Table(
    "report_case",
    metadata,
    Column("turn", String(10), primary_key=True),
    Column("platform", String(32), nullable=False),
    Column("key", String(255), nullable=False),
    Column("message", String(255)),
    Column("state", String(16), nullable=False),
    Column("banned", Boolean, nullable=False),
    Column("told", Boolean, nullable=False),
    Index("ix_report_case_state", "state"),
)
