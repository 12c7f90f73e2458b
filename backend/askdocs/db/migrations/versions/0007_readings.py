"""Keeps what sources were read from, so that what has not changed need not be parsed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "readings",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("schema_number", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("pages", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "sources", "schema_number", name="pk_readings"),
        sa.ForeignKeyConstraint(
            ["site_id", "store_id"],
            ["stores.site_id", "stores.id"],
            name="fk_readings_site_id_stores",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("readings")
