"""Lets people sign in with their account at an OpenID provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
compatible_from = "0001"


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
        sa.UniqueConstraint("member_id", "issuer", name="uq_identities_member_id_issuer"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_identities_member_id_members", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "openid_attempts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_openid_attempts"),
    )
    op.create_index("ix_openid_attempts_expires_at", "openid_attempts", ["expires_at"])


def downgrade() -> None:
    for table in ("openid_attempts", "identities"):
        op.drop_table(table)
