"""Keeps reviewed answers, and by what a change of a section is seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
compatible_from = "0001"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("questions", _JSON, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sources", _JSON, nullable=False),
        sa.Column("citations", _JSON, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pins"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_pins_site_id_sites", ondelete="CASCADE"),
        sa.Index("ix_pins_site_id", "site_id"),
    )
    op.add_column("documents", sa.Column("sections", _JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "sections")
    op.drop_table("pins")
