"""ID tokens: what one is, and all that is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from askdocs.errors import CredentialsInvalid
from askdocs.openid import tokens
from askdocs.openid.tokens import KeySet, read_keys
from tests.builders import NOW
from tests.openid_provider import CLIENT_ID, SECRET, Provider, jwk
from tests.tokens import private_key, unsigned

ISSUER, NONCE = "https://id.example.com", "n" * 43
AT = int(NOW.timestamp())
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "sub": "ada-1",
    "iat": AT,
    "exp": AT + 300,
    "nonce": NONCE,
}

Wrong = Callable[[Provider, dict[str, Any]], str]


@pytest.fixture(params=["RS256", "ES256"])
def provider(request: pytest.FixtureRequest) -> Provider:
    return Provider(ISSUER, keys={"one": private_key(request.param, "provider one")})


def read(provider: Provider, token: str, *, seconds: float = 0) -> Mapping[str, Any]:
    """As it is read when it has come."""
    keys = read_keys(KeySet(keys=[jwk(kid, one) for kid, one in provider.keys.items()]))
    told = tokens.peek(token)
    key = told.choose(keys)
    if key is None:
        raise CredentialsInvalid("a key that the provider does not have")
    now = NOW + timedelta(seconds=seconds)
    return tokens.verify(told, key, issuer=ISSUER, client_id=CLIENT_ID, nonce=NONCE, now=now)


def test_token_is_good_until_it_ends(provider: Provider) -> None:
    token = provider.token(dict(CLAIMS))

    assert read(provider, token) == CLAIMS
    for seconds in (-60, 359):
        assert read(provider, token, seconds=seconds) == CLAIMS
    for seconds in (-61, 360):
        with pytest.raises(CredentialsInvalid):
            read(provider, token, seconds=seconds)


@pytest.mark.parametrize(
    "changes",
    [{"aud": [CLIENT_ID]}, {"azp": CLIENT_ID}, {"nbf": AT + 60}, {"more": {"x": [1]}}, {"sub": "s" * 255}],
)
def test_what_else_a_token_may_say(provider: Provider, changes: dict[str, Any]) -> None:
    assert read(provider, provider.token({**CLAIMS, **changes}))


def claim(**changes: Any) -> Wrong:
    def sign(provider: Provider, claims: dict[str, Any]) -> str:
        told = {
            **claims,
            **{name: make(claims) if callable(make) else make for name, make in changes.items()},
        }
        return provider.token({name: value for name, value in told.items() if value is not None})

    return sign


def header(**changes: Any) -> Wrong:
    return lambda provider, claims: provider.token(claims, **changes)


def raw(algorithm: str | None, signature: bytes = b"") -> Wrong:
    named = {} if algorithm is None else {"alg": algorithm}
    return lambda _, claims: unsigned({**named, "kid": "one", "typ": "JWT"}, claims, signature)


def by_public_key(provider: Provider, claims: dict[str, Any]) -> str:
    """HS256 with what everybody knows as its secret: the oldest trick."""
    told = jwk("one", provider.keys["one"])
    public = told.get("n") or told["x"] + told["y"]
    return jwt.encode(claims, public, "HS256", headers={"kid": "one"})


def by_client_secret(provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, SECRET * 3, "HS256", headers={"kid": "one"})


def foreign(provider: Provider, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, private_key("RS256", "mallory"), "RS256", headers={"kid": "one"})


def by_key_in_header(provider: Provider, claims: dict[str, Any]) -> str:
    mallory = private_key("RS256", "mallory")
    told = {"kid": "mallory", "jwk": jwk("mallory", mallory), "jku": f"{provider.url}/mallory"}
    return jwt.encode(claims, mallory, "RS256", headers=told)


def by_other_algorithm(algorithm: str) -> Wrong:
    private = private_key("RS256", "provider one")
    return lambda _, claims: jwt.encode(claims, private, algorithm, headers={"kid": "one"})


def other_body(provider: Provider, claims: dict[str, Any]) -> str:
    head, _, signature = provider.token(claims).split(".")
    return ".".join((head, provider.token({**claims, "sub": "eve"}).split(".")[1], signature))


WRONG: dict[str, Wrong] = {
    "empty": lambda *_: "",
    "no token": lambda *_: "e30.e30.e30",
    "alg none": raw("none"),
    "alg None": raw("None"),
    "alg NONE with a signature": raw("NONE", b"x" * 256),
    "no alg": raw(None),
    "no signature": raw("RS256"),
    "no signature of a curve": raw("ES256"),
    "HS256 by the public key": by_public_key,
    "HS256 by the client's secret": by_client_secret,
    "PS256": by_other_algorithm("PS256"),
    "RS512": by_other_algorithm("RS512"),
    "EdDSA": lambda _, claims: jwt.encode(claims, private_key("EdDSA"), "EdDSA", headers={"kid": "one"}),
    "foreign key of a curve": lambda _, claims: jwt.encode(
        claims, private_key("ES256", "mallory"), "ES256", headers={"kid": "one"}
    ),
    "foreign key": foreign,
    "key in the header": by_key_in_header,
    "unknown kid": header(kid="two"),
    "kid of a path": header(kid="../../dev/null"),
    "crit": header(crit=["exp"]),
    "typ of an access token": header(typ="at+jwt"),
    "typ of a logout token": header(typ="logout+jwt"),
    "another body": other_body,
    "cut": lambda provider, claims: provider.token(claims)[:-2],
    "oversized": claim(groups=["x" * 20] * 1000),
    "other iss": claim(iss="https://evil.test"),
    "iss with a slash": claim(iss=lambda claims: claims["iss"] + "/"),
    "no iss": claim(iss=None),
    "other aud": claim(aud="another client"),
    "two audiences": claim(aud=[CLIENT_ID, "another client"], azp=CLIENT_ID),
    "aud of nothing": claim(aud=[]),
    "no aud": claim(aud=None),
    "other azp": claim(azp="another client"),
    "other nonce": claim(nonce="n"),
    "nonce of a number": claim(nonce=7),
    "no nonce": claim(nonce=None),
    "expired": claim(exp=lambda claims: claims["iat"] - 61),
    "no exp": claim(exp=None),
    "exp of text": claim(exp="never"),
    "endless exp": claim(exp=float("inf")),
    "iat ahead": claim(iat=lambda claims: claims["iat"] + 120),
    "iat long ago": claim(iat=lambda claims: claims["iat"] - 4000),
    "no iat": claim(iat=None),
    "nbf ahead": claim(nbf=lambda claims: claims["iat"] + 120),
    "no sub": claim(sub=None),
    "empty sub": claim(sub=""),
    "sub of a number": claim(sub=7),
    "long sub": claim(sub="s" * 256),
    "sub of another script": claim(sub="аda"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_id_token_is_refused(provider: Provider, wrong: Wrong) -> None:
    with pytest.raises(CredentialsInvalid):
        read(provider, wrong(provider, dict(CLAIMS)))


KEYS_THAT_SIGN_NOTHING: list[dict[str, Any]] = [
    {"use": "enc"},
    {"alg": "RS512"},
    {"kty": "oct", "k": "eHg"},
    {"kty": "OKP"},
    {"kty": None},
    {"kid": 7},
    {"n": "AQAB", "x": "AQAB"},
    {"n": 7, "x": 7},
    {"n": None, "x": None},
    {"e": "", "crv": "P-384"},
]


@pytest.mark.parametrize("changes", KEYS_THAT_SIGN_NOTHING)
def test_key_that_is_for_something_else_is_left_out(provider: Provider, changes: dict[str, Any]) -> None:
    told = {**jwk("one", provider.keys["one"]), **changes}

    assert read_keys(KeySet(keys=[told])) == []


def test_small_key_of_rsa_is_left_out() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  small on purpose

    assert read_keys(KeySet(keys=[jwk("one", small)])) == []
