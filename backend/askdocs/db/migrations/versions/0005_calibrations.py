"""Keeps how sure retrieval is, by what an evaluation found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "calibrations",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("schema_number", sa.Integer(), nullable=False),
        sa.Column("fitted", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("questions", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "schema_number", name="pk_calibrations"),
    )


def downgrade() -> None:
    op.drop_table("calibrations")
