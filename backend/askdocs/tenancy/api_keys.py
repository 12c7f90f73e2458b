"""Keys with which programs administer a site: made, checked, revoked.

A key is `askdocs_`, 40 random characters, and 6 of a checksum: a scanner that finds one in a repository knows
it for one of ours, and what cannot be one is refused without a look at the database.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection
from datetime import datetime, timedelta

from askdocs.db import api_keys, audit
from askdocs.db.database import Session
from askdocs.errors import CredentialsInvalid, InputError, NotFound
from askdocs.runtime import Runtime
from askdocs.types import Actor, ApiKey, Permission, Site

PREFIX = "askdocs_"

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 40
"""Characters of 62 kinds: 238 bits, so that a fast hash is enough to keep them."""
_CHECKSUM = 6
_FORM = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{{_CHECKSUM}}})")
_HINT = len(PREFIX) + 4

_NOTED = timedelta(minutes=1)
"""A use is not written down again so soon: a publish makes many requests."""


async def create(
    rt: Runtime,
    site: Site,
    *,
    name: str,
    permissions: Collection[Permission],
    actor: Actor,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """The key as it is listed, and the key itself, which nobody can be told again.

    Raises `InputError` if it would be over already.
    """
    if expires_at is not None and expires_at <= rt.now():
        raise InputError(f"{expires_at:%Y-%m-%d} is over already.", fix="Choose a later day.")
    secret = _make()
    key = ApiKey(
        id=rt.new_id(),
        site_id=site.id,
        name=name,
        hint=secret[:_HINT],
        permissions=frozenset(permissions),
        created_at=rt.now(),
        expires_at=expires_at,
    )
    await rt.db.run(_add, site.id, key=key, digest=_digest(secret), actor=actor)
    return key, secret


async def revoke(rt: Runtime, site: Site, *, key_id: str, actor: Actor) -> None:
    """It is good for nothing at once. Raises `NotFound`."""
    await rt.db.run(_remove, site.id, key_id=key_id, actor=actor, now=rt.now())


async def check(rt: Runtime, secret: str) -> ApiKey:
    """Raises `CredentialsInvalid`."""
    found = await rt.db.run(api_keys.by_digest, _digest(secret)) if _is_well_formed(secret) else None
    now = rt.now()
    if found is None:
        raise CredentialsInvalid(
            "There is no such API key; it may have been revoked.", fix="Make one with `askdocs key create`."
        )
    if found.expires_at is not None and found.expires_at <= now:
        raise CredentialsInvalid(
            f"The API key {found.name} expired on {found.expires_at:%Y-%m-%d}.",
            fix="Make another one with `askdocs key create`.",
        )
    if found.used_at is None or found.used_at <= now - _NOTED:
        await rt.db.run(api_keys.note_use, found.site_id, key_id=found.id, now=now)
    return found


def _add(db: Session, site_id: str, *, key: ApiKey, digest: bytes, actor: Actor) -> None:
    api_keys.add(db, site_id, key=key, digest=digest)
    detail = {
        "id": key.id,
        "permissions": sorted(key.permissions),
        "expires_at": key.expires_at and key.expires_at.isoformat(),
    }
    audit.record(
        db, site_id, actor=actor, action="key.create", subject=key.name, now=key.created_at, detail=detail
    )


def _remove(db: Session, site_id: str, *, key_id: str, actor: Actor, now: datetime) -> None:
    name = api_keys.remove(db, site_id, key_id=key_id)
    if name is None:
        raise NotFound(f"The site has no API key {key_id}.", fix="`askdocs key list SITE` shows its keys.")
    audit.record(db, site_id, actor=actor, action="key.revoke", subject=name, now=now, detail={"id": key_id})


def _make() -> str:
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{PREFIX}{random}{_checksum(random)}"


def _is_well_formed(secret: str) -> bool:
    found = _FORM.fullmatch(secret)
    return found is not None and _checksum(found[1]) == found[2]


def _checksum(random: str) -> str:
    """The CRC-32 in base 62, as the tokens of GitHub and npm end."""
    rest, digits = zlib.crc32(random.encode()), ""
    while rest:
        rest, digit = divmod(rest, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(_CHECKSUM, _ALPHABET[0])


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
