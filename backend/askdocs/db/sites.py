"""Sites, the tenants, and their stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Select, bindparam, select, update

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.errors import Conflict, NotFound
from askdocs.types import Site, Store, new_site_key

_LIST = "`askdocs site list` shows all sites."
# Every request asks for its site, and putting the statement together costs as much as running it.
_BY_KEY = select(tables.Site).where(tables.Site.key == bindparam("sought"))


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
def by_key(db: Session, key: str) -> Site | None:
    found = db.scalars(_BY_KEY, {"sought": key}).one_or_none()
    return _site(found) if found else None


@read_only
def by_name(db: Session, name: str) -> Site | None:
    found = db.scalars(select(tables.Site).where(tables.Site.name == name)).one_or_none()
    return _site(found) if found else None


@read_only
def all_sites(db: Session) -> list[Site]:
    return [_site(found) for found in db.scalars(select(tables.Site).order_by(tables.Site.name))]


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
    )
    return {name: None if number is None else (number, published_at) for name, number, published_at in rows}


def rotate_key(db: Session, site_id: str) -> Site:
    """The old key is void at once. Errors: `NotFound`."""
    return _change(db, site_id, key=new_site_key())


def set_origins(db: Session, site_id: str, origins: Sequence[str]) -> Site:
    """Errors: `NotFound`."""
    return _change(db, site_id, origins=list(origins))


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
    return Site(row.id, row.name, row.key, tuple(row.origins), row.created_at)


def _stores(site_id: str, name: str) -> Select[tables.Store]:
    return select(tables.Store).where(tables.Store.site_id == site_id, tables.Store.name == name)


def _store(row: tables.Store) -> Store:
    return Store(row.id, row.site_id, row.name, row.live_revision)
