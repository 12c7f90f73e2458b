"""People of a site: added, given another role, removed, given a password. Each change is in the audit log."""

from __future__ import annotations

from askdocs.db import audit, identities, members, sign_ins
from askdocs.db.database import Session
from askdocs.errors import Conflict, NotFound
from askdocs.runtime import Runtime
from askdocs.tenancy import addresses
from askdocs.types import Actor, Member, Membership, Role, Site


async def put(rt: Runtime, site: Site, *, address: str, role: Role, actor: Actor) -> Membership:
    """Make somebody a member with this role, or give a member it.

    Raises `InputError` for what is no address, and `Conflict` where the site would be left without an owner.
    """
    person = Member(rt.new_id(), addresses.read(address))

    def change(db: Session) -> Membership:
        if role != "owner":
            _keep_an_owner(db, site, person.address, actor)
        before = members.put(db, site.id, member=person, role=role, now=rt.now())
        action, detail = ("member.role", {"before": before}) if before else ("member.add", {})
        _record(rt, db, site.id, actor, action, person.address, {**detail, "role": role})
        return _found(members.find(db, site.id, address=person.address), person.address)

    return await rt.db.run(change)


async def set_role(rt: Runtime, site: Site, *, address: str, role: Role, actor: Actor) -> Membership:
    """Raises `NotFound` for who is no member."""
    known = addresses.read(address)
    _found(await rt.db.run(members.find, site.id, address=known), known)
    return await put(rt, site, address=known, role=role, actor=actor)


async def remove(rt: Runtime, site: Site, *, address: str, actor: Actor) -> None:
    """They may do nothing here from now on. Raises `NotFound`, and `Conflict` for the last owner."""
    known = addresses.read(address)

    def change(db: Session) -> None:
        _keep_an_owner(db, site, known, actor)
        if not members.remove(db, site.id, address=known):
            raise _missing(known)
        _record(rt, db, site.id, actor, "member.remove", known, {})

    await rt.db.run(change)


async def has_password(rt: Runtime, address: str) -> bool:
    found = await rt.db.run(members.by_address, addresses.read(address))
    return found is not None and found.password is not None


async def set_password(rt: Runtime, address: str, password: str, *, actor: Actor) -> None:
    """It holds for all sites of the person, who is signed out everywhere. Raises `NotFound`, and `InputError`
    for one that is too short."""
    known = addresses.read(address)
    kept = await rt.passwords.hash(password)

    def change(db: Session) -> None:
        person = members.by_address(db, known)
        if person is None:
            raise _missing(known)
        members.set_password(db, person.id, password=kept)
        sign_ins.remove_all(db, person.id)
        for site_id in members.sites(db, person.id):
            _record(rt, db, site_id, actor, "member.password", known, {})

    await rt.db.run(change)


async def unlink(rt: Runtime, address: str, *, actor: Actor) -> list[str]:
    """Forget the person's accounts at OpenID providers, whose issuers it gives, and sign them out.

    The next account with the person's verified address will be theirs. Raises `NotFound`.
    """
    known = addresses.read(address)

    def change(db: Session) -> list[str]:
        person = members.by_address(db, known)
        if person is None:
            raise _missing(known)
        issuers = identities.forget(db, person.id)
        sign_ins.remove_all(db, person.id)
        for site_id in members.sites(db, person.id):
            _record(rt, db, site_id, actor, "member.unlink", known, {"issuers": issuers})
        return issuers

    return await rt.db.run(change)


def _keep_an_owner(db: Session, site: Site, address: str, actor: Actor) -> None:
    """An operator may leave a site without one: there always is somebody who can run commands."""
    if members.owners(db, site.id) == [address] and actor.kind != "operator":
        raise Conflict(
            f"{address} is the last owner of {site.name}.", fix="Make somebody else an owner first."
        )


def _found(membership: Membership | None, address: str) -> Membership:
    if membership is None:
        raise _missing(address)
    return membership


def _missing(address: str) -> NotFound:
    return NotFound(
        f"There is no member {address}.", fix="`askdocs member list SITE` shows a site's members."
    )


def _record(
    rt: Runtime, db: Session, site_id: str, actor: Actor, action: str, subject: str, detail: dict[str, object]
) -> None:
    audit.record(db, site_id, actor=actor, action=action, subject=subject, now=rt.now(), detail=detail)
