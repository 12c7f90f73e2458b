"""Whose CI jobs may publish a site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.errors import Conflict
from askdocs.types import Job, Provider, Publisher


def add(db: Session, site_id: str, *, publisher: Publisher) -> None:
    """Errors: `Conflict` if the site trusts it already."""
    added = db.execute(
        insert(db, tables.Publisher)
        .values(
            id=publisher.id,
            site_id=site_id,
            provider=publisher.provider,
            issuer=publisher.issuer,
            repository=publisher.repository,
            branch=publisher.branch,
            environment=publisher.environment,
            repository_id=publisher.repository_id,
            owner_id=publisher.owner_id,
            created_at=publisher.created_at,
        )
        .on_conflict_do_nothing()
        .returning(tables.Publisher.id)
    )
    if added.one_or_none() is None:
        raise Conflict(
            f"The site trusts {publisher.name} already.",
            fix="`askdocs publisher list SITE` shows it. Remove it first, if it is another repository now.",
        )


@read_only
def of_repository(db: Session, job: Job) -> Sequence[Publisher]:
    """Of all sites: those that name the repository of the job, at its issuer."""
    publisher = tables.Publisher
    named = select(publisher).where(
        publisher.issuer == job.issuer,
        publisher.provider == job.provider,
        publisher.repository == job.repository,
    )
    return [_publisher(row) for row in db.scalars(named.order_by(publisher.created_at, publisher.id))]


@read_only
def listing(db: Session, site_id: str) -> list[Publisher]:
    """All of a site, oldest first."""
    rows = select(tables.Publisher).where(tables.Publisher.site_id == site_id)
    return [
        _publisher(row) for row in db.scalars(rows.order_by(tables.Publisher.created_at, tables.Publisher.id))
    ]


def bind(db: Session, site_id: str, *, publisher_id: str, repository_id: str, owner_id: str) -> bool:
    """Trust none but the repository with this id, of the owner with this one. False if it is another that was
    trusted, or none is any more."""
    publisher = tables.Publisher
    bound = db.execute(
        update(publisher)
        .where(
            publisher.site_id == site_id,
            publisher.id == publisher_id,
            publisher.repository_id.in_(("", repository_id)),
            publisher.owner_id.in_(("", owner_id)),
        )
        .values(repository_id=repository_id, owner_id=owner_id)
    )
    return cast("CursorResult[Any]", bound).rowcount > 0


def note_use(db: Session, site_id: str, *, publisher_id: str, now: datetime) -> None:
    db.execute(
        update(tables.Publisher)
        .where(tables.Publisher.site_id == site_id, tables.Publisher.id == publisher_id)
        .values(used_at=now)
    )


def remove(db: Session, site_id: str, *, publisher_id: str) -> Publisher | None:
    """The one that was removed; None if the site has no such publisher."""
    removed = db.scalars(
        delete(tables.Publisher)
        .where(tables.Publisher.site_id == site_id, tables.Publisher.id == publisher_id)
        .returning(tables.Publisher)
    ).one_or_none()
    return _publisher(removed) if removed else None


def _publisher(row: tables.Publisher) -> Publisher:
    return Publisher(
        id=row.id,
        site_id=row.site_id,
        provider=cast("Provider", row.provider),
        issuer=row.issuer,
        repository=row.repository,
        branch=row.branch,
        environment=row.environment,
        repository_id=row.repository_id,
        owner_id=row.owner_id,
        created_at=row.created_at,
        used_at=row.used_at,
    )
