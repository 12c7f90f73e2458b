"""Chat sessions. A session is named by a token that only its reader holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, bindparam, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert_for


@dataclass(frozen=True, slots=True)
class ChatSession:
    """`turns` counts the questions asked so far, the one being answered included."""

    id: str
    turns: int
    created_at: datetime
    active_at: datetime


_COLUMNS = (
    tables.ChatSession.id,
    tables.ChatSession.turns,
    tables.ChatSession.created_at,
    tables.ChatSession.active_at,
)


def touch(db: Session, site_id: str, *, token: str, now: datetime) -> ChatSession:
    """The session of this token with one more turn, created when it is new.

    Its row stays locked, so that its turns take turns.
    """
    connection = db.connection()  # which spends a third of what a Session does on each statement
    named = {"site_id": site_id, "token_hash": _hash(token), "now": now}
    return ChatSession(*connection.execute(_touching(connection.dialect.name), named).one())


@read_only
def exists(db: Session, site_id: str, *, token: str) -> bool:
    return db.scalar(select(tables.ChatSession.id).where(*_named(site_id, token))) is not None


@read_only
def find(db: Session, site_id: str, *, token: str) -> ChatSession | None:
    row = db.execute(select(*_COLUMNS).where(*_named(site_id, token))).one_or_none()
    return ChatSession(*row) if row else None


def delete(db: Session, site_id: str, *, token: str) -> bool:
    """Erase the session with its messages and their feedback; False if there is none."""
    erased = db.execute(delete_rows(tables.ChatSession).where(*_named(site_id, token)))
    return cast("CursorResult[Any]", erased).rowcount > 0


def sweep(db: Session, *, older_than: datetime, most: int) -> int:
    """Erase up to `most` sessions, of all sites, in which nothing was asked since then. Returns how many.

    One that is being asked in, or swept by another process, is passed over.
    """
    old = (
        select(tables.ChatSession.id)
        .where(tables.ChatSession.active_at < older_than)
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


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _named(site_id: str, token: str) -> tuple[Any, Any]:
    return tables.ChatSession.site_id == site_id, tables.ChatSession.token_hash == _hash(token)


@cache
def _touching(dialect: str) -> Executable:
    one = insert_for(dialect, tables.ChatSession).values(
        site_id=bindparam("site_id"),
        token_hash=bindparam("token_hash"),
        turns=1,
        created_at=bindparam("now"),
        active_at=bindparam("now"),
    )
    return one.on_conflict_do_update(
        index_elements=["site_id", "token_hash"],
        set_={"turns": tables.ChatSession.turns + 1, "active_at": one.excluded.active_at},
    ).returning(*_COLUMNS)
