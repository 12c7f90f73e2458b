"""The messages of chat sessions: what readers asked and what they were answered.

An answer is stored twice: `open_turn` reserves it before the first word is sent, `close_turn` fills it in.
No transaction stays open in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import Table, bindparam, literal_column, select, update
from sqlalchemy import insert as insert_rows
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import aliased

from askdocs.db import sessions, tables
from askdocs.db.database import Session, read_only
from askdocs.db.sessions import ChatSession
from askdocs.errors import NotTheLastExchange
from askdocs.text import codec
from askdocs.types import AnswerMode, AnswerStatus, Ask, Citation, Excerpt, Turn


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """What is kept of an answer. `sources`, `usage`, `timings` and `release` are JSON values."""

    text: str
    status: AnswerStatus
    mode: AnswerMode
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
    """`status` is None for a reader's message, `streaming` for an answer that is not closed yet.
    `replaced_by` is the answer of the exchange that took the place of this one, None if none did."""

    id: str
    role: Literal["user", "assistant"]
    text: str
    status: AnswerStatus | Literal["streaming"] | None
    mode: AnswerMode | None
    confidence: float | None
    citations: tuple[Citation, ...]
    sources: tuple[Mapping[str, Any], ...]
    created_at: datetime
    feedback: Vote | None
    excerpt: Excerpt | None
    replaced_by: str | None


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
    excerpt: Excerpt | None


_NO_EXCERPT = {"excerpt": "", "excerpt_language": ""}
# What every question runs is put together once: that costs several times what running it does.
_MESSAGES = cast("Table", tables.Message.__table__)
_ADDING = insert_rows(_MESSAGES)
_CLOSING = update(_MESSAGES).where(
    _MESSAGES.c.site_id == bindparam("of_site"),
    _MESSAGES.c.id == bindparam("of_message"),
    _MESSAGES.c.status == "streaming",
)
_QUESTIONS = _MESSAGES.alias()
_EARLIER_TURNS = (
    select(
        _QUESTIONS.c.text,
        _MESSAGES.c.text,
        _MESSAGES.c.citations,
        _QUESTIONS.c.excerpt,
        _QUESTIONS.c.excerpt_language,
    )
    .join(
        _QUESTIONS,
        (_QUESTIONS.c.id == _MESSAGES.c.reply_to) & (_QUESTIONS.c.site_id == _MESSAGES.c.site_id),
    )
    .where(
        _MESSAGES.c.site_id == bindparam("of_site"),
        _MESSAGES.c.session_id == bindparam("of_session"),
        _MESSAGES.c.status == "answered",
        _MESSAGES.c.mode != "greeting",  # "and on Windows?" means what was asked before the thanks
        _MESSAGES.c.replaced_by.is_(None),
    )
    .order_by(_MESSAGES.c.position.desc())
    .limit(bindparam("most"))
)
_REPLACING = (
    update(_MESSAGES)
    .where(
        _MESSAGES.c.site_id == bindparam("of_site"),
        _MESSAGES.c.session_id == bindparam("of_session"),
        _MESSAGES.c.position.in_([bindparam("of_question"), bindparam("of_answer")])
        | (_MESSAGES.c.replaced_by == bindparam("last")),
    )
    .values(replaced_by=bindparam("by"))
)


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

    Returns the last answered turns before this one too, oldest first, without what was replaced. Raises
    `NotTheLastExchange` when `ask` is to replace another one.
    """
    session = sessions.touch(db, site_id, token=token, now=now, user=ask.user)
    connection = db.connection()
    if ask.replaces:
        _replace(db, site_id, session, answer_id=ask.replaces, by=answer_id)
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
    about = ask.excerpt or Excerpt("")
    excerpt = {"excerpt": about.text, "excerpt_language": about.language}
    asked = {"id": question_id, "position": position - 1, "role": "user", "text": question, **excerpt}
    answer = {"id": answer_id, "position": position, "role": "assistant", "text": "", **_NO_EXCERPT}
    rows = [
        {**common, **asked, "reply_to": None, "status": None},
        {**common, **answer, "reply_to": question_id, "status": "streaming"},
    ]
    connection.execute(_ADDING, rows)
    if session.turns == 1 or history_turns < 1:
        return session, []
    earlier = {"of_site": site_id, "of_session": session.id, "most": history_turns}
    rows_before = reversed(connection.execute(_EARLIER_TURNS, earlier).all())
    return session, [
        Turn(asked, said, _cited(citations), _excerpt(text, language))
        for asked, said, citations, text, language in rows_before
    ]


def _replace(db: Session, site_id: str, session: ChatSession, *, answer_id: str, by: str) -> None:
    """Mark the exchange before the one that has just begun, which must be that of this answer, or have
    replaced it: who lost the connection before an answer began sends the same again. What that had replaced
    is then replaced by `by` too."""
    before = 2 * (session.turns - 1)
    of_session = tables.Message.site_id == site_id, tables.Message.session_id == session.id
    last = db.scalar(select(tables.Message.id).where(*of_session, tables.Message.position == before))
    named = select(tables.Message.replaced_by).where(
        *of_session, tables.Message.id == answer_id, tables.Message.role == "assistant"
    )
    if last is None or (answer_id != last and db.scalar(named) != last):
        raise NotTheLastExchange(
            "`replaces` does not name the answer of the last exchange of this session.",
            fix="Send the `messageId` of the session's last answer, or ask without `replaces`.",
        )
    places = {"of_site": site_id, "of_session": session.id, "of_question": before - 1, "of_answer": before}
    db.connection().execute(_REPLACING, {**places, "last": last, "by": by})


def _excerpt(text: str, language: str) -> Excerpt | None:
    return Excerpt(text, language) if text else None


def _cited(citations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The URLs, each once, in the order of the text."""
    return tuple(dict.fromkeys(str(citation.get("url", "")) for citation in citations))


def close_turn(db: Session, site_id: str, *, message_id: str, record: AnswerRecord, now: datetime) -> None:
    """Fill in the answer that `open_turn` reserved. One that is closed, or erased, stays so."""
    values = {
        "text": record.text,
        "status": record.status,
        "mode": record.mode,
        "confidence": record.confidence,
        "citations": [asdict(citation) for citation in record.citations],
        "sources": [dict(source) for source in record.sources],
        "usage": dict(record.usage),
        "timings": dict(record.timings),
        "release": dict(record.release),
        "model": record.model,
        "closed_at": now,
    }
    db.connection().execute(_CLOSING, {"of_site": site_id, "of_message": message_id, **values})


@read_only
def conversation(
    db: Session, site_id: str, *, token: str, user: bytes | None = None
) -> ChatSessionLog | None:
    """The session's messages, in the order in which they were said; None if there is no such session."""
    found = sessions.find(db, site_id, token=token, user=user)
    return _log(db, site_id, found) if found else None


@read_only
def conversation_of_user(db: Session, site_id: str, *, user: bytes, session_id: str) -> ChatSessionLog | None:
    """The same of a session of the user's."""
    found = sessions.find_of_user(db, site_id, user=user, session_id=session_id)
    return _log(db, site_id, found) if found else None


@read_only
def conversation_by_id(db: Session, site_id: str, *, session_id: str) -> ChatSessionLog | None:
    """The same for whoever administers the site, be it a signed user's or not."""
    found = sessions.by_id(db, site_id, session_id=session_id)
    return _log(db, site_id, found) if found else None


def _log(db: Session, site_id: str, found: ChatSession) -> ChatSessionLog:
    rows = db.execute(
        select(tables.Message, tables.Feedback)
        .outerjoin(tables.Feedback, tables.Feedback.message_id == tables.Message.id)
        .where(tables.Message.site_id == site_id, tables.Message.session_id == found.id)
        .order_by(tables.Message.position)
    )
    messages = tuple(_logged(message, vote) for message, vote in rows)
    return ChatSessionLog(found.id, found.created_at, found.active_at, messages)


def abandon(db: Session, *, older_than: datetime, most: int) -> int:
    """Close as failed up to `most` answers, of all sites, that a process which died left open.

    Returns how many. One that another process is closing is passed over.
    """
    open_for_long = (
        select(tables.Message.id)
        # A literal, since SQLite looks at the statement alone when it chooses a partial index.
        .where(tables.Message.status == literal_column("'streaming'"), tables.Message.created_at < older_than)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    closed = db.execute(
        update(tables.Message)
        .where(tables.Message.id.in_(open_for_long))
        .values(status="failed", closed_at=older_than)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", closed).rowcount


@read_only
def unanswered(db: Session, site_id: str, *, since: datetime, limit: int) -> list[UnansweredQuestion]:
    """Questions that the docs did not answer, newest first, without those that were worded anew."""
    answer, question = tables.Message, aliased(tables.Message)
    rows = db.execute(
        select(
            answer.id,
            question.text,
            answer.page_url,
            answer.version,
            answer.locale,
            answer.created_at,
            question.excerpt,
            question.excerpt_language,
        )
        .join(question, (question.id == answer.reply_to) & (question.site_id == answer.site_id))
        .where(
            answer.site_id == site_id,
            answer.status == "unanswered",
            answer.replaced_by.is_(None),
            answer.created_at >= since,
        )
        .order_by(answer.created_at.desc(), answer.id)
        .limit(limit)
    )
    return [UnansweredQuestion(*row[:-2], excerpt=_excerpt(*row[-2:])) for row in rows]


def _logged(message: tables.Message, vote: tables.Feedback | None) -> LoggedMessage:
    return LoggedMessage(
        id=message.id,
        role=cast("Literal['user', 'assistant']", message.role),
        text=message.text,
        status=cast("AnswerStatus | Literal['streaming'] | None", message.status),
        mode=cast("AnswerMode | None", message.mode),
        confidence=message.confidence,
        citations=tuple(codec.decode_citation(citation) for citation in message.citations),
        sources=tuple(message.sources),
        created_at=message.created_at,
        feedback=_vote(vote) if vote else None,
        excerpt=_excerpt(message.excerpt, message.excerpt_language),
        replaced_by=message.replaced_by,
    )


def _vote(row: tables.Feedback) -> Vote:
    return Vote(cast("Literal['up', 'down']", row.vote), row.reason, row.comment, row.created_at)
