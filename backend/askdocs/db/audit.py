"""What was done to sites by those who administer them. Rows are added, and go with their site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import and_, or_, select

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.types import Actor, ActorKind, AuditEntry


def record(
    db: Session,
    site_id: str | None,
    *,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """To be called in the transaction of the act itself, so that neither is there without the other.

    `site_id` is None for what was done to the deployment.
    """
    db.add(
        tables.AuditEntry(
            site_id=site_id,
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            action=action,
            subject=subject,
            detail=dict(detail or {}),
        )
    )


@read_only
def listing(
    db: Session, site_id: str | None, *, limit: int, after: tuple[datetime, str] | None = None
) -> list[AuditEntry]:
    """The last acts, newest first; those of the deployment for None. `after`: those that follow the one of
    this time and id, since acts of one transaction have one time."""
    entry = tables.AuditEntry
    chosen = select(entry).where(entry.site_id.is_(None) if site_id is None else entry.site_id == site_id)
    if after is not None:
        at, entry_id = after
        chosen = chosen.where(or_(entry.at < at, and_(entry.at == at, entry.id > entry_id)))
    rows = db.scalars(chosen.order_by(entry.at.desc(), entry.id).limit(limit))
    return [
        AuditEntry(
            row.id,
            row.at,
            Actor(cast("ActorKind", row.actor_kind), row.actor_id, row.actor_name),
            row.action,
            row.subject,
            row.detail,
        )
        for row in rows
    ]
