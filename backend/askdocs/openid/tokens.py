"""ID tokens: what an OpenID provider says about who signed in, and with which keys that is checked.

A key decides by which algorithm its signatures are checked. What a token says of keys is looked at only to
choose among the provider's. Nothing here opens a connection.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NoReturn

from pydantic import BaseModel

from askdocs.errors import CredentialsInvalid

LEEWAY = 60
"""Seconds by which the clocks of two servers may differ."""

_OLDEST = 3600
"""Seconds since a token was signed. It is fetched as soon as it is made, and the nonce says so too."""

_LONGEST = 16_384
"""Characters of a token. One has some 900 to 2,000, with 200 groups of Entra ID 10,000."""

_LONGEST_SUBJECT = 255
"""ASCII characters, as OpenID Connect has it."""

_SMALLEST_RSA, _LARGEST_RSA = 2048, 8192
"""Bits: as RFC 7518 asks, and up to where checking a signature still takes less than a millisecond."""

_MOST_KEYS = 100
"""Of a provider. Large ones have two to eight."""

Algorithm = Literal["RS256", "ES256"]


@dataclass(frozen=True, slots=True)
class Key:
    kid: str | None
    algorithm: Algorithm
    public: Any = field(repr=False)


class KeySet(BaseModel):
    """A JSON web key set (RFC 7517)."""

    keys: list[dict[str, Any]]


def read_keys(told: KeySet) -> Sequence[Key]:
    """Those that may sign ID tokens; keys of other kinds and sizes are left out."""
    found = (_key(one) for one in told.keys[:_MOST_KEYS])
    return [key for key in found if key is not None]


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of its signature, which anybody may have written."""

    token: str = field(repr=False)
    kid: str | None
    algorithm: str

    def choose(self, keys: Sequence[Key]) -> Key | None:
        """The key that is named. Where none is, the only one that there is."""
        fitting = [key for key in keys if key.algorithm == self.algorithm]
        if self.kid is None:
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.kid == self.kid), None)


def peek(token: str) -> Unverified:
    """Raises `CredentialsInvalid` for one that could not be accepted whoever had signed it."""
    import jwt  # see `user_tokens` for what it costs

    if len(token) > _LONGEST:
        _refuse(f"has {len(token)} characters; {_LONGEST} are the most")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        _refuse("is no JSON web token", error)
    kid, algorithm = header.get("kid"), header.get("alg")
    if algorithm not in ("RS256", "ES256"):
        _refuse("is signed by another algorithm than RS256 and ES256")
    if "crit" in header or str(header.get("typ") or "JWT").upper() != "JWT":
        _refuse("is one for something else")
    if not isinstance(kid, str | None):
        _refuse("names its key in no way that can be read")
    return Unverified(token, kid, algorithm)


def verify(
    told: Unverified, key: Key, *, issuer: str, client_id: str, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """The claims of a token that this provider signed, for us, for this very attempt, just now.

    Raises `CredentialsInvalid`, which says what is wrong with it.
    """
    import jwt

    try:
        claims: Mapping[str, Any] = jwt.decode(
            told.token,
            key.public,
            algorithms=[key.algorithm],
            options={
                "require": ["iss", "aud", "sub", "iat", "exp", "nonce"],
                "verify_aud": False,  # below, as one audience of several is refused
                # By the clock that is handed in.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.MissingRequiredClaimError as error:
        _refuse(f"has no claim `{error.claim}`", error)
    except jwt.InvalidSignatureError as error:
        _refuse("was not signed by the provider", error)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        _refuse("has claims that cannot be read", error)
    if claims["iss"] != issuer:
        _refuse("is of another issuer")
    if claims["aud"] not in (client_id, [client_id]) or claims.get("azp", client_id) != client_id:
        _refuse("is for another client")
    given = claims["nonce"]
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8", "replace"), nonce.encode()
    ):
        _refuse("is of another attempt to sign in")
    _check_times(claims, now.timestamp())
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isascii():
        _refuse(f"has a `sub` that is no text of 1 to {_LONGEST_SUBJECT} ASCII characters")
    return claims


def verified_email(claims: Mapping[str, Any], *, by: str) -> str | None:
    """The address, where the provider says by the claim `by` that it is this person's."""
    email, vouched = claims.get("email"), claims.get(by)
    # The specification has a boolean; Amazon Cognito writes "true", Entra ID's `xms_edov` is 1 at times.
    is_verified = vouched is True or vouched in ("true", "1") or (type(vouched) is int and vouched == 1)
    return email if is_verified and isinstance(email, str) else None


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    made, ends, begins = claims["iat"], claims["exp"], claims.get("nbf", claims["iat"])
    if not all(type(number) is int for number in (made, ends, begins)):
        _refuse("has times that cannot be read")
    if now + LEEWAY < max(made, begins):
        _refuse("is not valid yet: the clock of the server or of the provider is wrong")
    if now >= ends + LEEWAY:
        _refuse("has expired")
    if now > made + _OLDEST + LEEWAY:
        _refuse("was signed too long ago")


def _key(told: Mapping[str, Any]) -> Key | None:
    """Of what is told no more than the public numbers is used."""
    import jwt
    from cryptography.exceptions import UnsupportedAlgorithm

    kid = told.get("kid")
    algorithm: Algorithm
    names: tuple[str, ...]
    match told.get("kty"), told.get("crv"):
        case "RSA", _:
            algorithm, names = "RS256", ("kty", "n", "e")
        case "EC", "P-256":
            algorithm, names = "ES256", ("kty", "crv", "x", "y")
        case _:
            return None
    if told.get("use", "sig") != "sig" or told.get("alg", algorithm) != algorithm:
        return None
    if not isinstance(kid, str | None) or not all(isinstance(told.get(name), str) for name in names):
        return None
    try:
        public = jwt.PyJWK({name: told[name] for name in names}, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if algorithm == "RS256" and not _SMALLEST_RSA <= public.key_size <= _LARGEST_RSA:
        return None
    return Key(kid, algorithm, public)


def _refuse(what: str, error: Exception | None = None) -> NoReturn:
    raise CredentialsInvalid(
        f"The provider's ID token {what}.", fix="Start again; if it happens again, tell the operator."
    ) from error
