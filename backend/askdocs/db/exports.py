"""All that is kept of a site, but for what can be made anew from its docs, and for what lets somebody in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect, select, tuple_

from askdocs.db import tables
from askdocs.db.database import Session, read_only

EXPORTED: Sequence[type[tables.Base]] = (
    tables.Pin,
    tables.UserKey,
    tables.ApiKey,
    tables.Publisher,
    tables.Membership,
    tables.AuditEntry,
    tables.Revision,
    tables.ChatSession,
    tables.Message,
    tables.Feedback,
)

_HIDDEN = {"site_id", "digest", "token_hash", "user_digest", "statistics", "owner"}
"""Hashes of what names or lets in somebody, and what means nothing elsewhere."""


@read_only
def rows(
    db: Session, site_id: str, *, table: type[tables.Base], after: Sequence[Any] | None, most: int
) -> tuple[list[dict[str, Any]], Sequence[Any] | None]:
    """Up to `most` rows that follow the primary key `after`, and the key of the last one; None: no row."""
    columns = [column for column in table.__table__.columns if column.name not in _HIDDEN]
    primary = inspect(table).primary_key
    chosen = select(*primary, *columns).where(table.__table__.c.site_id == site_id)
    if after is not None:
        chosen = chosen.where(tuple_(*primary) > tuple_(*after))
    found = db.execute(chosen.order_by(*primary).limit(most)).all()
    named = [
        dict(zip((column.name for column in columns), row[len(primary) :], strict=True)) for row in found
    ]
    return named, found[-1][: len(primary)] if found else None
