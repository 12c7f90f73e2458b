"""People who administer sites, and what each of them is there."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import delete, exists, select, update

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.errors import Conflict
from askdocs.types import Member, Membership, Role


def put(db: Session, site_id: str, *, member: Member, role: Role, now: datetime) -> Role | None:
    """Make a person, known by the address, a member of the site with this role; the role before, if any.

    `member` is stored where nobody has the address. The statements are the same either way, so that their
    time does not tell a site who is a member of others.
    """
    new = insert(db, tables.Member).values(
        id=member.id, address=member.address, password=None, epoch=member.epoch, created_at=now
    )
    db.execute(new.on_conflict_do_nothing())
    found = db.scalar(
        select(tables.Member.id).where(tables.Member.address == member.address).with_for_update()
    )
    if found is None:
        raise Conflict(f"{member.address} is just being removed.", fix="Try again.")
    theirs = (tables.Membership.site_id == site_id, tables.Membership.member_id == found)
    before = db.scalar(select(tables.Membership.role).where(*theirs))
    values = {"site_id": site_id, "member_id": found, "address": member.address, "role": role}
    added = insert(db, tables.Membership).values(**values, added_at=now)
    db.execute(added.on_conflict_do_update(index_elements=("site_id", "member_id"), set_={"role": role}))
    return cast("Role | None", before)


@read_only
def listing(db: Session, site_id: str) -> list[Membership]:
    """All members of a site, by address."""
    rows = select(tables.Membership).where(tables.Membership.site_id == site_id)
    return [_membership(row) for row in db.scalars(rows.order_by(tables.Membership.address))]


@read_only
def find(db: Session, site_id: str, *, address: str) -> Membership | None:
    found = db.scalars(
        select(tables.Membership).where(
            tables.Membership.site_id == site_id, tables.Membership.address == address
        )
    ).one_or_none()
    return _membership(found) if found else None


def owners(db: Session, site_id: str) -> list[str]:
    """The addresses of a site's owners, none of whom anybody else removes before this transaction ends."""
    chosen = select(tables.Membership.address).where(
        tables.Membership.site_id == site_id, tables.Membership.role == "owner"
    )
    return list(db.scalars(chosen.order_by(tables.Membership.address).with_for_update()))


def remove(db: Session, site_id: str, *, address: str) -> bool:
    """Whether the site had this member, who is forgotten where no other site has them."""
    member_id = db.scalar(
        delete(tables.Membership)
        .where(tables.Membership.site_id == site_id, tables.Membership.address == address)
        .returning(tables.Membership.member_id)
    )
    if member_id is None:
        return False
    # Locked first: a site that adds them meanwhile would have its row deleted along with the person.
    db.scalar(select(tables.Member.id).where(tables.Member.id == member_id).with_for_update())
    elsewhere = exists().where(tables.Membership.member_id == member_id, tables.Membership.site_id != site_id)
    db.execute(delete(tables.Member).where(tables.Member.id == member_id, ~elsewhere))
    return True


@read_only
def by_address(db: Session, address: str) -> Member | None:
    found = db.scalars(select(tables.Member).where(tables.Member.address == address)).one_or_none()
    return Member(found.id, found.address, found.epoch, found.password) if found else None


@read_only
def sites(db: Session, member_id: str) -> list[str]:
    """The ids of all sites whose member this is."""
    chosen = select(tables.Membership.site_id).where(tables.Membership.member_id == member_id)
    return list(db.scalars(chosen.order_by(tables.Membership.site_id)))


def set_password(db: Session, member_id: str, *, password: str) -> None:
    """`password` is its hash."""
    db.execute(update(tables.Member).where(tables.Member.id == member_id).values(password=password))


def _membership(row: tables.Membership) -> Membership:
    return Membership(row.member_id, row.address, cast("Role", row.role), row.added_at)
