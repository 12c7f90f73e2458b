"""Answers that people reviewed, to be given to whoever asks one of their questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import delete, select, update
from sqlalchemy.engine import CursorResult

from askdocs.db import documents, tables
from askdocs.db.database import Session, read_only
from askdocs.text import codec
from askdocs.types import Citation


@dataclass(frozen=True, slots=True)
class PinnedSource:
    """A section that an answer cites: what leads there, and the content hashes of section and page that were
    reviewed."""

    path: str
    anchor: str
    url: str
    title: str
    heading: tuple[str, ...]
    section_hash: str
    page_hash: str


@dataclass(frozen=True, slots=True)
class PinContent:
    """`questions` are wordings of one question. `citations` belong to the marks of `text`, and mark n cites
    `sources[n - 1]`. A version or locale of "" stands for all."""

    questions: tuple[str, ...]
    text: str
    sources: tuple[PinnedSource, ...]
    citations: tuple[Citation, ...]
    version: str
    locale: str
    reviewed_on: date
    reviewed_by: str


@dataclass(frozen=True, slots=True)
class Pin:
    """`changed` are the cited sections, as path#anchor, that are no longer what was reviewed: it is suspended
    as long as there are any."""

    id: str
    content: PinContent
    changed: tuple[str, ...]


def add(db: Session, site_id: str, *, content: PinContent, now: datetime) -> str:
    """Returns the id."""
    row = tables.Pin(site_id=site_id, created_at=now, **_columns(content))
    db.add(row)
    db.flush()
    return row.id


def replace(db: Session, site_id: str, *, pin_id: str, content: PinContent) -> bool:
    """False if the site has no such pin."""
    return _touched(db, update(tables.Pin).where(*_of(site_id, pin_id)).values(**_columns(content)))


def remove(db: Session, site_id: str, *, pin_id: str) -> bool:
    """False if the site has no such pin."""
    return _touched(db, delete(tables.Pin).where(*_of(site_id, pin_id)))


@read_only
def listing(db: Session, site_id: str, *, store_id: str, revision: int) -> list[Pin]:
    """All of a site's pins, oldest first, held against what a revision shows."""
    rows = db.scalars(
        select(tables.Pin).where(tables.Pin.site_id == site_id).order_by(tables.Pin.created_at, tables.Pin.id)
    ).all()
    contents = {row.id: _content(row) for row in rows}
    paths = sorted({source.path for content in contents.values() for source in content.sources})
    pages = documents.find(db, site_id, store_id=store_id, revision=revision, paths=paths) if paths else {}
    return [Pin(pin_id, content, _changed(content, pages)) for pin_id, content in contents.items()]


def _changed(content: PinContent, pages: Mapping[str, documents.Document]) -> tuple[str, ...]:
    return tuple(
        f"{source.path}#{source.anchor}" if source.anchor else source.path
        for source in content.sources
        if not _is_as_reviewed(source, pages.get(source.path))
    )


def _is_as_reviewed(source: PinnedSource, page: documents.Document | None) -> bool:
    if page is None:
        return False
    return source.page_hash == page.content_hash or source.section_hash == page.hash_of(source.anchor)


def _columns(content: PinContent) -> dict[str, Any]:
    sources = [asdict(source) for source in content.sources]
    return {
        "questions": list(content.questions),
        "text": content.text,
        "sources": sources,
        "citations": [asdict(citation) for citation in content.citations],
        "version": content.version,
        "locale": content.locale,
        "reviewed_on": content.reviewed_on,
        "reviewed_by": content.reviewed_by,
    }


def _content(row: tables.Pin) -> PinContent:
    return PinContent(
        questions=tuple(row.questions),
        text=row.text,
        sources=tuple(map(_source, row.sources)),
        citations=tuple(codec.decode_citation(citation) for citation in row.citations),
        version=row.version,
        locale=row.locale,
        reviewed_on=row.reviewed_on,
        reviewed_by=row.reviewed_by,
    )


def _source(stored: Mapping[str, Any]) -> PinnedSource:
    return PinnedSource(
        path=stored["path"],
        anchor=stored["anchor"],
        url=stored["url"],
        title=stored["title"],
        heading=tuple(stored["heading"]),
        section_hash=stored["section_hash"],
        page_hash=stored["page_hash"],
    )


def _of(site_id: str, pin_id: str) -> tuple[Any, ...]:
    return tables.Pin.site_id == site_id, tables.Pin.id == pin_id


def _touched(db: Session, statement: Any) -> bool:
    return cast("CursorResult[Any]", db.execute(statement)).rowcount > 0
