"""People signing in with their account at the OpenID provider: authorization code flow with PKCE.

Somebody is found by the address that the provider has verified, once: from then on their account there is
this person's, whatever address it has, and no other account of the provider is.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import orjson

from askdocs.db import audit, identities, members
from askdocs.db.database import Session
from askdocs.errors import CredentialsInvalid, InputError, OpenIdNotConfigured
from askdocs.limits import Quota
from askdocs.observability.logging import log
from askdocs.openid import attempts, tokens
from askdocs.openid.attempts import Attempt
from askdocs.openid.provider import Provider
from askdocs.runtime import Runtime
from askdocs.tenancy import addresses, sign_ins
from askdocs.tenancy.sign_ins import Tokens
from askdocs.types import Actor, Member

_PER_CLIENT = 20
"""Requests within a minute from one network; signing in takes two."""

_ANY_PORT = ("127.0.0.1", "::1")
"""Hosts of redirect URIs where programs listen on whatever port is free, as RFC 8252 has it."""


@dataclass(frozen=True, slots=True)
class Started:
    """`url` is where the person signs in within `expires_in` seconds. `attempt` is for the client alone."""

    url: str
    attempt: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Returned:
    """What a client brings back: the attempt that it kept, and what the redirect says."""

    attempt: str
    code: str
    state: str
    issuer: str | None = None


async def start(rt: Runtime, redirect_uri: str, *, client: str) -> Started:
    """Raises `OpenIdNotConfigured`, `InputError` for another redirect URI than those that are configured,
    `ProviderUnavailable` and `RateLimited`."""
    provider = _provider(rt)
    await _count(rt, client)
    if not _is_among(rt.settings.openid.redirect_uris, redirect_uri):
        raise InputError(
            "This redirect URI is none of those that are configured.", fix="See openid.redirect_uris."
        )
    now = rt.now()
    attempt = attempts.make(rt.keys, redirect_uri, client=_who_we_are(rt), now=now)
    return Started(await provider.address(attempt, now=now), attempt.text, attempts.LIFE)


async def finish(rt: Runtime, returned: Returned, *, client: str) -> Tokens:
    """Raises `CredentialsInvalid`, in the same words for an account that nobody here has as for one that may
    not sign in; `OpenIdNotConfigured`, `ProviderUnavailable` and `RateLimited`."""
    provider = _provider(rt)
    await _count(rt, client)
    now = rt.now()
    attempt = attempts.read(rt.keys, returned.attempt, client=_who_we_are(rt), now=now)
    await _check_answer(provider, attempt, returned, now=now)
    until = datetime.fromtimestamp(attempt.expires_at, UTC)
    if not await rt.db.run(identities.use, attempt.digest, until=until, now=now):
        raise _refusal("This attempt to sign in was finished before.")
    claims = await _claims(rt, provider, attempt, returned.code)
    return await sign_ins.give(rt, await _admit(rt, provider.issuer, claims))


async def _check_answer(provider: Provider, attempt: Attempt, returned: Returned, *, now: datetime) -> None:
    """Whether the redirect answers this attempt, and comes from this provider (RFC 9207)."""
    if not hmac.compare_digest(returned.state.encode("utf-8", "replace"), attempt.state.encode()):
        raise _refusal("`state` is of another attempt to sign in.")
    needed = (await provider.metadata(now=now)).authorization_response_iss_parameter_supported
    if returned.issuer != provider.issuer and (needed or returned.issuer is not None):
        raise _refusal("`iss` is not the provider's.")


async def _claims(rt: Runtime, provider: Provider, attempt: Attempt, code: str) -> Mapping[str, Any]:
    try:
        told = tokens.peek(await provider.redeem(code, attempt, now=rt.now()))
        key = await provider.key(told, now=rt.now())
        return tokens.verify(
            told,
            key,
            issuer=provider.issuer,
            client_id=rt.settings.openid.client_id,
            nonce=attempt.nonce,
            now=rt.now(),
        )
    except CredentialsInvalid as error:
        log.warning("openid_sign_in_refused", why=str(error))
        raise


async def _admit(rt: Runtime, issuer: str, claims: Mapping[str, Any]) -> Member:
    """Whose account it is."""
    settings, subject = rt.settings.openid, claims["sub"]
    address = _address(claims, verified_by=settings.verified_claim)
    domains = [domain.lower().removeprefix("@") for domain in settings.email_domains]
    if domains and (address is None or address.rpartition("@")[2] not in domains):
        _refuse("its address is not verified, or of another domain")

    def change(db: Session) -> Member | str:
        if known := identities.find(db, issuer, subject):
            return known
        if address is None:
            return "its address is not verified"
        person = members.by_address(db, address)
        if person is None:
            return "nobody here has its address"
        if not identities.bind(db, issuer, subject, member_id=person.id, now=rt.now()):
            # Somebody else whose account there got the address, or the same one a moment ago.
            return identities.find(db, issuer, subject) or "its address is of a person with another account"
        actor = Actor("member", person.id, person.address)
        for site_id in members.sites(db, person.id):
            audit.record(
                db,
                site_id,
                actor=actor,
                action="member.link",
                subject=person.address,
                now=rt.now(),
                detail={"issuer": issuer},
            )
        return person

    found = await rt.db.run(change)
    if isinstance(found, str):
        _refuse(found)
    return found


def _address(claims: Mapping[str, Any], *, verified_by: str) -> str | None:
    email = tokens.verified_email(claims, by=verified_by)
    try:
        return addresses.read(email) if email is not None else None
    except InputError:
        return None


def _is_among(configured: Sequence[str], uri: str) -> bool:
    if uri in configured:
        return True
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    if port is None or parts.scheme != "http" or parts.hostname not in _ANY_PORT:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    # Put together anew, so that nothing but the port can differ.
    return uri == f"http://{host}:{port}{parts.path}" and f"http://{host}{parts.path}" in configured


def _who_we_are(rt: Runtime) -> str:
    settings = rt.settings.openid
    return orjson.dumps([settings.issuer, settings.client_id]).decode()


def _provider(rt: Runtime) -> Provider:
    if rt.openid is None:
        raise OpenIdNotConfigured(
            "Nobody signs in with another provider's account here.", fix="The operator can set openid.issuer."
        )
    return rt.openid


async def _count(rt: Runtime, client: str) -> None:
    await rt.limiter.check(Quota("openid", f"openid:{client}", _PER_CLIENT))


def _refuse(why: str) -> NoReturn:
    """The reason is for the log: it would tell who is a member here."""
    log.warning("openid_account_refused", why=why)
    raise _refusal(
        "Nobody here may sign in with this account.", fix="An owner of the site can add its address."
    )


def _refusal(message: str, *, fix: str = "Start again: /api/v1/auth/openid.") -> CredentialsInvalid:
    return CredentialsInvalid(message, fix=fix)
