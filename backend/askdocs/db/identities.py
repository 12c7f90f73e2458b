"""Whose the accounts at OpenID providers are, and which attempts to sign in with one were used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.types import Member


@read_only
def find(db: Session, issuer: str, subject: str) -> Member | None:
    """Whose account this is."""
    chosen = (
        select(tables.Member)
        .join(tables.Identity, tables.Identity.member_id == tables.Member.id)
        .where(tables.Identity.issuer == issuer, tables.Identity.subject == subject)
    )
    found = db.scalars(chosen).one_or_none()
    return Member(found.id, found.address, found.epoch, found.password) if found else None


def bind(db: Session, issuer: str, subject: str, *, member_id: str, now: datetime) -> bool:
    """Make it this person's for good; False if it is somebody's, or the person has another one there."""
    made = (
        insert(db, tables.Identity)
        .values(issuer=issuer, subject=subject, member_id=member_id, bound_at=now)
        .on_conflict_do_nothing()
        .returning(tables.Identity.subject)
    )
    return db.scalar(made) is not None


def forget(db: Session, member_id: str) -> list[str]:
    """The issuers with whose accounts the person signed in, until now."""
    gone = delete(tables.Identity).where(tables.Identity.member_id == member_id)
    return sorted(db.scalars(gone.returning(tables.Identity.issuer)))


def use(db: Session, digest: bytes, *, until: datetime, now: datetime) -> bool:
    """Use an attempt; False if it was used. Of two who come at once one does.

    Those that are over are forgotten on this occasion.
    """
    db.execute(delete(tables.OpenIdAttempt).where(tables.OpenIdAttempt.expires_at <= now))
    made = insert(db, tables.OpenIdAttempt).values(digest=digest, expires_at=until).on_conflict_do_nothing()
    return db.scalar(made.returning(tables.OpenIdAttempt.digest)) is not None
