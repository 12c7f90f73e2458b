"""Lets unused embeddings and answers that were left open be found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
compatible_from = "0001"

_IS_STREAMING = sa.text("status = 'streaming'")


def upgrade() -> None:
    op.create_index(
        "ix_messages_streaming",
        "messages",
        ["created_at"],
        postgresql_where=_IS_STREAMING,
        sqlite_where=_IS_STREAMING,
    )
    with op.batch_alter_table("embeddings") as embeddings:
        # An older program writes rows without it.
        embeddings.add_column(
            sa.Column("used_on", sa.Date(), server_default=sa.func.current_date(), nullable=False)
        )
        embeddings.create_index("ix_embeddings_used_on", ["used_on"])


def downgrade() -> None:
    with op.batch_alter_table("embeddings") as embeddings:
        embeddings.drop_index("ix_embeddings_used_on")
        embeddings.drop_column("used_on")
    op.drop_index("ix_messages_streaming", table_name="messages")
