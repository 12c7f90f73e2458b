"""Revisions of a store: building one under a lease, publishing it, going back, forgetting.

A document row is visible at revision R when `from_rev <= R <= to_rev`. What a build writes carries the
number of the revision being built, so that nothing of it is visible before `publish` moves the pointer.
Every function that writes locks the store's row first, so that they take turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy import insert as insert_rows
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, reads
from askdocs.db.statements import batches
from askdocs.errors import Conflict, NotFound, PublishInProgress
from askdocs.types import OPEN, Revision, RevisionState

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


def begin(
    db: Session,
    site_id: str,
    *,
    store_id: str,
    collection: str,
    model: str,
    dimensions: int,
    source: str,
    owner: str,
    now: datetime,
    lease_seconds: float,
) -> Revision:
    """A new revision in state `building`, which is its publisher's lease. `owner` is unique to the run.

    Read `live` after this, not before: `publish` insists that what was live here still is. Errors:
    `NotFound`; `PublishInProgress` while another owner's lease is fresh. A stale one is taken over.
    """
    store = _locked(db, site_id, store_id)
    rows = select(tables.Revision).where(*_of(site_id, store_id))
    building = db.scalars(rows.where(tables.Revision.state == "building")).one_or_none()
    if building is not None:
        if building.heartbeat_at + timedelta(seconds=building.lease_seconds) > now:
            raise PublishInProgress(
                f"Revision {building.number} is being built since {building.created_at:%Y-%m-%d %H:%M} UTC.",
                fix="Wait until it is done. If its process has died, "
                f"try again {building.lease_seconds:.0f} seconds after that.",
            )
        reason = "Its process stopped responding, and another took over."
        fail(db, site_id, store_id=store_id, number=building.number, error=reason)
    if collection not in store.collections:
        _update_store(db, site_id, store_id, collections=[*store.collections, collection])
    last = db.scalar(select(func.max(tables.Revision.number)).where(*_of(site_id, store_id)))
    row = tables.Revision(
        store_id=store_id,
        number=(last or 0) + 1,
        site_id=site_id,
        state="building",
        base=store.live_revision,
        collection=collection,
        model=model,
        dimensions=dimensions,
        source=source,
        owner=owner,
        heartbeat_at=now,
        lease_seconds=lease_seconds,
        created_at=now,
    )
    db.add(row)
    db.flush()
    return _revision(row)


def heartbeat(db: Session, site_id: str, *, store_id: str, number: int, owner: str, now: datetime) -> None:
    """Keep the lease. Errors: `Conflict` if it was lost."""
    kept = _execute(
        db,
        update(tables.Revision)
        .where(*_of(site_id, store_id), tables.Revision.number == number)
        .where(tables.Revision.owner == owner, tables.Revision.state == "building")
        .values(heartbeat_at=now),
    )
    if not kept:
        raise _lease_lost(number)


def publish(
    db: Session,
    site_id: str,
    *,
    store_id: str,
    number: int,
    owner: str,
    publication: Publication,
    now: datetime,
) -> Revision:
    """Write the documents that changed and make the revision live, at once.

    Errors: `Conflict` if the lease was lost, if another revision was made live meanwhile (a rollback), or if
    `publication` does not fit the documents that are stored.
    """
    store = _locked(db, site_id, store_id)
    revision = select(tables.Revision).where(*_of(site_id, store_id), tables.Revision.number == number)
    row = db.scalars(revision.with_for_update()).one_or_none()
    if row is None or row.state != "building" or row.owner != owner:
        raise _lease_lost(number)
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
        .where(*_of(site_id, store_id), tables.Revision.number == number)
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
        )
    )
    _update_store(db, site_id, store_id, live_revision=number)
    return _revision(db.scalars(revision.execution_options(populate_existing=True)).one())


def fail(db: Session, site_id: str, *, store_id: str, number: int, error: str) -> None:
    """Give up a revision that is being built; one that is not stays as it is."""
    _execute(
        db,
        update(tables.Revision)
        .where(*_of(site_id, store_id), tables.Revision.number == number)
        .where(tables.Revision.state == "building")
        .values(state="failed", error=error),
    )


def discard(db: Session, site_id: str, *, store_id: str, number: int) -> None:
    """Take back a revision that is being built and has written nothing; its number is free again."""
    _execute(
        db,
        delete(tables.Revision)
        .where(*_of(site_id, store_id), tables.Revision.number == number)
        .where(tables.Revision.state == "building"),
    )


def roll_back(db: Session, site_id: str, *, store_id: str, to: int | None) -> Revision:
    """Make revision `to` live, by default the published one before the live one.

    Errors: `NotFound` for a revision that does not exist, `Conflict` for one that was never published or that
    a later publish withdrew.
    """
    store = _locked(db, site_id, store_id)
    rows = {row.number: row for row in db.scalars(select(tables.Revision).where(*_of(site_id, store_id)))}
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
    _update_store(db, site_id, store_id, live_revision=to)
    return _revision(rows[to])


def forget_after(db: Session, site_id: str, *, store_id: str, live: int) -> list[str]:
    """Withdraw what revisions after `live` wrote; 0 means that none is live. Doing it again changes nothing.

    Returns every collection that may hold chunks of the store, since these must be undone there too. Errors:
    `NotFound`; `Conflict` if another revision is live by now.
    """
    store = _locked(db, site_id, store_id)
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
        .where(*_of(site_id, store_id), tables.Revision.number > live)
        .where(tables.Revision.state == "published")
        .values(state="failed", error="Withdrawn.", statistics=None)
    )
    return list(store.collections)


def sweep(db: Session, site_id: str, *, store_id: str, keep: int) -> int | None:
    """Delete what only revisions older than the `keep` newest published ones show; the live one is kept.

    Returns the oldest revision kept, None if none is published.
    """
    store = _locked(db, site_id, store_id)
    numbers = db.scalars(
        select(tables.Revision.number)
        .where(*_of(site_id, store_id), tables.Revision.state == "published")
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
    db.execute(delete(tables.Revision).where(*_of(site_id, store_id), tables.Revision.number < oldest))
    return oldest


@reads
def live(db: Session, site_id: str, *, store_id: str) -> Revision | None:
    row = db.scalars(
        select(tables.Revision)
        .join(
            tables.Store,
            (tables.Store.id == tables.Revision.store_id)
            & (tables.Store.live_revision == tables.Revision.number),
        )
        .where(*_of(site_id, store_id))
    ).one_or_none()
    return _revision(row) if row else None


@reads
def listing(db: Session, site_id: str, *, store_id: str) -> list[Revision]:
    """Newest first."""
    newest_first = tables.Revision.number.desc()
    rows = db.scalars(select(tables.Revision).where(*_of(site_id, store_id)).order_by(newest_first))
    return [_revision(row) for row in rows]


@reads
def collections(db: Session, site_id: str, *, store_id: str) -> list[str]:
    """Every collection that may hold chunks of the store, oldest first."""
    found = db.scalar(
        select(tables.Store.collections).where(tables.Store.site_id == site_id, tables.Store.id == store_id)
    )
    return list(found or ())


@reads
def statistics(db: Session, site_id: str, *, store_id: str, number: int) -> bytes | None:
    return db.scalar(
        select(tables.Revision.statistics).where(*_of(site_id, store_id), tables.Revision.number == number)
    )


def _of(site_id: str, store_id: str) -> tuple[Any, Any]:
    return tables.Revision.site_id == site_id, tables.Revision.store_id == store_id


def _locked(db: Session, site_id: str, store_id: str) -> tables.Store:
    store = db.scalars(
        select(tables.Store)
        .where(tables.Store.site_id == site_id, tables.Store.id == store_id)
        .with_for_update()
    ).one_or_none()
    if store is None:
        raise NotFound("There is no such store on this site.")
    return store


def _update_store(db: Session, site_id: str, store_id: str, **values: Any) -> None:
    mine = (tables.Store.site_id == site_id, tables.Store.id == store_id)
    db.execute(update(tables.Store).where(*mine).values(**values))


def _lease_lost(number: int) -> Conflict:
    return Conflict(
        f"Revision {number} is not being built by this process any more: another took over.",
        fix="Run `askdocs index` again.",
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
    )
