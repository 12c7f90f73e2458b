"""Revisions of a store: publishing the one that is being built, going back, forgetting.

A document row is visible at revision R when `from_rev <= R <= to_rev`. What a build writes carries the
number of the revision being built, so that nothing of it is visible before `publish` moves the pointer.
Every function that writes locks the store's row first, so that they take turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import delete, select, update
from sqlalchemy import insert as insert_rows
from sqlalchemy.engine import CursorResult

from askdocs.db import leases, published_sources, stores, tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import batches
from askdocs.db.stores import of_store
from askdocs.errors import Conflict, NotFound
from askdocs.types import OPEN, PublishedSource, Revision, RevisionState

_PATHS = 500
_DOCUMENTS = 200
"""Rows per statement. A document's terms are some kilobytes."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    path: str
    url: str
    title: str
    version: str
    locale: str
    content_hash: str
    chunks: int
    terms: bytes
    sections: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Number and content hash of each section by its anchor."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a revision changes. `closed` are the paths of removed and of changed documents; a changed one is
    in `added` as well. `pages` and `chunks` count all that the revision shows."""

    added: Sequence[DocumentRow]
    closed: Sequence[str]
    statistics: bytes
    default_version: str = ""
    default_locale: str = ""
    versions: Sequence[str] = ()
    locales: Sequence[str] = ()
    pages: int = 0
    chunks: int = 0
    summary: Mapping[str, Any] = field(default_factory=dict)
    sources: Sequence[PublishedSource] = ()


def publish(
    db: Session,
    site_id: str,
    *,
    store_id: str,
    owner: str,
    publication: Publication,
    now: datetime,
) -> Revision:
    """Write the documents that changed and make the revision that `owner` builds live, at once.

    Errors: `Conflict` if the lease was lost, if another revision was made live meanwhile (a rollback), or if
    `publication` does not fit the documents that are stored.
    """
    store = stores.lock(db, site_id, store_id=store_id)
    row = leases.held(db, site_id, store_id=store_id, owner=owner)
    number = row.number
    if store.live_revision != row.base:
        raise Conflict(
            f"Revision {store.live_revision} was made live while revision {number} was built on {row.base}.",
            fix="Run `askdocs index` again if you still want to publish.",
        )
    _close_documents(db, site_id, store_id, publication.closed, to_rev=number - 1)
    for batch in batches(publication.added, _DOCUMENTS):
        db.execute(insert_rows(tables.Document), [_document(site_id, store_id, number, one) for one in batch])
    db.execute(
        update(tables.Revision)
        .where(*of_store(site_id, store_id), tables.Revision.number == number)
        .values(
            state="published",
            published_at=now,
            statistics=publication.statistics,
            default_version=publication.default_version,
            default_locale=publication.default_locale,
            versions=list(publication.versions),
            locales=list(publication.locales),
            pages=publication.pages,
            chunks=publication.chunks,
            summary=dict(publication.summary),
            sources=published_sources.encode(publication.sources),
        )
    )
    stores.change(db, site_id, store_id=store_id, live_revision=number)
    published = select(tables.Revision).where(*of_store(site_id, store_id), tables.Revision.number == number)
    return _revision(db.scalars(published.execution_options(populate_existing=True)).one())


def roll_back(
    db: Session, site_id: str, *, store_id: str, to: int | None, live: int | None = None
) -> Revision:
    """Make revision `to` live, by default the published one before the live one; if `live` is given, only
    in place of that one.

    Errors: `NotFound` for a revision that does not exist, `Conflict` for one that was never published or that
    a later publish withdrew, and if another one than `live` is live.
    """
    store = stores.lock(db, site_id, store_id=store_id)
    if live is not None and store.live_revision != live:
        raise Conflict(f"Revision {store.live_revision} is live by now, not {live}: nothing was changed.")
    rows = {
        row.number: row for row in db.scalars(select(tables.Revision).where(*of_store(site_id, store_id)))
    }
    published = sorted(number for number, row in rows.items() if row.state == "published")
    fix = f"Published: {', '.join(map(str, published)) or 'none'}. Live: {store.live_revision or 'none'}."
    if to is None:
        earlier = [number for number in published if number < (store.live_revision or 0)]
        if not earlier:
            raise Conflict("There is no earlier revision to go back to.", fix=fix)
        to = earlier[-1]
    if to not in rows:
        raise NotFound(f"There is no revision {to}.", fix=fix)
    if to not in published:
        raise Conflict(f"Revision {to} is not published: {rows[to].error or rows[to].state}", fix=fix)
    stores.change(db, site_id, store_id=store_id, live_revision=to)
    return _revision(rows[to])


def forget_after(db: Session, site_id: str, *, store_id: str, live: int) -> list[str]:
    """Withdraw what revisions after `live` wrote; 0 means that none is live. Doing it again changes nothing.

    Returns every collection that may hold chunks of the store, since these must be undone there too. Errors:
    `NotFound`; `Conflict` if another revision is live by now.
    """
    store = stores.lock(db, site_id, store_id=store_id)
    if (store.live_revision or 0) != live:
        raise Conflict(f"Revision {store.live_revision} was made live meanwhile.", fix="Try again.")
    mine = (tables.Document.site_id == site_id, tables.Document.store_id == store_id)
    db.execute(delete(tables.Document).where(*mine, tables.Document.from_rev > live))
    db.execute(
        update(tables.Document)
        .where(*mine, tables.Document.to_rev >= live, tables.Document.to_rev < OPEN)
        .values(to_rev=OPEN)
    )
    db.execute(
        update(tables.Revision)
        .where(*of_store(site_id, store_id), tables.Revision.number > live)
        .where(tables.Revision.state == "published")
        .values(state="failed", error=leases.WITHDRAWN, statistics=None)
    )
    return list(store.collections)


def sweep(db: Session, site_id: str, *, store_id: str, keep: int) -> int | None:
    """Delete what only revisions older than the `keep` newest published ones show; the live one is kept.

    Returns the oldest revision kept, None if none is published.
    """
    store = stores.lock(db, site_id, store_id=store_id)
    numbers = db.scalars(
        select(tables.Revision.number)
        .where(*of_store(site_id, store_id), tables.Revision.state == "published")
        .order_by(tables.Revision.number.desc())
        .limit(max(1, keep))
    ).all()
    if not numbers:
        return None
    oldest = min(numbers[-1], store.live_revision or numbers[-1])
    db.execute(
        delete(tables.Document).where(
            tables.Document.site_id == site_id,
            tables.Document.store_id == store_id,
            tables.Document.to_rev < oldest,
        )
    )
    db.execute(delete(tables.Revision).where(*of_store(site_id, store_id), tables.Revision.number < oldest))
    return oldest


@read_only
def live(db: Session, site_id: str, *, store_id: str) -> Revision | None:
    row = db.scalars(
        select(tables.Revision)
        .join(
            tables.Store,
            (tables.Store.id == tables.Revision.store_id)
            & (tables.Store.live_revision == tables.Revision.number),
        )
        .where(*of_store(site_id, store_id))
    ).one_or_none()
    return _revision(row) if row else None


@read_only
def is_followed(db: Session, site_id: str, *, store_id: str, live: int) -> bool:
    """Whether a published revision comes after the live one, as after a rollback."""
    later = select(tables.Revision.number).where(
        *of_store(site_id, store_id), tables.Revision.number > live, tables.Revision.state == "published"
    )
    return db.scalar(later.limit(1)) is not None


@read_only
def listing(db: Session, site_id: str, *, store_id: str) -> list[Revision]:
    """Newest first."""
    newest_first = tables.Revision.number.desc()
    rows = db.scalars(select(tables.Revision).where(*of_store(site_id, store_id)).order_by(newest_first))
    return [_revision(row) for row in rows]


@read_only
def collections(db: Session, site_id: str, *, store_id: str) -> list[str]:
    """Every collection that may hold chunks of the store, oldest first."""
    found = db.scalar(
        select(tables.Store.collections).where(tables.Store.site_id == site_id, tables.Store.id == store_id)
    )
    return list(found or ())


@read_only
def statistics(db: Session, site_id: str, *, store_id: str, number: int) -> bytes | None:
    return db.scalar(
        select(tables.Revision.statistics).where(
            *of_store(site_id, store_id), tables.Revision.number == number
        )
    )


def _close_documents(db: Session, site_id: str, store_id: str, paths: Sequence[str], *, to_rev: int) -> None:
    closed = 0
    for batch in batches(paths, _PATHS):
        closed += _execute(
            db,
            update(tables.Document)
            .where(tables.Document.site_id == site_id, tables.Document.store_id == store_id)
            .where(tables.Document.path.in_(batch), tables.Document.to_rev == OPEN)
            .values(to_rev=to_rev),
        )
    if closed != len(paths):
        raise Conflict(f"Of {len(paths)} documents to replace or remove only {closed} are there.")


def _document(site_id: str, store_id: str, number: int, row: DocumentRow) -> dict[str, Any]:
    return {
        "store_id": store_id,
        "path": row.path,
        "from_rev": number,
        "to_rev": OPEN,
        "site_id": site_id,
        "url": row.url,
        "title": row.title,
        "version": row.version,
        "locale": row.locale,
        "content_hash": row.content_hash,
        "chunks": row.chunks,
        "terms": row.terms,
        "sections": dict(row.sections),
        "source": row.source,
    }


def _execute(db: Session, statement: Any) -> int:
    """How many rows it touched."""
    return cast("CursorResult[Any]", db.execute(statement)).rowcount


def _revision(row: tables.Revision) -> Revision:
    return Revision(
        store_id=row.store_id,
        number=row.number,
        state=cast("RevisionState", row.state),
        collection=row.collection,
        model=row.model,
        dimensions=row.dimensions,
        source=row.source,
        default_version=row.default_version,
        default_locale=row.default_locale,
        versions=tuple(row.versions),
        locales=tuple(row.locales),
        pages=row.pages,
        chunks=row.chunks,
        summary=dict(row.summary),
        created_at=row.created_at,
        published_at=row.published_at,
        error=row.error,
        sources=published_sources.decode(row.sources),
    )
