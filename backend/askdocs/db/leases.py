"""The right to publish to a store: at most one revision of it is being built, and its row is the lease.

A lease is fresh while its heartbeat is younger than it may be, by the database's clock. One that lies in the
future, because that clock was set back or the host was started anew, is fresh only if it lies as near.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import CursorResult

from askdocs.db import stores, tables
from askdocs.db.clock import database_clock
from askdocs.db.database import Session, read_only
from askdocs.db.stores import of_store
from askdocs.errors import Conflict, PublishInProgress

WITHDRAWN = "Withdrawn."
"""The error of a revision that had been published, and that a publish after a rollback took back."""


@dataclass(frozen=True, slots=True)
class Build:
    """A revision that is, or was, being built: since when by the clock of its host, and by whom."""

    number: int
    since: datetime
    owner: str

    def __str__(self) -> str:
        return f"revision {self.number}, begun at {self.since:%Y-%m-%d %H:%M} UTC by {self.owner}"


@dataclass(frozen=True, slots=True)
class Taken:
    """A lease that was taken: the revision to build, the one that is live (0 if none is), and the build that
    was taken over, whose publisher may not know of it yet."""

    number: int
    base: int
    former: Build | None


def take(
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
    take_over: bool = False,
) -> Taken:
    """Begin a new revision in state `building`. `owner` is unique to the run, and tells people who that is.

    A lease that is not fresh is taken over; with `take_over`, any is. Errors: `NotFound`; `PublishInProgress`
    while another owner's lease is fresh.
    """
    store = stores.lock(db, site_id, store_id=store_id)
    former = _end_former(db, site_id, store_id, even_if_fresh=take_over)
    if collection not in store.collections:
        stores.change(db, site_id, store_id=store_id, collections=[*store.collections, collection])
    last = db.scalar(select(func.max(tables.Revision.number)).where(*of_store(site_id, store_id)))
    number = (last or 0) + 1
    row = tables.Revision(
        store_id=store_id,
        number=number,
        site_id=site_id,
        state="building",
        base=store.live_revision,
        collection=collection,
        model=model,
        dimensions=dimensions,
        source=source,
        owner=owner,
        heartbeat_at=database_clock(),
        lease_seconds=lease_seconds,
        created_at=now,
    )
    db.add(row)
    db.flush()
    return Taken(number, store.live_revision or 0, former)


def renew(db: Session, site_id: str, *, store_id: str, owner: str) -> None:
    """Show that the owner lives. Errors: `Conflict` if the lease was lost."""
    mine = (*of_store(site_id, store_id), tables.Revision.owner == owner)
    beat = update(tables.Revision).where(*mine, tables.Revision.state == "building")
    if not cast("CursorResult[Any]", db.execute(beat.values(heartbeat_at=database_clock()))).rowcount:
        raise _lost()


def give_up(db: Session, site_id: str, *, store_id: str, owner: str, error: str) -> None:
    """Free the store, if the owner still holds it, and note in any case that its publisher has stopped."""
    mine = (*of_store(site_id, store_id), tables.Revision.owner == owner)
    building = update(tables.Revision).where(*mine, tables.Revision.state == "building")
    db.execute(building.values(state="failed", error=error))
    db.execute(update(tables.Revision).where(*mine, tables.Revision.state == "failed").values(owner=""))


def discard(db: Session, site_id: str, *, store_id: str, owner: str) -> None:
    """Take back a revision that is being built and has written nothing; its number is free again."""
    db.execute(
        delete(tables.Revision).where(
            *of_store(site_id, store_id), tables.Revision.owner == owner, tables.Revision.state == "building"
        )
    )


@read_only
def has_stopped(db: Session, site_id: str, *, store_id: str, number: int) -> bool:
    """Whether the publisher of a revision that was taken over has stopped, or has been silent for as long as
    its lease was fresh."""
    row = db.scalars(
        select(tables.Revision).where(*of_store(site_id, store_id), tables.Revision.number == number)
    ).one_or_none()
    return row is None or not row.owner or not _is_fresh(db, row)


@read_only
def failures(db: Session) -> dict[str, int]:
    """Of every site by name that has any: publishes of its docs that failed, or whose process died, since the
    newest one that did not. A revision that was withdrawn had been published; that is no failure."""
    newest = (
        select(tables.Revision.store_id, func.max(tables.Revision.number).label("number"))
        .where(tables.Revision.state == "published")
        .group_by(tables.Revision.store_id)
        .subquery()
    )
    failed = (
        select(tables.Site.name, func.count())
        .join(tables.Store, (tables.Store.site_id == tables.Site.id) & (tables.Store.name == "docs"))
        .join(tables.Revision, tables.Revision.store_id == tables.Store.id)
        .outerjoin(newest, newest.c.store_id == tables.Store.id)
        .where(tables.Revision.number > func.coalesce(newest.c.number, 0))
        .where(tables.Revision.state == "failed", tables.Revision.error != WITHDRAWN)
        .group_by(tables.Site.name)
    )
    counts = dict(db.execute(failed).all())
    building = (
        select(tables.Site.name, tables.Revision)
        .join(tables.Store, (tables.Store.site_id == tables.Site.id) & (tables.Store.name == "docs"))
        .join(tables.Revision, tables.Revision.store_id == tables.Store.id)
        .where(tables.Revision.state == "building")
    )
    for name, row in db.execute(building):
        if not _is_fresh(db, row):
            counts[name] = counts.get(name, 0) + 1
    return counts


def held(db: Session, site_id: str, *, store_id: str, owner: str) -> tables.Revision:
    """The revision that `owner` builds. Errors: `Conflict` if it does not any more."""
    row = _building(db, site_id, store_id)
    if row is None or row.owner != owner:
        raise _lost()
    return row


def _end_former(db: Session, site_id: str, store_id: str, *, even_if_fresh: bool) -> Build | None:
    row = _building(db, site_id, store_id)
    if row is None:
        return None
    build = Build(row.number, row.created_at, row.owner)
    if not even_if_fresh and _is_fresh(db, row):
        raise PublishInProgress(
            f"A publish is under way: {build}.",
            fix="Wait until it is done. If its process has died, try again "
            f"{row.lease_seconds:.0f} seconds after that. To stop it, add --take-over.",
        )
    former = update(tables.Revision).where(*of_store(site_id, store_id), tables.Revision.number == row.number)
    db.execute(former.values(state="failed", error="Another publisher took over."))
    return build


def _building(db: Session, site_id: str, store_id: str) -> tables.Revision | None:
    building = select(tables.Revision).where(
        *of_store(site_id, store_id), tables.Revision.state == "building"
    )
    return db.scalars(building.with_for_update()).one_or_none()


def _is_fresh(db: Session, row: tables.Revision) -> bool:
    now = cast("datetime", db.scalar(select(database_clock())))
    return abs(now - row.heartbeat_at) < timedelta(seconds=row.lease_seconds)


def _lost() -> Conflict:
    return Conflict(
        "This process does not hold the right to publish any more: another took over.",
        fix="`askdocs revisions` shows what became of it.",
    )
