"""Access tokens of people who signed in: JSON web tokens that this installation makes and takes back.

A key decides by which algorithm its signatures are checked. The first key signs; the others are those that
signed before, and are good for the tokens that they signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from askdocs.config import Accounts
from askdocs.errors import ConfigError, CredentialsInvalid

ISSUER, AUDIENCE, TYPE = "askdocs", "askdocs admin api", "at+jwt"
"""The type is that of RFC 9068, so that no other token that this installation signs is taken for one."""

_LONGEST = 4096
"""Characters. Ours have 380 with HS256 and 680 with RS256 and 2048 bits."""

_SMALLEST_RSA = 2048
"""Bits, as RFC 7518 asks."""

_SHORTEST_SECRET = 32
"""Characters, as `secret_key` has."""

_REFRESH = "Get another one from /api/v1/auth/refresh, or sign in."

Derive = Callable[[bytes], bytes]
"""Makes a key for access tokens of an installation's secret."""


@dataclass(frozen=True, slots=True)
class Key:
    """`private` signs where it is one that can; a shared secret is both."""

    kid: str
    algorithm: Literal["HS256", "RS256"]
    public: Any = field(repr=False)
    private: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claims:
    member_id: str
    sign_in_id: str
    epoch: int


class AccessTokens:
    def __init__(self, keys: Sequence[Key], *, life: int) -> None:
        self.life = life
        """Seconds that a token is good for."""
        self._signing = keys[0]
        self._keys = {key.kid: key for key in keys}

    def make(self, claims: Claims, *, now: datetime) -> str:
        import jwt  # see `user_tokens` for what it costs

        at = int(now.timestamp())
        told = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": claims.member_id,
            "sid": claims.sign_in_id,
            "epoch": claims.epoch,
            "iat": at,
            "nbf": at,
            "exp": at + self.life,
        }
        headers = {"kid": self._signing.kid, "typ": TYPE}
        made: str = jwt.encode(
            told, self._signing.private, algorithm=self._signing.algorithm, headers=headers
        )
        return made

    def read(self, token: str, *, now: datetime) -> Claims:
        """Raises `CredentialsInvalid`, also for one that has expired."""
        claims = self._verify(token)
        times = [claims["nbf"], claims["exp"]]
        epoch, sign_in = claims.get("epoch"), claims.get("sid")
        if not all(type(number) is int for number in (*times, epoch)) or not isinstance(sign_in, str):
            raise _refusal("has claims that cannot be read")
        if now.timestamp() < times[0]:
            raise _refusal("is not valid yet")
        if now.timestamp() >= times[1]:
            raise _refusal("has expired")
        return Claims(claims["sub"], sign_in, claims["epoch"])

    def _verify(self, token: str) -> Mapping[str, Any]:
        import jwt

        if len(token) > _LONGEST:
            raise _refusal(f"has {len(token)} characters; {_LONGEST} are the most")
        try:
            header = jwt.get_unverified_header(token)
            kid, kind = header.get("kid"), header.get("typ")
            key = self._keys.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise _refusal("was signed with a key that is not known here, or no longer")
            claims: Mapping[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=[key.algorithm],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={
                    "require": ["iss", "aud", "sub", "nbf", "exp"],
                    "strict_aud": True,
                    # By the clock that is handed in.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise _refusal("was not made here, for this") from error
        if kind != TYPE:
            raise _refusal("is one for something else")
        return claims


def open_access_tokens(accounts: Accounts, secret: bytes, derive: Derive) -> AccessTokens:
    """Errors: `ConfigError` for a file that holds no key."""
    if accounts.signing_key_file is None:
        signing = _shared(derive(secret))
    else:
        signing = _read(accounts.signing_key_file, derive)
        if signing.algorithm != "RS256" or signing.private is None:
            raise ConfigError(
                f"accounts.signing_key_file: {accounts.signing_key_file} holds no private RSA key.",
                fix="openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem makes one.",
            )
    former = [_read(path, derive) for path in accounts.former_key_files]
    return AccessTokens([signing, *former], life=60 * accounts.access_token_expire_minutes)


def _refusal(what: str) -> CredentialsInvalid:
    return CredentialsInvalid(f"The access token {what}.", fix=_REFRESH)


def _read(path: Path, derive: Derive) -> Key:
    try:
        text = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"accounts: {path} cannot be read.", fix="Name files that hold keys.") from error
    if "-----BEGIN" in text:
        return _rsa(path, text)
    if len(text) < _SHORTEST_SECRET:
        raise ConfigError(
            f"accounts: {path} holds less than {_SHORTEST_SECRET} characters.",
            fix="It holds an RSA key as PEM, or a SECRET_KEY that was in use before.",
        )
    return _shared(derive(text.encode()))


def _shared(key: bytes) -> Key:
    return Key(_kid(key), "HS256", key, key)


def _rsa(path: Path, pem: str) -> Key:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = None
    try:
        if "PRIVATE KEY" in pem:
            private = serialization.load_pem_private_key(pem.encode(), password=None)
            public: Any = private.public_key()
        else:
            public = serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"accounts: {path} holds no key that can be read.", fix="It is PEM.") from error
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size < _SMALLEST_RSA:
        raise ConfigError(
            f"accounts: the key in {path} is no RSA key of {_SMALLEST_RSA} bits or more.",
            fix="openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem makes one.",
        )
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return Key(_kid(public.public_bytes(serialization.Encoding.DER, form)), "RS256", public, private)


def _kid(key: bytes) -> str:
    """The same for the same key in every process; tells nothing of it."""
    return hashlib.sha256(b"askdocs kid\n" + key).hexdigest()[:16]
