"""The documents of a store, as one of its revisions shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import batches

_PATHS = 500


@read_only
def hashes(
    db: Session, site_id: str, *, store_id: str, revision: int, paths: Sequence[str] | None = None
) -> dict[str, str]:
    """Content hash by path of the documents that the revision shows, of all or of those at `paths`."""
    visible = select(tables.Document.path, tables.Document.content_hash).where(
        *_visible(site_id, store_id, revision)
    )
    chosen = (
        [visible]
        if paths is None
        else [visible.where(tables.Document.path.in_(batch)) for batch in batches(paths, _PATHS)]
    )
    return {row.path: row.content_hash for query in chosen for row in db.execute(query)}


@dataclass(frozen=True, slots=True)
class Listed:
    """What a comparison needs of a document."""

    content_hash: str
    source: str
    url: str
    version: str
    locale: str


@read_only
def listing(db: Session, site_id: str, *, store_id: str, revision: int) -> dict[str, Listed]:
    """All documents that the revision shows, by path."""
    row = tables.Document
    columns = select(row.path, row.content_hash, row.source, row.url, row.version, row.locale)
    found = db.execute(columns.where(*_visible(site_id, store_id, revision)))
    return {path: Listed(*rest) for path, *rest in found}


@read_only
def chunk_count(
    db: Session, site_id: str, *, store_id: str, revision: int, without: Sequence[str] = ()
) -> int:
    """Chunks of the documents that the revision shows, those of the paths `without` left out."""
    total = select(func.sum(tables.Document.chunks)).where(*_visible(site_id, store_id, revision))
    count = db.scalar(total) or 0
    for batch in batches(without, _PATHS):
        count -= db.scalar(total.where(tables.Document.path.in_(batch))) or 0
    return count


@read_only
def terms(
    db: Session, site_id: str, *, store_id: str, revision: int, paths: Sequence[str]
) -> dict[str, bytes]:
    """What each of these documents added to the statistics, without those that the revision does not show."""
    found: dict[str, bytes] = {}
    columns = select(tables.Document.path, tables.Document.terms)
    for batch in batches(paths, _PATHS):
        visible = columns.where(*_visible(site_id, store_id, revision), tables.Document.path.in_(batch))
        found.update((path, content) for path, content in db.execute(visible))
    return found


@dataclass(frozen=True, slots=True)
class Document:
    """A page as a revision shows it. `sections` holds number and content hash of each by its anchor; it is
    None where an older program wrote the page, and says nothing of them."""

    path: str
    url: str
    title: str
    content_hash: str
    sections: Mapping[str, Sequence[Any]] | None

    def hash_of(self, anchor: str) -> str:
        """That of a section; that of the whole page where sections are not known, "" for one that is gone."""
        if self.sections is None:
            return self.content_hash
        return str(self.sections[anchor][1]) if anchor in self.sections else ""


@read_only
def find(
    db: Session, site_id: str, *, store_id: str, revision: int, paths: Sequence[str]
) -> dict[str, Document]:
    """The documents at these paths, without those that the revision does not show."""
    row = tables.Document
    columns = select(row.path, row.url, row.title, row.content_hash, row.sections)
    found: dict[str, Document] = {}
    for batch in batches(paths, _PATHS):
        visible = columns.where(*_visible(site_id, store_id, revision), row.path.in_(batch))
        found.update((one.path, Document(*one)) for one in db.execute(visible))
    return found


def _visible(site_id: str, store_id: str, revision: int) -> tuple[Any, ...]:
    return (
        tables.Document.site_id == site_id,
        tables.Document.store_id == store_id,
        tables.Document.from_rev <= revision,
        tables.Document.to_rev >= revision,
    )
