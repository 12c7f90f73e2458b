"""Lets a chat session belong to a signed user of the host application, and sites have keys to check that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
compatible_from = "0001"

_IS_SIGNED = sa.text("user_digest IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "user_keys",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "kid", name="pk_user_keys"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_user_keys_site_id_sites", ondelete="CASCADE"
        ),
    )
    op.add_column("chat_sessions", sa.Column("user_digest", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_chat_sessions_site_id_user_digest",
        "chat_sessions",
        ["site_id", "user_digest"],
        postgresql_where=_IS_SIGNED,
        sqlite_where=_IS_SIGNED,
    )


def downgrade() -> None:
    op.drop_index("ix_chat_sessions_site_id_user_digest", table_name="chat_sessions")
    op.drop_column("chat_sessions", "user_digest")
    op.drop_table("user_keys")
