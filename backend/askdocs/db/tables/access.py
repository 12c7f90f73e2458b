"""Who may administer a site, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
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


class Publisher(Base):
    """Whose CI jobs may publish the site. What "" stands for is told by the type of the same name."""

    __tablename__ = "publishers"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    provider: Mapped[str]
    issuer: Mapped[str]
    repository: Mapped[str]
    branch: Mapped[str]
    environment: Mapped[str]
    repository_id: Mapped[str]
    owner_id: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("site_id", "issuer", "repository", "branch", "environment"),
        Index("ix_publishers_issuer_repository", "issuer", "repository"),
    )


class IssuerKeys(Base):
    """The public keys of an issuer, as JSON web keys, by which tokens of CI jobs are checked."""

    __tablename__ = "issuer_keys"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    schema_number: Mapped[int] = mapped_column(primary_key=True)
    keys: Mapped[list[Any]]
    fetched_at: Mapped[datetime]


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
