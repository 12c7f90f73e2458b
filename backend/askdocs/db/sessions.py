"""Chat sessions. A session is named by a token that only its reader holds.

`user` is the digest of the signed user who asks, None for a reader for whom nobody has signed. A session of
somebody else is as good as none, whoever holds its token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, bindparam, func, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert_for
from askdocs.types import token_hash


@dataclass(frozen=True, slots=True)
class ChatSession:
    """`turns` counts the questions asked so far, the one being answered included."""

    id: str
    turns: int
    created_at: datetime
    active_at: datetime


@dataclass(frozen=True, slots=True)
class UserSession:
    """A conversation in a signed user's history. `questions` counts those that were not replaced."""

    id: str
    created_at: datetime
    active_at: datetime
    questions: int
    last_question: str


_COLUMNS = (
    tables.ChatSession.id,
    tables.ChatSession.turns,
    tables.ChatSession.created_at,
    tables.ChatSession.active_at,
)


def touch(db: Session, site_id: str, *, token: str, now: datetime, user: bytes | None = None) -> ChatSession:
    """The session of this token with one more turn, created for the user when it is new.

    Its row stays locked, so that its turns take turns.
    """
    connection = db.connection()  # which spends a third of what a Session does on each statement
    named = {"site_id": site_id, "token_hash": token_hash(token), "user_digest": user, "now": now}
    return ChatSession(*connection.execute(_touching(connection.dialect.name), named).one())


@read_only
def exists(db: Session, site_id: str, *, token: str, user: bytes | None = None) -> bool:
    return db.scalar(select(tables.ChatSession.id).where(*_named(site_id, token, user))) is not None


@read_only
def find(db: Session, site_id: str, *, token: str, user: bytes | None = None) -> ChatSession | None:
    row = db.execute(select(*_COLUMNS).where(*_named(site_id, token, user))).one_or_none()
    return ChatSession(*row) if row else None


@read_only
def find_of_user(db: Session, site_id: str, *, user: bytes, session_id: str) -> ChatSession | None:
    row = db.execute(
        select(*_COLUMNS).where(*_of_user(site_id, user), tables.ChatSession.id == session_id)
    ).one_or_none()
    return ChatSession(*row) if row else None


@read_only
def by_id(db: Session, site_id: str, *, session_id: str) -> ChatSession | None:
    session = tables.ChatSession
    row = db.execute(
        select(*_COLUMNS).where(session.site_id == site_id, session.id == session_id)
    ).one_or_none()
    return ChatSession(*row) if row else None


@read_only
def listing(db: Session, site_id: str, *, user: bytes, limit: int) -> list[UserSession]:
    """The user's conversations, the one asked in last first."""
    session, message = tables.ChatSession, tables.Message
    asked = (message.site_id == site_id, message.session_id == session.id, message.role == "user")
    counted = select(func.count()).where(*asked, message.replaced_by.is_(None)).scalar_subquery()
    last = select(message.text).where(*asked).order_by(message.position.desc()).limit(1).scalar_subquery()
    rows = db.execute(
        select(session.id, session.created_at, session.active_at, counted, last)
        .where(*_of_user(site_id, user))
        .order_by(session.active_at.desc(), session.id)
        .limit(limit)
    )
    return [UserSession(*row) for row in rows]


def marks(db: Session, site_id: str, *, token: str) -> Mapping[str, Sequence[str]]:
    """The digests by which the session knows masked values again, by kind. Its row stays locked."""
    asked = select(tables.ChatSession.marks).where(
        tables.ChatSession.site_id == site_id, tables.ChatSession.token_hash == token_hash(token)
    )
    return db.scalar(asked.with_for_update()) or {}


def keep_marks(db: Session, site_id: str, *, token: str, marks: Mapping[str, Sequence[str]]) -> None:
    db.execute(
        update(tables.ChatSession)
        .where(tables.ChatSession.site_id == site_id, tables.ChatSession.token_hash == token_hash(token))
        .values(marks=dict(marks))
        .execution_options(synchronize_session=False)
    )


def sweep(
    db: Session, *, older_than: datetime, most: int, only: Sequence[str] = (), but: Sequence[str] = ()
) -> int:
    """Erase up to `most` sessions in which nothing was asked since then, of all sites `but` these, or `only`
    of these. Returns how many.

    One that is being asked in, or swept by another process, is passed over.
    """
    site_id = tables.ChatSession.site_id
    of_sites = [site_id.in_(only)] * bool(only) + [site_id.not_in(but)] * bool(but)
    old = (
        select(tables.ChatSession.id)
        .where(tables.ChatSession.active_at < older_than, *of_sites)
        .order_by(tables.ChatSession.active_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    erased = db.execute(
        delete_rows(tables.ChatSession)
        .where(tables.ChatSession.id.in_(old))
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", erased).rowcount


def _named(site_id: str, token: str, user: bytes | None) -> tuple[Any, ...]:
    return (
        tables.ChatSession.site_id == site_id,
        tables.ChatSession.token_hash == token_hash(token),
        tables.ChatSession.user_digest.is_not_distinct_from(user),
    )


def _of_user(site_id: str, user: bytes) -> tuple[Any, Any]:
    return tables.ChatSession.site_id == site_id, tables.ChatSession.user_digest == user


@cache
def _touching(dialect: str) -> Executable:
    one = insert_for(dialect, tables.ChatSession).values(
        site_id=bindparam("site_id"),
        token_hash=bindparam("token_hash"),
        user_digest=bindparam("user_digest"),
        turns=1,
        created_at=bindparam("now"),
        active_at=bindparam("now"),
    )
    return one.on_conflict_do_update(
        index_elements=["site_id", "token_hash"],
        set_={"turns": tables.ChatSession.turns + 1, "active_at": one.excluded.active_at},
    ).returning(*_COLUMNS)
