"""Takes the word of a host application for who asks: JSON web tokens about its users, by keys of each site.

A key decides by which algorithm its signatures are checked; what a token says of that, of addresses of keys
or of keys is not looked at. Nothing here opens a connection.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from askdocs.errors import InputError, UserTokenExpired, UserTokenInvalid, UserTokensNotConfigured
from askdocs.types import Site, UserKey, UserKeyAlgorithm

LONGEST_LIFE = 24 * 3600
"""Seconds that a token may still be valid. Nothing takes one back, so that is how long a stolen one, or the
account of somebody who left, opens a history; an application makes a new one with each page that it shows."""

LEEWAY = 30
"""Seconds by which the clocks of two servers may differ."""

LONGEST_SUBJECT = 255
"""Characters, as OpenID Connect has it for `sub`."""

_LONGEST = 8192
"""Characters of a token; one that names a user has some 300 to 900."""

_SMALLEST_RSA = 2048
"""Bits, as RFC 7518 asks."""

_FORMS = "An RSA key of 2048 bits or more, an EC key on P-256 or an Ed25519 key, as PEM or as a JWK."
_LEAVE_OUT = "Send a token that your server has just signed, or leave the header X-Askdocs-User out."


class UserTokens:
    """Checks the tokens of a site's users. `key` is this installation's, of which what nobody may guess is
    derived."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def identify(self, token: str, site: Site, keys: Sequence[UserKey], *, now: datetime) -> bytes:
        """The digest by which the site's user is known here.

        Raises `UserTokensNotConfigured`, `UserTokenExpired`, and `UserTokenInvalid`, which says what is wrong
        with it. Takes 0.05 to 0.16 ms, the first time up to 110 more.
        """
        if not keys:
            raise UserTokensNotConfigured(
                "This site takes no user tokens: it has no key to check them with.",
                fix="`askdocs site user-keys add` gives it one; until then leave the header out.",
            )
        if len(token) > _LONGEST:
            _refuse(f"has {len(token)} characters; {_LONGEST} are the most")
        key = _choose(_header(token), [key for key in keys if key.expires_at is None or now < key.expires_at])
        claims = self._verify(token, site, key)
        _check_life(claims, now)
        _check_audience(claims, site)
        return self.digest(site.id, _subject(claims))

    def digest(self, site_id: str, subject: str) -> bytes:
        """A name of the user from which nobody without this installation's secret can tell the user's own."""
        return self._derive("user", site_id, subject)

    def secret(self, site_id: str, kid: str) -> str:
        """What the host application signs HS256 with. It is derived, so that no database holds it."""
        return base64.urlsafe_b64encode(self._derive("user key", site_id, kid)).rstrip(b"=").decode()

    def _verify(self, token: str, site: Site, key: UserKey) -> Mapping[str, Any]:
        # Imported here, with cryptography behind it: 20 ms beside google-auth, without that 110 ms and 22 MB,
        # which an installation without users need not pay.
        import jwt

        by: str = key.public_key or self.secret(site.id, key.kid)
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token,
                by,
                algorithms=[key.algorithm],
                leeway=LEEWAY,
                options={"require": ["exp", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise UserTokenExpired(
                "The user token has expired.",
                fix="Have your server sign a new one, and call setUser with it.",
            ) from error
        except jwt.MissingRequiredClaimError as error:
            _refuse(f"has no claim `{error.claim}`", error)
        except jwt.ImmatureSignatureError as error:
            _refuse(
                "is not valid yet: `nbf` or `iat` lies ahead", error, fix="Set the clock of what signs it."
            )
        except jwt.InvalidAlgorithmError as error:
            _refuse(f"is not signed by {key.algorithm}, which its key is for", error)
        except jwt.InvalidSignatureError as error:
            _refuse(f"was not signed with the key {key.kid} of this site", error)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            _refuse("has claims that cannot be read", error)
        return claims

    def _derive(self, what: str, site_id: str, name: str) -> bytes:
        said = f"askdocs {what} 1\n{site_id}\n{name}"
        return hmac.digest(self._key, said.encode("utf-8", "surrogatepass"), "sha256")


def _header(token: str) -> Mapping[str, Any]:
    import jwt

    try:
        header: Mapping[str, Any] = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        _refuse("is no JSON web token", error)
    return header


def _choose(header: Mapping[str, Any], keys: Sequence[UserKey]) -> UserKey:
    """The key that the token names. One that names none is taken for the only one's that there is."""
    kid = header.get("kid")
    if kid is None and len(keys) == 1:
        return keys[0]
    if kid is None and keys:
        _refuse("does not say which of the site's keys signed it", fix="Put the key's `kid` into its header.")
    found = next((key for key in keys if key.kid == kid), None)
    if found is None:
        _refuse(
            "was signed with a key that this site does not have, or no longer",
            fix="`askdocs site user-keys list` shows the keys, and until when each is good.",
        )
    return found


def _check_life(claims: Mapping[str, Any], now: datetime) -> None:
    if int(claims["exp"]) > now.timestamp() + LONGEST_LIFE + LEEWAY:
        _refuse(
            f"would be valid for more than {LONGEST_LIFE // 3600} hours",
            fix="Sign tokens that expire within the hour, and a new one with each page.",
        )


def _check_audience(claims: Mapping[str, Any], site: Site) -> None:
    """An application that serves several sites with one key says by `aud` which one it means."""
    if "aud" not in claims:
        return
    given = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not {site.key, site.name}.intersection(one for one in given if isinstance(one, str)):
        _refuse("is for another audience", fix="`aud` is the site's key or its name, or left out.")


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        _refuse(f"has a `sub` that is no text of 1 to {LONGEST_SUBJECT} characters")
    return subject


def _refuse(what: str, error: Exception | None = None, *, fix: str = _LEAVE_OUT) -> NoReturn:
    raise UserTokenInvalid(f"The user token {what}.", fix=fix) from error


def read_public_key(text: str) -> tuple[UserKeyAlgorithm, str]:
    """The algorithm that a public key is for, and the key as PEM. Raises `InputError` for any other text."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = _load(text)
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode("ascii")
    match key:
        case rsa.RSAPublicKey() if key.key_size >= _SMALLEST_RSA:
            return "RS256", pem
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            return "ES256", pem
        case ed25519.Ed25519PublicKey():
            return "EdDSA", pem
        case _:
            raise InputError("Tokens cannot be signed with a key of this kind or size.", fix=_FORMS)


def _load(text: str) -> Any:
    import jwt
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE KEY" in text or _is_private(text):
        raise InputError(
            "This is a private key, which nobody but the signing server should have.",
            fix="Give the public half: openssl pkey -in private.pem -pubout",
        )
    try:
        if text.lstrip().startswith("{"):
            return jwt.PyJWK.from_json(text).key
        return load_pem_public_key(text.encode())
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise InputError("This is no public key.", fix=_FORMS) from error


def _is_private(text: str) -> bool:
    """Whether it is a JWK with what only a private key or a shared secret has."""
    try:
        fields = json.loads(text)
    except ValueError:
        return False
    return isinstance(fields, dict) and not {"d", "k"}.isdisjoint(fields)
