"""What a database holds, as a backup counts it and a restore counts it again; and what a restore corrects.

Only columns that the first migration made are read, so that a database can be backed up before an upgrade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, inspect, select, text, update

from askdocs.db import tables, upgrades
from askdocs.db.database import Session, read_only
from askdocs.db.upgrades import Schema
from askdocs.types import OPEN

_BUILDING = "It was under way when the backup was made."
_NOT_WHOLE = "Its chunks were changed while the backup was made."


@dataclass(frozen=True, slots=True)
class StoreContents:
    """A store and its published revisions. `live` is 0 if none is; `chunks` are those that it shows."""

    site: str
    name: str
    id: str
    live: int
    published: tuple[int, ...]
    chunks: int
    collection: str
    """That of the live revision, "" if there is none."""
    collections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """`rows` are by table."""

    schema: Schema
    rows: Mapping[str, int]
    stores: tuple[StoreContents, ...]


@read_only
def read(db: Session) -> Contents:
    connection = db.connection()
    schema = upgrades.recorded(connection)
    present = set(inspect(connection).get_table_names())
    ours = [name for name in sorted(tables.Base.metadata.tables) if name in present]
    rows = {name: db.scalar(select(func.count()).select_from(text(name))) or 0 for name in ours}
    stores = _stores(db) if schema.migration else ()
    return Contents(schema, rows, stores)


@read_only
def is_empty(db: Session) -> bool:
    """Whether nothing would be lost with the tables: what a start makes by itself does not count."""
    present = set(inspect(db.connection()).get_table_names())
    kept = (tables.Revision, tables.ChatSession, tables.Message, tables.Embedding)
    return not any(
        db.scalar(select(func.count()).select_from(text(table.__tablename__)))
        for table in kept
        if table.__tablename__ in present
    )


@read_only
def published(db: Session) -> dict[str, tuple[int, ...]]:
    """The numbers of the published revisions, by the store's id."""
    found: dict[str, tuple[int, ...]] = {}
    query = select(tables.Revision.store_id, tables.Revision.number).where(
        tables.Revision.state == "published"
    )
    for store_id, number in db.execute(query.order_by(tables.Revision.number)):
        found[store_id] = (*found.get(store_id, ()), number)
    return found


@read_only
def titles(db: Session, store_id: str, *, revision: int) -> list[tuple[str, str]]:
    """Path and title of the documents that a revision shows, those with the most text first."""
    columns = select(tables.Document.path, tables.Document.title).where(*_shown(store_id, revision))
    rows = db.execute(columns.order_by(tables.Document.chunks.desc(), tables.Document.path))
    return [(path, title) for path, title in rows]


@read_only
def addresses(db: Session, store_id: str, *, revision: int) -> dict[str, str]:
    """The documents' URLs by path."""
    columns = select(tables.Document.path, tables.Document.url).where(*_shown(store_id, revision))
    return {row.path: row.url for row in db.execute(columns)}


def keep_whole(db: Session, store_id: str, *, oldest: int, newest: int) -> None:
    """Keep the published revisions from `oldest` to `newest`, whose chunks are all there, and end builds.

    What came before is forgotten as by a sweep, what came after as by an undo.
    """
    revisions, documents = tables.Revision.store_id == store_id, tables.Document.store_id == store_id
    db.execute(
        update(tables.Revision)
        .where(revisions, tables.Revision.state == "building")
        .values(state="failed", owner="", error=_BUILDING)
    )
    db.execute(
        update(tables.Revision)
        .where(revisions, tables.Revision.number > newest, tables.Revision.state == "published")
        .values(state="failed", error=_NOT_WHOLE, statistics=None)
    )
    db.execute(delete(tables.Revision).where(revisions, tables.Revision.number < oldest))
    db.execute(delete(tables.Document).where(documents, tables.Document.from_rev > newest))
    db.execute(delete(tables.Document).where(documents, tables.Document.to_rev < oldest))
    db.execute(
        update(tables.Document)
        .where(documents, tables.Document.to_rev >= newest, tables.Document.to_rev < OPEN)
        .values(to_rev=OPEN)
    )


def rename_collections(db: Session, names: Mapping[str, str]) -> None:
    """Give the collections other names, as where vectors are restored beside those that they come from."""
    for store in db.scalars(select(tables.Store)):
        store.collections = [names.get(name, name) for name in store.collections]
    for old, new in names.items():
        renamed = update(tables.Revision).where(tables.Revision.collection == old)
        db.execute(renamed.values(collection=new))


def _stores(db: Session) -> tuple[StoreContents, ...]:
    numbers = published(db)
    found = []
    columns = select(
        tables.Site.name.label("site"),
        tables.Store.name,
        tables.Store.id,
        tables.Store.live_revision,
        tables.Store.collections,
    )
    for row in db.execute(columns.join(tables.Store, tables.Store.site_id == tables.Site.id)).all():
        live = row.live_revision or 0
        found.append(
            StoreContents(
                site=row.site,
                name=row.name,
                id=row.id,
                live=live,
                published=numbers.get(row.id, ()),
                chunks=_chunks(db, row.id, live),
                collection=_collection(db, row.id, live),
                collections=tuple(row.collections),
            )
        )
    return tuple(sorted(found, key=lambda store: (store.site, store.name)))


def _chunks(db: Session, store_id: str, live: int) -> int:
    return db.scalar(select(func.sum(tables.Document.chunks)).where(*_shown(store_id, live))) or 0


def _shown(store_id: str, revision: int) -> tuple[Any, ...]:
    return (
        tables.Document.store_id == store_id,
        tables.Document.from_rev <= revision,
        tables.Document.to_rev >= revision,
    )


def _collection(db: Session, store_id: str, live: int) -> str:
    one = (tables.Revision.store_id == store_id, tables.Revision.number == live)
    return db.scalar(select(tables.Revision.collection).where(*one)) or ""
