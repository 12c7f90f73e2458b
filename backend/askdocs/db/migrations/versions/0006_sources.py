"""Keeps of which source each document is, and what a revision's sources were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
compatible_from = "0001"


def upgrade() -> None:
    op.add_column("documents", sa.Column("source", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "revisions", sa.Column("sources", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("revisions", "sources")
    op.drop_column("documents", "source")
