"""A store's row, which every change to its revisions locks first, so that changes take turns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from askdocs.db import tables
from askdocs.db.database import Session
from askdocs.errors import NotFound


def lock(db: Session, site_id: str, *, store_id: str) -> tables.Store:
    """The store's row, nobody else's until the transaction ends. Errors: `NotFound`."""
    store = db.scalars(
        select(tables.Store)
        .where(tables.Store.site_id == site_id, tables.Store.id == store_id)
        .with_for_update()
    ).one_or_none()
    if store is None:
        raise NotFound("There is no such store on this site.")
    return store


def change(db: Session, site_id: str, *, store_id: str, **values: Any) -> None:
    mine = (tables.Store.site_id == site_id, tables.Store.id == store_id)
    db.execute(update(tables.Store).where(*mine).values(**values))


def of_store(site_id: str, store_id: str) -> tuple[Any, Any]:
    """The conditions that a revision belongs to the store."""
    return tables.Revision.site_id == site_id, tables.Revision.store_id == store_id
