"""Chat sessions and their messages. A session is named by a token that only its reader holds.

An answer is stored twice: `open_turn` reserves it before the first word is sent, `close_turn` fills it in.
No transaction stays open in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import delete as delete_rows
from sqlalchemy import insert as insert_rows
from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import aliased

from askdocs.db import tables
from askdocs.db.engine import Session, reads
from askdocs.db.statements import insert
from askdocs.types import AnswerStatus, Ask, Citation, Turn


@dataclass(frozen=True, slots=True)
class ChatSession:
    """`turns` counts the questions asked so far, the one being answered included."""

    id: str
    turns: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What is kept of an answer. `sources`, `usage`, `timings` and `release` are JSON values."""

    text: str
    status: AnswerStatus
    mode: Literal["model", "extractive", "none"]
    confidence: float
    citations: Sequence[Citation] = ()
    sources: Sequence[Mapping[str, Any]] = ()
    usage: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, Any] = field(default_factory=dict)
    release: Mapping[str, Any] = field(default_factory=dict)
    model: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    vote: Literal["up", "down"]
    reason: str | None
    comment: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """`status` is None for a reader's message, `streaming` for an answer that is not closed yet."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    status: AnswerStatus | Literal["streaming"] | None
    mode: Literal["model", "extractive", "none"] | None
    confidence: float | None
    citations: tuple[Citation, ...]
    sources: tuple[Mapping[str, Any], ...]
    created_at: datetime
    feedback: Vote | None


@dataclass(frozen=True, slots=True)
class ChatSessionLog:
    id: str
    created_at: datetime
    active_at: datetime
    messages: tuple[LoggedMessage, ...]


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    message_id: str
    question: str
    page_url: str
    version: str
    locale: str
    asked_at: datetime


def open_turn(
    db: Session,
    site_id: str,
    *,
    token: str,
    question: str,
    answer_id: str,
    question_id: str,
    ask: Ask,
    now: datetime,
    history_turns: int,
) -> tuple[ChatSession, list[Turn]]:
    """Store the question and reserve its answer; the session is created when the token is new.

    Returns the last answered turns before this one too, oldest first.
    """
    session = _touch(db, site_id, token, now)
    common = {
        "site_id": site_id,
        "session_id": session.id,
        "page_url": ask.page_url,
        "page_title": ask.page_title,
        "version": ask.version,
        "locale": ask.locale,
        "created_at": now,
    }
    position = 2 * session.turns
    asked = {"id": question_id, "position": position - 1, "role": "user", "text": question}
    answer = {"id": answer_id, "position": position, "role": "assistant", "text": ""}
    db.execute(
        insert_rows(tables.Message),
        [
            {**common, **asked, "reply_to": None, "status": None},
            {**common, **answer, "reply_to": question_id, "status": "streaming"},
        ],
    )
    return session, _history(db, site_id, session, history_turns)


def close_turn(db: Session, site_id: str, *, message_id: str, record: AnswerRecord, now: datetime) -> None:
    """Fill in the answer that `open_turn` reserved. One that is closed, or erased, stays so."""
    db.execute(
        update(tables.Message)
        .where(tables.Message.site_id == site_id, tables.Message.id == message_id)
        .where(tables.Message.status == "streaming")
        .values(
            text=record.text,
            status=record.status,
            mode=record.mode,
            confidence=record.confidence,
            citations=[asdict(citation) for citation in record.citations],
            sources=[dict(source) for source in record.sources],
            usage=dict(record.usage),
            timings=dict(record.timings),
            release=dict(record.release),
            model=record.model,
            closed_at=now,
        )
    )


@reads
def exists(db: Session, site_id: str, *, token: str) -> bool:
    return db.scalar(select(tables.ChatSession.id).where(*_named(site_id, token))) is not None


@reads
def read(db: Session, site_id: str, *, token: str) -> ChatSessionLog | None:
    found = db.scalars(select(tables.ChatSession).where(*_named(site_id, token))).one_or_none()
    if found is None:
        return None
    rows = db.execute(
        select(tables.Message, tables.Feedback)
        .outerjoin(tables.Feedback, tables.Feedback.message_id == tables.Message.id)
        .where(tables.Message.site_id == site_id, tables.Message.session_id == found.id)
        .order_by(tables.Message.position)
    )
    messages = tuple(_logged(message, vote) for message, vote in rows)
    return ChatSessionLog(found.id, found.created_at, found.active_at, messages)


def delete(db: Session, site_id: str, *, token: str) -> bool:
    """Erase the session with its messages and their feedback; False if there is none."""
    erased = db.execute(delete_rows(tables.ChatSession).where(*_named(site_id, token)))
    return cast("CursorResult[Any]", erased).rowcount > 0


def sweep(db: Session, *, older_than: datetime) -> int:
    """Erase the sessions, of all sites, in which nothing was asked since then. Returns how many."""
    erased = db.execute(delete_rows(tables.ChatSession).where(tables.ChatSession.active_at < older_than))
    return cast("CursorResult[Any]", erased).rowcount


def abandon(db: Session, *, older_than: datetime) -> int:
    """Close as failed the answers, of all sites, that a process which died left open. Returns how many."""
    closed = db.execute(
        update(tables.Message)
        .where(tables.Message.status == "streaming", tables.Message.created_at < older_than)
        .values(status="failed", closed_at=older_than)
    )
    return cast("CursorResult[Any]", closed).rowcount


@reads
def unanswered(db: Session, site_id: str, *, since: datetime, limit: int) -> list[UnansweredQuestion]:
    """Questions that the docs did not answer, newest first."""
    answer, question = tables.Message, aliased(tables.Message)
    rows = db.execute(
        select(answer.id, question.text, answer.page_url, answer.version, answer.locale, answer.created_at)
        .join(question, (question.id == answer.reply_to) & (question.site_id == answer.site_id))
        .where(answer.site_id == site_id, answer.status == "unanswered", answer.created_at >= since)
        .order_by(answer.created_at.desc(), answer.id)
        .limit(limit)
    )
    return [UnansweredQuestion(*row) for row in rows]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _named(site_id: str, token: str) -> tuple[Any, Any]:
    return tables.ChatSession.site_id == site_id, tables.ChatSession.token_hash == _hash(token)


def _touch(db: Session, site_id: str, token: str, now: datetime) -> ChatSession:
    """The session, created or counted up. Its row stays locked, so that turns of one session take turns."""
    one = insert(db, tables.ChatSession).values(
        site_id=site_id, token_hash=_hash(token), turns=1, created_at=now, active_at=now
    )
    row = db.execute(
        one.on_conflict_do_update(
            index_elements=["site_id", "token_hash"],
            set_={"turns": tables.ChatSession.turns + 1, "active_at": one.excluded.active_at},
        ).returning(tables.ChatSession.id, tables.ChatSession.turns, tables.ChatSession.created_at)
    ).one()
    return ChatSession(*row)


def _history(db: Session, site_id: str, session: ChatSession, limit: int) -> list[Turn]:
    if session.turns == 1 or limit < 1:
        return []
    answer, question = tables.Message, aliased(tables.Message)
    rows = db.execute(
        select(question.text, answer.text)
        .join(question, (question.id == answer.reply_to) & (question.site_id == answer.site_id))
        .where(answer.site_id == site_id, answer.session_id == session.id, answer.status == "answered")
        .order_by(answer.position.desc())
        .limit(limit)
    ).all()
    return [Turn(*row) for row in reversed(rows)]


def _logged(message: tables.Message, vote: tables.Feedback | None) -> LoggedMessage:
    return LoggedMessage(
        id=message.id,
        role=cast("Literal['user', 'assistant']", message.role),
        text=message.text,
        status=cast("AnswerStatus | Literal['streaming'] | None", message.status),
        mode=cast("Literal['model', 'extractive', 'none'] | None", message.mode),
        confidence=message.confidence,
        citations=tuple(Citation(**citation) for citation in message.citations),
        sources=tuple(message.sources),
        created_at=message.created_at,
        feedback=_vote(vote) if vote else None,
    )


def _vote(row: tables.Feedback) -> Vote:
    return Vote(cast("Literal['up', 'down']", row.vote), row.reason, row.comment, row.created_at)
