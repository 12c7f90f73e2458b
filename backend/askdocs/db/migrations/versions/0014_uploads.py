"""Holds the pages of a publish over HTTPS until it is complete."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "id", name="pk_uploads"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name="fk_uploads_site_id_sites", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_uploads_begun_at", "uploads", ["begun_at"])
    op.create_table(
        "upload_pages",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "upload_id", "path", name="pk_upload_pages"),
        sa.ForeignKeyConstraint(
            ["site_id", "upload_id"],
            ["uploads.site_id", "uploads.id"],
            name="fk_upload_pages_site_id_upload_id_uploads",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("upload_pages")
    op.drop_table("uploads")
