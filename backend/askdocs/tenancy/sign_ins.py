"""People signing in and out: access tokens for an hour, and refresh tokens that are good once.

A refresh token is `r1.{sign-in}.{random}`. Using it puts another into its place; one that comes a second time
was stolen, from its owner or by them, and ends the sign-in for both.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from askdocs.access_tokens import Claims
from askdocs.db import audit, members, sign_ins
from askdocs.db.database import Session
from askdocs.errors import CredentialsInvalid, InputError
from askdocs.limits import Quota
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.tenancy import addresses
from askdocs.types import ROLES, Actor, Member, Principal

_PER_CLIENT = 10
"""Attempts to sign in within a minute from one network."""

_PER_ADDRESS, _WINDOW = 20, 900
"""Attempts for one address within 15 minutes, from wherever: 700,000 guesses in a year. Whoever is signed in
is not held up by somebody else's."""

_REFRESHES = 60
"""Within a minute from one network."""

_FORM = re.compile(r"r1\.(?P<sign_in>[0-9a-f]{32})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires_in` are the seconds that the access token is good for."""

    access_token: str
    expires_in: int
    refresh_token: str


async def begin(rt: Runtime, address: str, password: str, *, client: str) -> Tokens:
    """Raises `CredentialsInvalid`, in the same words and time for an unknown address as for a wrong password,
    and `RateLimited`. `client` is what the sender's network is counted by."""
    return await give(rt, await _check(rt, address, password, client=client))


async def give(rt: Runtime, person: Member) -> Tokens:
    """Sign in somebody who has just shown to be this person.

    Raises `CredentialsInvalid` if they were signed out everywhere meanwhile, or removed.
    """
    token, sign_in_id = _new(rt.new_id())
    now = rt.now()
    until = now + timedelta(days=rt.settings.accounts.sign_in_days)
    digest = _digest(token)
    if not await rt.db.run(sign_ins.add, sign_in_id, person=person, digest=digest, now=now, until=until):
        raise CredentialsInvalid("This person was signed out everywhere just now.", fix="Sign in again.")
    return await _tokens(rt, person, sign_in_id, token)


async def change_password(rt: Runtime, address: str, password: str, successor: str, *, client: str) -> Tokens:
    """Give a person who knows the password another one, and sign them out everywhere else.

    Raises `InputError` for one that is too short; the others as `begin` does.
    """
    person = await _check(rt, address, password, client=client)
    kept = await rt.passwords.hash(successor)
    actor, now = Actor("member", person.id, person.address), rt.now()

    def change(db: Session) -> Member | None:
        found = members.by_address(db, person.address)
        if found != person:
            return None  # somebody else was faster
        members.set_password(db, person.id, password=kept)
        sign_ins.remove_all(db, person.id)
        for site_id in members.sites(db, person.id):
            audit.record(db, site_id, actor=actor, action="member.password", subject=person.address, now=now)
        return members.by_address(db, person.address)

    changed = await rt.db.run(change)
    if changed is None:
        raise _wrong()
    return await give(rt, changed)


async def refresh(rt: Runtime, token: str, *, client: str) -> Tokens:
    """Other tokens for a refresh token, which is good for nothing then. Raises `CredentialsInvalid`."""
    await rt.limiter.check(Quota("refresh", f"refresh:{client}", _REFRESHES))
    successor, sign_in_id = _new(_sign_in(token))
    person = await _rotate(rt, token, successor)
    return await _tokens(rt, person, sign_in_id, successor)


async def end(rt: Runtime, token: str) -> None:
    """End the sign-in, with the access tokens that it gave out. One that has ended is none to complain of."""
    if form := _FORM.fullmatch(token):
        await rt.db.run(sign_ins.remove, form["sign_in"])


async def end_all(rt: Runtime, token: str, *, client: str) -> None:
    """End all sign-ins of the person whose refresh token it is. Raises `CredentialsInvalid`."""
    await rt.limiter.check(Quota("refresh", f"refresh:{client}", _REFRESHES))
    person = await _rotate(rt, token, token)
    await rt.db.run(sign_ins.remove_all, person.id)


async def check(rt: Runtime, access_token: str) -> Principal:
    """What the person may do at this moment. Raises `CredentialsInvalid`."""
    now = rt.now()
    # In a thread, because the first one imports what reads it.
    claims = await asyncio.to_thread(rt.access_tokens.read, access_token, now=now)
    found = await rt.db.run(
        sign_ins.grants, claims.sign_in_id, member=claims.member_id, epoch=claims.epoch, now=now
    )
    if found is None:
        raise CredentialsInvalid("Whoever this access token is of has signed out.", fix="Sign in again.")
    address, roles = found
    actor = Actor("member", claims.member_id, address)
    return Principal(actor, {site_id: ROLES[role] for site_id, role in roles.items()})


async def _check(rt: Runtime, address: str, password: str, *, client: str) -> Member:
    try:
        known = addresses.read(address)
    except InputError:
        known = ""
    named = rt.pseudonyms.name(f"member {known}", now=rt.now())
    await rt.limiter.check(
        Quota("sign-in", f"sign-in:{client}", _PER_CLIENT),
        Quota("sign-in-address", f"sign-in:{named}", _PER_ADDRESS, _WINDOW),
    )
    person = await rt.db.run(members.by_address, known)
    right = await rt.passwords.verify(password, person.password if person else None)
    if person is None or person.password is None or not right:
        raise _wrong()
    return person


async def _rotate(rt: Runtime, token: str, successor: str) -> Member:
    """Whose token it is. A second use ends the sign-in."""
    sign_in_id = _sign_in(token)
    now, old, new = rt.now(), _digest(token), _digest(successor)

    def change(db: Session) -> tuple[Member | None, str | None]:
        person = sign_ins.rotate(db, sign_in_id, digest=old, successor=new, now=now)
        return person, None if person else sign_ins.remove(db, sign_in_id)

    person, ended = await rt.db.run(change)
    if ended is not None:
        log.warning("refresh_token_refused", member=ended, fix="It was used twice, or its sign-in is over.")
    if person is None:
        raise _over()
    return person


async def _tokens(rt: Runtime, person: Member, sign_in_id: str, refresh_token: str) -> Tokens:
    claims = Claims(person.id, sign_in_id, person.epoch)
    made = await asyncio.to_thread(rt.access_tokens.make, claims, now=rt.now())
    return Tokens(made, rt.access_tokens.life, refresh_token)


def _new(sign_in_id: str) -> tuple[str, str]:
    return f"r1.{sign_in_id}.{secrets.token_urlsafe(32)}", sign_in_id


def _sign_in(token: str) -> str:
    form = _FORM.fullmatch(token)
    if form is None:
        raise _over()
    return form["sign_in"]


def _wrong() -> CredentialsInvalid:
    return CredentialsInvalid(
        "The address or the password is wrong.", fix="An operator can give you another password."
    )


def _over() -> CredentialsInvalid:
    return CredentialsInvalid(
        "The refresh token is over: it was used, expired or revoked.", fix="Sign in again."
    )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
