"""Attempts to sign in by OpenID Connect: what the client keeps between starting one and finishing it.

Nothing of an attempt is stored before it is finished. It is a text that this installation signs, and `state`,
`nonce` and the PKCE verifier follow from it and from a secret that it does not hold. So every process can
finish what another one started, and whoever sees the address that the browser came back to can finish
nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import orjson

from askdocs.errors import CredentialsInvalid
from askdocs.signing import Keys

LIFE = 600
"""Seconds that somebody may take to sign in at the provider, a second factor included."""

LONGEST = 4096
"""Characters of an attempt. The redirect URI is most of it, and no longer than 2,000."""

_FORM = re.compile(r"o1\.(?P<payload>[A-Za-z0-9_-]{1,4000})\.(?P<signature>[A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class Attempt:
    """`text` is what the client keeps; the others but the redirect URI follow from it."""

    text: str = field(repr=False)
    redirect_uri: str
    expires_at: int
    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        """Of the verifier, by the method S256 of RFC 7636."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def digest(self) -> bytes:
        """By which it is remembered that it was used."""
        return hashlib.sha256(self.text.encode()).digest()


def make(keys: Keys, redirect_uri: str, *, client: str, now: datetime) -> Attempt:
    """`client` says who we are at which provider: with another one the attempt is void."""
    expires_at = int(now.timestamp()) + LIFE
    payload = _text(orjson.dumps([secrets.token_urlsafe(32), expires_at, redirect_uri]))
    signature = _text(keys.derive("openid attempt", client, payload))
    return _attempt(keys, f"o1.{payload}.{signature}", expires_at, redirect_uri)


def read(keys: Keys, text: str, *, client: str, now: datetime) -> Attempt:
    """Raises `CredentialsInvalid` for what was not made here, and for one that is over."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise _refusal("was not started here")
    expected = _text(keys.derive("openid attempt", client, form["payload"]))
    if not hmac.compare_digest(form["signature"], expected):
        raise _refusal("was not started here")
    padded = form["payload"] + "=" * (-len(form["payload"]) % 4)
    _, expires_at, redirect_uri = orjson.loads(base64.urlsafe_b64decode(padded))
    if now.timestamp() >= expires_at:
        raise _refusal("took too long")
    return _attempt(keys, text, expires_at, redirect_uri)


def _attempt(keys: Keys, text: str, expires_at: int, redirect_uri: str) -> Attempt:
    state, nonce, verifier = (
        _text(keys.derive(f"openid {name}", text)) for name in ("state", "nonce", "verifier")
    )
    return Attempt(text, redirect_uri, expires_at, state, nonce, verifier)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _refusal(what: str) -> CredentialsInvalid:
    return CredentialsInvalid(f"This attempt to sign in {what}.", fix="Start again: /api/v1/auth/openid.")
