"""The conversations of one visitor of a site, to be given out or erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.types import Ask, Excerpt, token_hash


@dataclass(frozen=True, slots=True)
class Conversation:
    """What copies of a conversation are found by, in the cache and among the streams. `user` is the digest of
    the signed user whose it is; `asked` are its questions with the pages that they were asked on."""

    id: str
    token_hash: bytes
    user: bytes | None
    asked: tuple[Ask, ...]


@read_only
def named(db: Session, site_id: str, *, token: str, user: bytes | None) -> list[Conversation]:
    """The one that the token names, if it is this user's."""
    session = tables.ChatSession
    return _found(
        db, site_id, session.token_hash == token_hash(token), session.user_digest.is_not_distinct_from(user)
    )


@read_only
def of_user(db: Session, site_id: str, *, user: bytes) -> list[Conversation]:
    return _found(db, site_id, tables.ChatSession.user_digest == user)


@read_only
def by_id(db: Session, site_id: str, *, session_id: str) -> list[Conversation]:
    return _found(db, site_id, tables.ChatSession.id == session_id)


@read_only
def by_answer(db: Session, site_id: str, *, message_id: str) -> list[Conversation]:
    """The one in which this answer was given."""
    message = tables.Message
    session_id = select(message.session_id).where(message.site_id == site_id, message.id == message_id)
    return _found(db, site_id, tables.ChatSession.id == session_id.scalar_subquery())


def erase(db: Session, site_id: str, *, session_ids: Sequence[str]) -> int:
    """Erase the conversations with their messages and feedback. Returns how many there were."""
    session = tables.ChatSession
    erased = db.execute(
        delete_rows(session)
        .where(session.site_id == site_id, session.id.in_(session_ids))
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", erased).rowcount


def _found(db: Session, site_id: str, *which: ColumnElement[bool]) -> list[Conversation]:
    session, message = tables.ChatSession, tables.Message
    sessions = db.execute(
        select(session.id, session.token_hash, session.user_digest)
        .where(session.site_id == site_id, *which)
        .order_by(session.created_at, session.id)
    ).all()
    asked: dict[str, list[Ask]] = {row.id: [] for row in sessions}
    rows = db.execute(
        select(
            message.session_id,
            message.text,
            message.page_url,
            message.version,
            message.locale,
            message.excerpt,
            message.excerpt_language,
        )
        .join(session, (session.id == message.session_id) & (session.site_id == message.site_id))
        .where(message.site_id == site_id, message.role == "user", *which)
        .order_by(message.position)
    )
    for session_id, text, page_url, version, locale, excerpt, language in rows:
        about = Excerpt(excerpt, language) if excerpt else None
        asked[session_id].append(Ask(text, page_url=page_url, version=version, locale=locale, excerpt=about))
    return [Conversation(row.id, row.token_hash, row.user_digest, tuple(asked[row.id])) for row in sessions]
