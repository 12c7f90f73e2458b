"""What readers ask, what they are answered, and how they and the site's people judge it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from askdocs.db.tables.base import Base, new_id

_IS_STREAMING = text("status = 'streaming'")
_IS_SIGNED = text("user_digest IS NOT NULL")


class ChatSession(Base):
    """`token_hash` is the SHA-256 of the capability that names the session; the token itself is not kept.
    `user_digest` is that of the signed user to whom it belongs, null where nobody signed for its reader.
    `marks` are digests of what was masked, by kind, so that it has the same mark when it comes again."""

    __tablename__ = "chat_sessions"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes]
    user_digest: Mapped[bytes | None]
    turns: Mapped[int]
    created_at: Mapped[datetime]
    active_at: Mapped[datetime] = mapped_column(index=True)
    marks: Mapped[dict[str, Any] | None]

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
