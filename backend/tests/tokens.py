"""Keys of host applications, and tokens that they sign about their users."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from askdocs.types import Site, UserKey, UserKeyAlgorithm
from askdocs.user_tokens import UserTokens
from tests.builders import NOW


@dataclass(frozen=True, slots=True)
class Signer:
    """A host application with one key: `private` is what it signs with, `key` what the site knows."""

    private: Any
    key: UserKey

    def sign(self, subject: Any = "ada", *, kid: str | None = "", algorithm: str = "", **claims: Any) -> str:
        """A token that is good for an hour, unless `claims` say otherwise; a claim of None is left out."""
        now = int(time.time())
        told = {"sub": subject, "iat": now, "exp": now + 3600, **claims}
        name = self.key.kid if kid == "" else kid
        token: str = jwt.encode(
            {claim: value for claim, value in told.items() if value is not None},
            self.private,
            algorithm or self.key.algorithm,
            headers={"kid": name} if name is not None else None,
        )
        return token


@cache
def private_key(algorithm: UserKeyAlgorithm, name: str = "") -> Any:
    """The same key for the same name: to make one of RSA takes a tenth of a second."""
    match algorithm:
        case "RS256":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def public_pem(private: Any) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    pem: bytes = private.public_key().public_bytes(serialization.Encoding.PEM, spki)
    return pem.decode()


def signer(
    algorithm: UserKeyAlgorithm, tokens: UserTokens, site: Site, *, kid: str = "one", name: str = ""
) -> Signer:
    if algorithm == "HS256":
        return Signer(tokens.secret(site.id, kid), UserKey(kid, algorithm, "", NOW))
    private = private_key(algorithm, name)
    return Signer(private, UserKey(kid, algorithm, public_pem(private), NOW))


def unsigned(header: dict[str, Any], claims: Any, signature: bytes = b"") -> str:
    """A token that no library would make."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
