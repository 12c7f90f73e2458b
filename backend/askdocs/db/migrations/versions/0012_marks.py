"""Keeps by which marks a conversation knows masked values again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
compatible_from = "0001"


def upgrade() -> None:
    # An older program writes rows without them.
    op.add_column(
        "chat_sessions", sa.Column("marks", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("chat_sessions", "marks")
