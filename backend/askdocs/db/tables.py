"""The tables. Queries live in the module that is named for their subject."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, deferred, mapped_column

from askdocs.db.columns import CleanJson, CleanText, Moment
from askdocs.types import OPEN

HEAD = "0009"
"""The migration that makes these tables; a test holds the two together."""

_IS_STREAMING = text("status = 'streaming'")
_IS_SIGNED = text("user_digest IS NOT NULL")


def new_id() -> str:
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it as an instance variable
        str: CleanText(),
        datetime: Moment(),
        date: Date(),
        bytes: LargeBinary(),
        dict[str, Any]: CleanJson(),
        list[str]: CleanJson(),
        list[Any]: CleanJson(),
    }


class Site(Base):
    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    origins: Mapped[list[str]]
    created_at: Mapped[datetime]


class Store(Base):
    """`live_revision` is the pointer that publishing and rolling back move. `collections` remembers every
    collection that may hold chunks of the store, since revisions that name them are swept."""

    __tablename__ = "stores"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    name: Mapped[str]
    live_revision: Mapped[int | None]
    collections: Mapped[list[str]]

    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        # What belongs to a store refers to both columns, so that no row can name another site's store.
        UniqueConstraint("site_id", "id"),
    )


def _store_of_site() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["site_id", "store_id"], ["stores.site_id", "stores.id"], ondelete="CASCADE")


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
        _store_of_site(),
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
        _store_of_site(),
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


class UserKey(Base):
    """With which a host application signs tokens about its users. `public_key` is PEM, "" for HS256, whose
    secret is derived and not kept."""

    __tablename__ = "user_keys"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    kid: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    public_key: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class ChatSession(Base):
    """`token_hash` is the SHA-256 of the capability that names the session; the token itself is not kept.
    `user_digest` is that of the signed user to whom it belongs, null where nobody signed for its reader."""

    __tablename__ = "chat_sessions"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes]
    user_digest: Mapped[bytes | None]
    turns: Mapped[int]
    created_at: Mapped[datetime]
    active_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        UniqueConstraint("site_id", "token_hash"),
        UniqueConstraint("site_id", "id"),
        Index(
            "ix_chat_sessions_site_id_user_digest",
            "site_id",
            "user_digest",
            postgresql_where=_IS_SIGNED,
            sqlite_where=_IS_SIGNED,
        ),
    )


class Message(Base):
    """What a reader asked (`role` user) or was answered (`role` assistant, `reply_to` its question).

    `excerpt` is what a question is about, "" for none. `replaced_by` is the answer to the question that the
    reader asked in the place of this one: both messages of such an exchange name it.
    """

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[str]
    session_id: Mapped[str]
    position: Mapped[int]
    role: Mapped[str]
    text: Mapped[str]
    reply_to: Mapped[str | None]
    status: Mapped[str | None]
    mode: Mapped[str | None]
    confidence: Mapped[float | None]
    citations: Mapped[list[Any]] = mapped_column(default=list)
    sources: Mapped[list[Any]] = mapped_column(default=list)
    usage: Mapped[dict[str, Any]] = mapped_column(default=dict)
    timings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    release: Mapped[dict[str, Any]] = mapped_column(default=dict)
    model: Mapped[str] = mapped_column(default="")
    page_url: Mapped[str] = mapped_column(default="")
    page_title: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="")
    excerpt: Mapped[str] = mapped_column(server_default="")
    excerpt_language: Mapped[str] = mapped_column(server_default="")
    replaced_by: Mapped[str | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "session_id"], ["chat_sessions.site_id", "chat_sessions.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("session_id", "position"),
        UniqueConstraint("site_id", "id"),
        Index("ix_messages_site_id_status_created_at", "site_id", "status", "created_at"),
        Index(
            "ix_messages_streaming",
            "created_at",
            postgresql_where=_IS_STREAMING,
            sqlite_where=_IS_STREAMING,
        ),
    )


class Feedback(Base):
    """A reader's vote on one answer; a later vote replaces it."""

    __tablename__ = "feedback"

    message_id: Mapped[str] = mapped_column(primary_key=True)
    site_id: Mapped[str]
    vote: Mapped[str]
    reason: Mapped[str | None]
    comment: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "message_id"], ["messages.site_id", "messages.id"], ondelete="CASCADE"
        ),
        Index("ix_feedback_site_id_created_at", "site_id", "created_at"),
    )


class Pin(Base):
    """An answer that people reviewed, to questions in several wordings. `sources` are the sections that it
    cites, in the order of its marks, each with what it was when they did."""

    __tablename__ = "pins"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    questions: Mapped[list[str]]
    text: Mapped[str]
    sources: Mapped[list[Any]]
    citations: Mapped[list[Any]]
    version: Mapped[str]
    locale: Mapped[str]
    reviewed_on: Mapped[date]
    reviewed_by: Mapped[str]
    created_at: Mapped[datetime]


class Embedding(Base):
    """A vector that was computed before: float32, little-endian. `hash` is that of the embedded text.

    `used_on` is the last day, in UTC, on which an index run asked for it.
    """

    __tablename__ = "embeddings"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(primary_key=True)
    vector: Mapped[bytes]
    used_on: Mapped[date] = mapped_column(server_default=func.current_date(), index=True)


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

    __table_args__ = (_store_of_site(),)


class Calibration(Base):
    """What an evaluation with so many `questions` made of the embeddings with this fingerprint, which is the
    name of their collection. `fitted` is of the shape that `schema_number` says."""

    __tablename__ = "calibrations"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    schema_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fitted: Mapped[dict[str, Any]]
    questions: Mapped[int]
    created_at: Mapped[datetime]


class SchemaInfo(Base):
    """One row: the migration that these tables are at, the oldest one whose program may use them as well, and
    the version of the program that made them."""

    __tablename__ = "schema_info"

    migration: Mapped[str] = mapped_column(primary_key=True)
    compatible_from: Mapped[str]
    program: Mapped[str]
