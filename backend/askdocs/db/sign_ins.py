"""Where people are signed in, and what they may do at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import delete, select, update

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.types import Member, Role


def add(
    db: Session, sign_in_id: str, *, person: Member, digest: bytes, now: datetime, until: datetime
) -> bool:
    """Sign somebody in; False if they were signed out everywhere since they were looked up, or removed.

    Those that are over are forgotten on this occasion.
    """
    still = select(tables.Member.id).where(tables.Member.id == person.id, tables.Member.epoch == person.epoch)
    if db.scalar(still.with_for_update()) is None:
        return False
    db.execute(delete(tables.SignIn).where(tables.SignIn.expires_at <= now))
    db.add(tables.SignIn(id=sign_in_id, member_id=person.id, digest=digest, created_at=now, expires_at=until))
    return True


def rotate(db: Session, sign_in_id: str, *, digest: bytes, successor: bytes, now: datetime) -> Member | None:
    """Put one refresh token into the place of the one that is good; whose sign-in it is. None: it was not
    the one. Of two that come at once one is."""
    member_id = db.scalar(
        update(tables.SignIn)
        .where(tables.SignIn.id == sign_in_id, tables.SignIn.digest == digest, tables.SignIn.expires_at > now)
        .values(digest=successor)
        .returning(tables.SignIn.member_id)
    )
    found = db.get(tables.Member, member_id) if member_id is not None else None
    return Member(found.id, found.address, found.epoch) if found else None


def remove(db: Session, sign_in_id: str) -> str | None:
    """Whose it was; None: there is no such sign-in any more."""
    gone: str | None = db.scalar(
        delete(tables.SignIn).where(tables.SignIn.id == sign_in_id).returning(tables.SignIn.member_id)
    )
    return gone


def remove_all(db: Session, member_id: str) -> None:
    """End each of a person's, with all access tokens that were given out."""
    db.execute(delete(tables.SignIn).where(tables.SignIn.member_id == member_id))
    db.execute(
        update(tables.Member).where(tables.Member.id == member_id).values(epoch=tables.Member.epoch + 1)
    )


@read_only
def grants(
    db: Session, sign_in_id: str, *, member: str, epoch: int, now: datetime
) -> tuple[str, Mapping[str, Role]] | None:
    """The person's address, and their role by site; None if they are not signed in there any more."""
    address = db.scalar(
        select(tables.Member.address)
        .join(tables.SignIn, tables.SignIn.member_id == tables.Member.id)
        .where(
            tables.SignIn.id == sign_in_id,
            tables.SignIn.expires_at > now,
            tables.Member.id == member,
            tables.Member.epoch == epoch,
        )
    )
    if address is None:
        return None
    rows = db.execute(
        select(tables.Membership.site_id, tables.Membership.role).where(tables.Membership.member_id == member)
    )
    return address, {site_id: cast("Role", role) for site_id, role in rows}
