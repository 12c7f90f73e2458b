"""Sites, stores, revisions, documents, chat sessions, messages, feedback, embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
compatible_from = "0001"

_MOMENT = sa.DateTime(timezone=True)
_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_IS_BUILDING = sa.text("state = 'building'")
_IS_OPEN = sa.text("to_rev = 2147483647")


def upgrade() -> None:
    _sites()
    _revisions()
    _chat_sessions()
    op.create_table(
        "embeddings",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "hash", name="pk_embeddings"),
    )


def downgrade() -> None:
    for table in (
        "embeddings",
        "feedback",
        "messages",
        "chat_sessions",
        "documents",
        "revisions",
        "stores",
        "sites",
    ):
        op.drop_table(table)


def _sites() -> None:
    op.create_table(
        "sites",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("origins", _JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sites"),
        sa.UniqueConstraint("name", name="uq_sites_name"),
        sa.UniqueConstraint("key", name="uq_sites_key"),
    )
    op.create_table(
        "stores",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("live_revision", sa.Integer(), nullable=True),
        sa.Column("collections", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stores"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_stores_site_id_sites", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("site_id", "name", name="uq_stores_site_id_name"),
        sa.UniqueConstraint("site_id", "id", name="uq_stores_site_id_id"),
    )


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("heartbeat_at", _MOMENT, nullable=False),
        sa.Column("lease_seconds", sa.Double(), nullable=False),
        sa.Column("default_version", sa.Text(), nullable=False),
        sa.Column("default_locale", sa.Text(), nullable=False),
        sa.Column("versions", _JSON, nullable=False),
        sa.Column("locales", _JSON, nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("summary", _JSON, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("statistics", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("store_id", "number", name="pk_revisions"),
        _of_store("revisions"),
    )
    op.create_index(
        "uq_revisions_building",
        "revisions",
        ["store_id"],
        unique=True,
        postgresql_where=_IS_BUILDING,
        sqlite_where=_IS_BUILDING,
    )
    op.create_table(
        "documents",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("from_rev", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("to_rev", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "path", "from_rev", name="pk_documents"),
        _of_store("documents"),
    )
    op.create_index("ix_documents_store_id_to_rev", "documents", ["store_id", "to_rev"])
    op.create_index(
        "uq_documents_open",
        "documents",
        ["store_id", "path"],
        unique=True,
        postgresql_where=_IS_OPEN,
        sqlite_where=_IS_OPEN,
    )


def _chat_sessions() -> None:
    op.create_table(
        "chat_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("active_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chat_sessions"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_chat_sessions_site_id_sites", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("site_id", "token_hash", name="uq_chat_sessions_site_id_token_hash"),
        sa.UniqueConstraint("site_id", "id", name="uq_chat_sessions_site_id_id"),
    )
    op.create_index("ix_chat_sessions_active_at", "chat_sessions", ["active_at"])
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("citations", _JSON, nullable=False),
        sa.Column("sources", _JSON, nullable=False),
        sa.Column("usage", _JSON, nullable=False),
        sa.Column("timings", _JSON, nullable=False),
        sa.Column("release", _JSON, nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("page_url", sa.Text(), nullable=False),
        sa.Column("page_title", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.ForeignKeyConstraint(
            ["site_id", "session_id"],
            ["chat_sessions.site_id", "chat_sessions.id"],
            name="fk_messages_site_id_session_id_chat_sessions",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("session_id", "position", name="uq_messages_session_id_position"),
        sa.UniqueConstraint("site_id", "id", name="uq_messages_site_id_id"),
    )
    op.create_index("ix_messages_site_id_status_created_at", "messages", ["site_id", "status", "created_at"])
    op.create_table(
        "feedback",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("vote", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_feedback"),
        sa.ForeignKeyConstraint(
            ["site_id", "message_id"],
            ["messages.site_id", "messages.id"],
            name="fk_feedback_site_id_message_id_messages",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_feedback_site_id_created_at", "feedback", ["site_id", "created_at"])


def _of_store(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["site_id", "store_id"],
        ["stores.site_id", "stores.id"],
        name=f"fk_{table}_site_id_store_id_stores",
        ondelete="CASCADE",
    )
