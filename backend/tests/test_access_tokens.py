"""What is an access token of ours, what is none, and how the keys that sign them change."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from askdocs.access_tokens import AUDIENCE, ISSUER, TYPE, AccessTokens, Claims, open_access_tokens
from askdocs.config import Accounts
from askdocs.errors import ConfigError, CredentialsInvalid
from tests.builders import NOW
from tests.tokens import private_key, public_pem, unsigned

KEY = b"k" * 32
CLAIMS = Claims("ada", "sign-in", 3)
AT = int(NOW.timestamp())
TOLD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "ada",
    "sid": "sign-in",
    "epoch": 3,
    "iat": AT,
    "nbf": AT,
    "exp": AT + 3600,
}


def pem_file(folder: Path, name: str, *, public: bool = False) -> Path:
    private = private_key("RS256", name)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    file = folder / f"{name}.pem"
    file.write_text(public_pem(private) if public else pem)
    return file


def opened(secret: bytes = KEY, **accounts: Any) -> AccessTokens:
    return open_access_tokens(Accounts(**accounts), secret, lambda secret: b"derived " + secret)


def signed(tokens: AccessTokens, header: dict[str, Any] | None = None, **claims: Any) -> str:
    key = tokens._signing
    told = {name: value for name, value in {**TOLD, **claims}.items() if value is not None}
    fields = {"kid": key.kid, "typ": TYPE, **(header or {})}
    if fields["kid"] is None:
        del fields["kid"]
    made: str = jwt.encode(told, key.private, algorithm=key.algorithm, headers=fields)
    return made


@pytest.fixture(params=["HS256", "RS256"])
def tokens(request: pytest.FixtureRequest, tmp_path: Path) -> AccessTokens:
    if request.param == "HS256":
        return opened()
    return opened(signing_key_file=pem_file(tmp_path, "mine"))


def test_token_is_good_for_its_minutes(tokens: AccessTokens) -> None:
    made = tokens.make(CLAIMS, now=NOW)

    assert jwt.get_unverified_header(made)["alg"] == tokens._signing.algorithm
    assert len(made) < 1000
    for seconds in (0, 3599):
        assert tokens.read(made, now=NOW + timedelta(seconds=seconds)) == CLAIMS
    for seconds in (-1, 3600):
        with pytest.raises(CredentialsInvalid):
            tokens.read(made, now=NOW + timedelta(seconds=seconds))


def unsigned_like(tokens: AccessTokens, algorithm: str) -> str:
    return unsigned({"alg": algorithm, "typ": TYPE, "kid": tokens._signing.kid}, TOLD)


def by_public_key(tokens: AccessTokens) -> str:
    """HS256 with the text of the public key, or what is derived, as its secret: the oldest trick."""
    key = tokens._signing.public
    secret = (
        key
        if isinstance(key, bytes)
        else key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    algorithm = "HS512" if isinstance(key, bytes) else "HS256"
    digest = hashlib.sha512 if algorithm == "HS512" else hashlib.sha256
    body = unsigned({"alg": algorithm, "typ": TYPE, "kid": tokens._signing.kid}, TOLD).rpartition(".")[0]
    signature = base64.urlsafe_b64encode(hmac.digest(secret, body.encode(), digest)).rstrip(b"=").decode()
    return f"{body}.{signature}"


def foreign(tokens: AccessTokens) -> str:
    """Signed with somebody else's key, and with our key's name on it."""
    return signed(opened(b"x" * 32), {"kid": tokens._signing.kid})


def by_other_algorithm(tokens: AccessTokens) -> str:
    made: str = jwt.encode(
        TOLD, private_key("EdDSA"), algorithm="EdDSA", headers={"kid": tokens._signing.kid, "typ": TYPE}
    )
    return made


NO_TOKENS: dict[str, Callable[[AccessTokens], str]] = {
    "empty": lambda _: "",
    "dots": lambda _: "..",
    "no JSON": lambda _: "e30.e30.e30",
    "alg none": lambda tokens: unsigned_like(tokens, "none"),
    "alg None": lambda tokens: unsigned_like(tokens, "None"),
    "alg missing": lambda tokens: unsigned({"typ": TYPE, "kid": tokens._signing.kid}, TOLD),
    "no signature": lambda tokens: unsigned_like(tokens, tokens._signing.algorithm),
    "HS with the public key": by_public_key,
    "EdDSA": by_other_algorithm,
    "foreign key": foreign,
    "unknown kid": lambda tokens: signed(tokens, {"kid": "0" * 16}),
    "no kid": lambda tokens: signed(tokens, {"kid": None}),
    "kid of a number": lambda tokens: unsigned({"alg": "HS256", "typ": TYPE, "kid": 1}, TOLD, b"x"),
    "kid of a list": lambda tokens: unsigned({"alg": "HS256", "typ": TYPE, "kid": ["a"]}, TOLD, b"x"),
    "key in the header": lambda tokens: signed(opened(b"y" * 32), {"jwk": {"kty": "oct", "k": "eHg"}}),
    "typ JWT": lambda tokens: signed(tokens, {"typ": "JWT"}),
    "no typ": lambda tokens: signed(tokens, {"typ": None}),
    "crit": lambda tokens: signed(tokens, {"crit": ["exp"]}),
    "other iss": lambda tokens: signed(tokens, iss="evil"),
    "no iss": lambda tokens: signed(tokens, iss=None),
    "other aud": lambda tokens: signed(tokens, aud="askdocs"),
    "aud of a list": lambda tokens: signed(tokens, aud=[AUDIENCE, "other"]),
    "no aud": lambda tokens: signed(tokens, aud=None),
    "no sub": lambda tokens: signed(tokens, sub=None),
    "no sid": lambda tokens: signed(tokens, sid=None),
    "sid of a number": lambda tokens: signed(tokens, sid=1),
    "no epoch": lambda tokens: signed(tokens, epoch=None),
    "epoch of text": lambda tokens: signed(tokens, epoch="3"),
    "epoch true": lambda tokens: signed(tokens, epoch=True),
    "expired": lambda tokens: signed(tokens, exp=AT),
    "no exp": lambda tokens: signed(tokens, exp=None),
    "exp of text": lambda tokens: signed(tokens, exp="never"),
    "endless exp": lambda tokens: signed(tokens, exp=float("1e400")),
    "nbf ahead": lambda tokens: signed(tokens, nbf=AT + 1),
    "no nbf": lambda tokens: signed(tokens, nbf=None),
    "cut": lambda tokens: signed(tokens)[:-1],
    "cut in two": lambda tokens: signed(tokens).rpartition(".")[0],
    "four parts": lambda tokens: signed(tokens) + ".e30",
    "oversized": lambda tokens: signed(tokens, more="x" * 5000),
    "another body": lambda tokens: ".".join(
        part if number != 1 else signed(tokens, epoch=4).split(".")[1]
        for number, part in enumerate(signed(tokens).split("."))
    ),
    "letters of another script": lambda tokens: signed(tokens)[:-1] + "\u0430",
    "half a character": lambda tokens: signed(tokens)[:-1] + "\ud800",
}


@pytest.mark.parametrize("wrong", NO_TOKENS.values(), ids=NO_TOKENS)
def test_what_is_no_access_token_is_refused(
    tokens: AccessTokens, wrong: Callable[[AccessTokens], str]
) -> None:
    with pytest.raises(CredentialsInvalid):
        tokens.read(wrong(tokens), now=NOW)


def test_keys_change_with_an_overlap(tmp_path: Path) -> None:
    secret = tmp_path / "former"
    secret.write_text(KEY.decode() + "\n")
    old, newer = opened(), opened(signing_key_file=pem_file(tmp_path, "mine"), former_key_files=(secret,))
    newest = opened(
        signing_key_file=pem_file(tmp_path, "next"),
        former_key_files=(pem_file(tmp_path, "mine", public=True),),
    )
    made = [tokens.make(CLAIMS, now=NOW) for tokens in (old, newer, newest)]

    assert [newer.read(token, now=NOW) for token in made[:2]] == [CLAIMS, CLAIMS]
    assert [newest.read(token, now=NOW) for token in made[1:]] == [CLAIMS, CLAIMS]
    for token, tokens in ((made[0], newest), (made[2], newer), (made[1], old)):
        with pytest.raises(CredentialsInvalid):
            tokens.read(token, now=NOW)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "short",
        "-----BEGIN PRIVATE KEY-----\nx",  # pragma: allowlist secret
        "k" * 40,
        "ec",
        "public",
    ],
)
def test_file_without_a_key_that_signs_stops_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "key.pem"
    if content == "ec":
        content = (
            private_key("ES256")
            .private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            .decode()
        )
    if content == "public":
        content = public_pem(private_key("RS256", "mine"))
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConfigError):
        opened(signing_key_file=file)
