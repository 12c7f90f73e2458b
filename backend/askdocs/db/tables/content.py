"""What is published of a store, and what is kept of how it came about."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, func, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from askdocs.db.tables.base import Base
from askdocs.db.tables.sites import store_of_site
from askdocs.types import OPEN


class Revision(Base):
    """A `building` row is the publisher's lease: `owner` holds it as long as `heartbeat_at` is younger than
    `lease_seconds` by the database's clock. `base` is the revision that was live when it began. A failed row
    keeps its owner until that has stopped."""

    __tablename__ = "revisions"

    store_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site_id: Mapped[str]
    state: Mapped[str]
    base: Mapped[int | None]
    collection: Mapped[str]
    model: Mapped[str]
    dimensions: Mapped[int]
    source: Mapped[str]
    owner: Mapped[str]
    heartbeat_at: Mapped[datetime]
    lease_seconds: Mapped[float]
    default_version: Mapped[str] = mapped_column(default="")
    default_locale: Mapped[str] = mapped_column(default="")
    versions: Mapped[list[str]] = mapped_column(default=list)
    locales: Mapped[list[str]] = mapped_column(default=list)
    pages: Mapped[int] = mapped_column(default=0)
    chunks: Mapped[int] = mapped_column(default=0)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    sources: Mapped[dict[str, Any] | None]
    """As `published_sources` reads it; null if an older program wrote the row."""
    statistics: Mapped[bytes | None] = deferred(mapped_column(LargeBinary()))

    __table_args__ = (
        store_of_site(),
        Index(
            "uq_revisions_building",
            "store_id",
            unique=True,
            postgresql_where=text("state = 'building'"),
            sqlite_where=text("state = 'building'"),
        ),
    )


class Document(Base):
    """A page as it was from revision `from_rev` to revision `to_rev`, both included."""

    __tablename__ = "documents"

    store_id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    from_rev: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    to_rev: Mapped[int]
    site_id: Mapped[str]
    url: Mapped[str]
    title: Mapped[str]
    version: Mapped[str]
    locale: Mapped[str]
    content_hash: Mapped[str]
    sections: Mapped[dict[str, Any] | None]
    """Number and content hash of each section by its anchor; null if an older program wrote the row."""
    chunks: Mapped[int]
    terms: Mapped[bytes]
    source: Mapped[str] = mapped_column(server_default="")
    """Its name; "" for one without, which is all that an older program knows."""

    __table_args__ = (
        store_of_site(),
        Index("ix_documents_store_id_to_rev", "store_id", "to_rev"),
        Index(
            "uq_documents_open",
            "store_id",
            "path",
            unique=True,
            postgresql_where=text(f"to_rev = {OPEN}"),
            sqlite_where=text(f"to_rev = {OPEN}"),
        ),
    )


class Reading(Base):
    """What the sources of these names were read from when a run read them all, and what was found wrong, in
    the form that `schema_number` says. `pages` is a digest of what the revision had of them afterwards."""

    __tablename__ = "readings"

    store_id: Mapped[str] = mapped_column(primary_key=True)
    sources: Mapped[str] = mapped_column(primary_key=True)
    schema_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site_id: Mapped[str]
    pages: Mapped[str]
    content: Mapped[bytes]

    __table_args__ = (store_of_site(),)


class Embedding(Base):
    """A vector that was computed before: float32, little-endian. `hash` is that of the embedded text.

    `used_on` is the last day, in UTC, on which an index run asked for it.
    """

    __tablename__ = "embeddings"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    vector: Mapped[bytes]
    used_on: Mapped[date] = mapped_column(server_default=func.current_date(), index=True)


class Calibration(Base):
    """What an evaluation with so many `questions` made of the embeddings with this fingerprint, which is the
    name of their collection. `fitted` is of the shape that `schema_number` says."""

    __tablename__ = "calibrations"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    schema_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fitted: Mapped[dict[str, Any]]
    questions: Mapped[int]
    created_at: Mapped[datetime]
