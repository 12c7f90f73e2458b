"""Lets CI jobs publish with a token of their provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "publishers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_publishers"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_publishers_site_id_sites", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "site_id",
            "issuer",
            "repository",
            "branch",
            "environment",
            name="uq_publishers_site_id_issuer_repository_branch_environment",
        ),
    )
    op.create_index("ix_publishers_issuer_repository", "publishers", ["issuer", "repository"])
    op.create_table(
        "issuer_keys",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("schema_number", sa.Integer(), nullable=False),
        sa.Column("keys", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "schema_number", name="pk_issuer_keys"),
    )


def downgrade() -> None:
    op.drop_table("issuer_keys")
    op.drop_table("publishers")
