"""Lets an older program see whether it may use the tables of a newer one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "schema_info",
        sa.Column("migration", sa.Text(), nullable=False),
        sa.Column("compatible_from", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("migration", name="pk_schema_info"),
    )


def downgrade() -> None:
    op.drop_table("schema_info")
