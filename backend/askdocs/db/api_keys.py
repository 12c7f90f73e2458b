"""The keys with which programs administer a site."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import delete, select, update

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.types import ApiKey, Permission


def add(db: Session, site_id: str, *, key: ApiKey, digest: bytes) -> None:
    db.add(
        tables.ApiKey(
            id=key.id,
            site_id=site_id,
            name=key.name,
            hint=key.hint,
            digest=digest,
            permissions=sorted(key.permissions),
            created_at=key.created_at,
            expires_at=key.expires_at,
            used_at=None,
        )
    )


@read_only
def by_digest(db: Session, digest: bytes) -> ApiKey | None:
    found = db.scalars(select(tables.ApiKey).where(tables.ApiKey.digest == digest)).one_or_none()
    return _key(found) if found else None


@read_only
def listing(db: Session, site_id: str) -> list[ApiKey]:
    """All of a site's keys, oldest first, those that have expired too."""
    rows = select(tables.ApiKey).where(tables.ApiKey.site_id == site_id)
    return [_key(row) for row in db.scalars(rows.order_by(tables.ApiKey.created_at, tables.ApiKey.id))]


def note_use(db: Session, site_id: str, *, key_id: str, now: datetime) -> None:
    db.execute(
        update(tables.ApiKey)
        .where(tables.ApiKey.site_id == site_id, tables.ApiKey.id == key_id)
        .values(used_at=now)
    )


def remove(db: Session, site_id: str, *, key_id: str) -> str | None:
    """Its name; None if the site has no such key."""
    removed: str | None = db.scalar(
        delete(tables.ApiKey)
        .where(tables.ApiKey.site_id == site_id, tables.ApiKey.id == key_id)
        .returning(tables.ApiKey.name)
    )
    return removed


def _key(row: tables.ApiKey) -> ApiKey:
    return ApiKey(
        id=row.id,
        site_id=row.site_id,
        name=row.name,
        hint=row.hint,
        permissions=frozenset(cast("list[Permission]", row.permissions)),
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
