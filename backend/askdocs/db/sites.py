"""Sites, the tenants, and their stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Select, and_, bindparam, delete, exists, or_, select, tuple_, update
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.errors import Conflict, NotFound
from askdocs.types import Site, Store, new_site_key

_LIST = "`askdocs site list` shows all sites."
# Every request asks for its site, and putting the statement together costs as much as running it.
_BY_KEY = select(tables.Site).where(
    tables.Site.removed_at.is_(None),
    or_(
        tables.Site.key == bindparam("sought"),
        and_(tables.Site.former_key == bindparam("sought"), tables.Site.former_key_until > bindparam("now")),
    ),
)
_THERE = select(tables.Site).where(tables.Site.removed_at.is_(None))


def add(db: Session, name: str, *, origins: Sequence[str], key: str | None = None) -> Site:
    """Errors: `Conflict` if a site has this name or key."""
    added = _insert(db, name, origins=origins, key=key or new_site_key())
    if added is None:
        taken = f"named {name}" if by_name(db, name) else f"with the key {key}"
        raise Conflict(f"There is a site {taken} already.", fix=_LIST)
    return _site(added)


def ensure(db: Session, name: str, *, origins: Sequence[str], key: str) -> None:
    """Add the site unless there is one of this name, be it that another process has just added it.

    Errors: `Conflict` if another site has this key.
    """
    if _insert(db, name, origins=origins, key=key) is None and by_name(db, name) is None:
        raise Conflict(f"The key of the site {name}, {key}, belongs to another site.", fix=_LIST)


@read_only
def by_key(db: Session, key: str, *, now: datetime | None = None) -> Site | None:
    """Also by the key that it had until a rotation, for as long as that is good."""
    found = db.scalars(_BY_KEY, {"sought": key, "now": now or datetime.now(UTC)}).first()
    return _site(found) if found else None


@read_only
def by_name(db: Session, name: str) -> Site | None:
    found = db.scalars(_THERE.where(tables.Site.name == name)).one_or_none()
    return _site(found) if found else None


@read_only
def all_sites(db: Session) -> list[Site]:
    return [_site(found) for found in db.scalars(_THERE.order_by(tables.Site.name))]


@read_only
def live_revisions(db: Session) -> dict[str, tuple[int, datetime | None] | None]:
    """Of every site by name: number and time of the live revision of its docs, None if it has none."""
    rows = db.execute(
        select(tables.Site.name, tables.Revision.number, tables.Revision.published_at)
        .outerjoin(tables.Store, (tables.Store.site_id == tables.Site.id) & (tables.Store.name == "docs"))
        .outerjoin(
            tables.Revision,
            (tables.Revision.site_id == tables.Site.id)
            & (tables.Revision.store_id == tables.Store.id)
            & (tables.Revision.number == tables.Store.live_revision),
        )
        .where(tables.Site.removed_at.is_(None))
    )
    return {name: None if number is None else (number, published_at) for name, number, published_at in rows}


def rotate_key(db: Session, site_id: str, *, until: datetime | None = None) -> Site:
    """The old key is good `until` then; None: it is void at once. Errors: `NotFound`."""
    former = tables.Site.key if until else None
    return _change(db, site_id, former_key=former, former_key_until=until, key=new_site_key())


def set_origins(db: Session, site_id: str, origins: Sequence[str]) -> Site:
    """Errors: `NotFound`."""
    return _change(db, site_id, origins=list(origins))


def set_options(db: Session, site_id: str, options: Mapping[str, Any]) -> Site:
    """All that are set for it from now on. Errors: `NotFound`."""
    return _change(db, site_id, options=dict(options))


def disable(db: Session, site_id: str, *, since: datetime | None) -> Site:
    """Have it answer nobody; None: have it answer again. Errors: `NotFound`."""
    return _change(db, site_id, disabled_at=since)


def mark_removed(db: Session, site_id: str, *, now: datetime) -> Site:
    """From now on there is no such site: its name and its key are free, and nothing finds what is left of it
    but `removed`. Errors: `NotFound`."""
    return _change(
        db,
        site_id,
        name=f"{site_id} (removed)",
        key=new_site_key(),
        former_key=None,
        former_key_until=None,
        removed_at=now,
    )


@read_only
def removed(db: Session) -> list[str]:
    """The ids of sites of which something may be left."""
    return list(db.scalars(select(tables.Site.id).where(tables.Site.removed_at.is_not(None))))


@read_only
def stores(db: Session, site_id: str) -> list[tuple[str, list[str]]]:
    """The ids of its stores, each with the collections that may hold something of it."""
    rows = db.execute(
        select(tables.Store.id, tables.Store.collections).where(tables.Store.site_id == site_id)
    )
    return [(store_id, list(collections)) for store_id, collections in rows]


def erase_some(db: Session, site_id: str, *, most: int) -> int:
    """Erase up to `most` rows of those that a site has many of. Returns how many; 0: they are all gone."""
    for table, columns in (
        (tables.ChatSession, (tables.ChatSession.id,)),
        (tables.UploadPage, (tables.UploadPage.upload_id, tables.UploadPage.path)),
        (tables.Document, (tables.Document.store_id, tables.Document.path, tables.Document.from_rev)),
        (tables.Revision, (tables.Revision.store_id, tables.Revision.number)),
    ):
        some = select(*columns).where(table.site_id == site_id).limit(most)
        erased = db.execute(
            delete(table)
            .where(table.site_id == site_id, tuple_(*columns).in_(some))
            .execution_options(synchronize_session=False)
        )
        if count := cast("CursorResult[Any]", erased).rowcount:
            return count
    return 0


def erase(db: Session, site_id: str) -> None:
    """Erase the row of the site, with all that hangs on it, and the people whom no other site has."""
    its = select(tables.Membership.member_id).where(tables.Membership.site_id == site_id)
    elsewhere = exists().where(
        tables.Membership.member_id == tables.Member.id, tables.Membership.site_id != site_id
    )
    db.execute(
        delete(tables.Member)
        .where(tables.Member.id.in_(its), ~elsewhere)
        .execution_options(synchronize_session=False)
    )
    db.execute(delete(tables.Site).where(tables.Site.id == site_id))


@read_only
def find_store(db: Session, site_id: str, *, name: str = "docs") -> Store | None:
    found = db.scalars(_stores(site_id, name)).one_or_none()
    return _store(found) if found else None


def store(db: Session, site_id: str, *, name: str = "docs") -> Store:
    """The site's store of this name, created when missing. Errors: `NotFound` if there is no such site."""
    if found := find_store(db, site_id, name=name):
        return found
    if db.get(tables.Site, site_id) is None:
        raise NotFound("There is no such site.")
    db.execute(
        insert(db, tables.Store)
        .values(site_id=site_id, name=name, live_revision=None, collections=[])
        .on_conflict_do_nothing()
    )
    # If another process was faster, its row is the one to find.
    return _store(db.scalars(_stores(site_id, name)).one())


def _insert(db: Session, name: str, *, origins: Sequence[str], key: str) -> tables.Site | None:
    return db.scalars(
        insert(db, tables.Site)
        .values(name=name, key=key, origins=list(origins), created_at=datetime.now(UTC))
        .on_conflict_do_nothing()
        .returning(tables.Site)
    ).one_or_none()


def _change(db: Session, site_id: str, **values: object) -> Site:
    changed = db.scalars(
        update(tables.Site).where(tables.Site.id == site_id).values(**values).returning(tables.Site)
    ).one_or_none()
    if changed is None:
        raise NotFound("There is no such site.")
    return _site(changed)


def _site(row: tables.Site) -> Site:
    return Site(
        row.id,
        row.name,
        row.key,
        tuple(row.origins),
        row.created_at,
        options=row.options,
        is_disabled=row.disabled_at is not None,
    )


def _stores(site_id: str, name: str) -> Select[tables.Store]:
    return select(tables.Store).where(tables.Store.site_id == site_id, tables.Store.name == name)


def _store(row: tables.Store) -> Store:
    return Store(row.id, row.site_id, row.name, row.live_revision)
