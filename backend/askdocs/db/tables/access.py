"""Who may administer a site, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from askdocs.db.tables.base import Base, new_id


class ApiKey(Base):
    """`digest` is the SHA-256 of the key, which itself is not kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    hint: Mapped[str]
    digest: Mapped[bytes] = mapped_column(unique=True)
    permissions: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """An administrative act. `site_id` is null for what was done to the deployment: that a site was deleted
    is told by its name in `subject`."""

    __tablename__ = "audit_log"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_audit_log_site_id_at", "site_id", "at"),)
