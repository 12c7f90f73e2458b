"""Sites, their stores, the keys of their host applications, and what was spent for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from askdocs.db.tables.base import Base, new_id


class Site(Base):
    """`options` are those that were set for it, in the place of what is configured. Its `former_key` is good
    until `former_key_until`. What is left of a site since `removed_at` is being erased."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str] = mapped_column(unique=True)
    origins: Mapped[list[str]]
    created_at: Mapped[datetime]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    disabled_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    former_key: Mapped[str | None] = mapped_column(index=True)
    former_key_until: Mapped[datetime | None]


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


def store_of_site() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["site_id", "store_id"], ["stores.site_id", "stores.id"], ondelete="CASCADE")


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


class Spending(Base):
    """What the process `holder` spent on models for a site in the hour that begins at `hour`, and what it may
    spend besides without asking again. `seen_at` is when it wrote this, by the database's clock; micros are
    millionths of the currency of the prices."""

    __tablename__ = "spending"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    holder: Mapped[str] = mapped_column(primary_key=True)
    spent_tokens: Mapped[int] = mapped_column(BigInteger)
    spent_micros: Mapped[int] = mapped_column(BigInteger)
    held_tokens: Mapped[int] = mapped_column(BigInteger)
    held_micros: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[datetime]

    # By which a site that is deleted finds its rows.
    __table_args__ = (Index("ix_spending_site_id", "site_id"),)
