"""Lets sites have options of their own, be switched off, rotate keys with overlap, and be erased in steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
compatible_from = "0001"


def upgrade() -> None:
    json = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("sites", sa.Column("options", json, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("sites", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sites", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sites", sa.Column("former_key", sa.Text(), nullable=True))
    op.add_column("sites", sa.Column("former_key_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_sites_former_key", "sites", ["former_key"])


def downgrade() -> None:
    op.drop_index("ix_sites_former_key", table_name="sites")
    for column in ("former_key_until", "former_key", "removed_at", "disabled_at", "options"):
        op.drop_column("sites", column)
