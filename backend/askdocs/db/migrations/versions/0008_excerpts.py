"""Keeps what a question is about apart from it, and which exchange took the place of another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
compatible_from = "0001"


def upgrade() -> None:
    # An older program writes rows without them.
    op.add_column("messages", sa.Column("excerpt", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("excerpt_language", sa.Text(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("replaced_by", sa.Text(), nullable=True))


def downgrade() -> None:
    for column in ("replaced_by", "excerpt_language", "excerpt"):
        op.drop_column("messages", column)
