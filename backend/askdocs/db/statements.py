"""What SQLAlchemy's statements lack: one INSERT ... ON CONFLICT for both databases, and batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from askdocs.db.tables import Base

T = TypeVar("T")


def insert(db: Session, table: type[Base]) -> postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which both databases write alike and SQLAlchemy names twice."""
    return insert_for(db.get_bind().dialect.name, table)


def insert_for(dialect: str, table: type[Base]) -> postgresql.Insert:
    if dialect == "sqlite":
        return cast("postgresql.Insert", sqlite.insert(table))
    return postgresql.insert(table)


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Pieces of at most `size` items: a statement has room for some thousands of parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
