"""People who administer sites, and where they are signed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from askdocs.db.tables.base import Base, new_id


class Member(Base):
    """A person, of as many sites as `memberships` has. `password` is its Argon2id hash; null: none was set.
    Access tokens carry the `epoch` of their time, and are void once it is another."""

    __tablename__ = "members"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    epoch: Mapped[int]
    created_at: Mapped[datetime]


class Membership(Base):
    """What a person is in a site. `address` never changes, and is here for what tells of the site alone."""

    __tablename__ = "memberships"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    address: Mapped[str]
    role: Mapped[str]
    added_at: Mapped[datetime]


class SignIn(Base):
    """Where a person is signed in. `digest` is the SHA-256 of the one refresh token that is good."""

    __tablename__ = "sign_ins"

    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Identity(Base):
    """A person's account at an OpenID provider, by which they are known from their first sign-in on."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    bound_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("member_id", "issuer"),)


class OpenIdAttempt(Base):
    """An attempt to sign in by OpenID Connect that was used, by its SHA-256, until it is over anyway."""

    __tablename__ = "openid_attempts"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
