"""Counts what models cost, by site, hour and process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "spending",
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("spent_tokens", sa.BigInteger(), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.Column("held_tokens", sa.BigInteger(), nullable=False),
        sa.Column("held_micros", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour", "site_id", "holder", name="pk_spending"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_spending_site_id_sites", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_spending_site_id", "spending", ["site_id"])


def downgrade() -> None:
    op.drop_table("spending")
