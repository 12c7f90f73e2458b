"""The keys of sites with which host applications sign tokens about their users."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import delete, select
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.errors import Conflict
from askdocs.types import UserKey, UserKeyAlgorithm


def add(db: Session, site_id: str, *, key: UserKey) -> None:
    """Errors: `Conflict` if the site has a key of this kid."""
    values = {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "public_key": key.public_key,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
    }
    added = db.execute(
        insert(db, tables.UserKey)
        .values(site_id=site_id, **values)
        .on_conflict_do_nothing()
        .returning(tables.UserKey.kid)
    )
    if added.one_or_none() is None:
        raise Conflict(
            f"The site has a key {key.kid} already.",
            fix="Choose another --kid: tokens that are under way name this one.",
        )


@read_only
def listing(db: Session, site_id: str) -> list[UserKey]:
    """All of a site's keys, oldest first, those that have expired too."""
    rows = db.scalars(
        select(tables.UserKey)
        .where(tables.UserKey.site_id == site_id)
        .order_by(tables.UserKey.created_at, tables.UserKey.kid)
    )
    return [
        UserKey(
            row.kid, cast("UserKeyAlgorithm", row.algorithm), row.public_key, row.created_at, row.expires_at
        )
        for row in rows
    ]


def remove(db: Session, site_id: str, *, kid: str) -> bool:
    """False if the site has no such key."""
    removed = db.execute(
        delete(tables.UserKey).where(tables.UserKey.site_id == site_id, tables.UserKey.kid == kid)
    )
    return cast("CursorResult[Any]", removed).rowcount > 0
