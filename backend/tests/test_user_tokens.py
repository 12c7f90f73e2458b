"""A token names a user only if a key of the site signed it, by the key's algorithm, and for now."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from askdocs.errors import InputError, UserTokenExpired, UserTokenInvalid, UserTokensNotConfigured
from askdocs.types import Site, UserKey, UserKeyAlgorithm
from askdocs.user_tokens import UserTokens, read_public_key
from tests.builders import NOW
from tests.tokens import Signer, private_key, public_pem, signer, unsigned

TOKENS = UserTokens(b"a key of 32 bytes or more, surely")
SITE = Site("s1", "docs", "pk_docs", (), NOW)
OTHER_SITE = Site("s2", "other", "pk_other", (), NOW)
SITE_ALIKE = Site("s1", "sibling", "pk_sibling", (), NOW)
"""Of the same secrets, so that nothing but the audience tells them apart."""

ALGORITHMS: tuple[UserKeyAlgorithm, ...] = ("RS256", "ES256", "EdDSA", "HS256")
HOUR = 3600


def identify(token: str, *keys: UserKey, site: Site = SITE) -> bytes:
    return TOKENS.identify(token, site, keys, now=datetime.now(UTC))


def refusal(token: str, *keys: UserKey, site: Site = SITE) -> str:
    with pytest.raises(UserTokenInvalid) as refused:
        identify(token, *keys, site=site)
    assert refused.value.fix
    assert len(token) < 9 or token not in str(refused.value)
    return str(refused.value)


@pytest.fixture(params=ALGORITHMS)
def host(request: pytest.FixtureRequest) -> Signer:
    return signer(request.param, TOKENS, SITE)


def in_seconds(seconds: float) -> int:
    return int(time.time() + seconds)


# what is taken


def test_user_is_known_by_a_digest_that_tells_nothing(host: Signer) -> None:
    digest = identify(host.sign("ada@example.com"), host.key)

    assert digest == TOKENS.digest(SITE.id, "ada@example.com")
    assert len(digest) == 32


def test_digest_is_of_one_user_one_site_and_one_installation() -> None:
    digests = {
        tokens.digest(site, subject)
        for tokens in (TOKENS, UserTokens(b"the secret of another installation"))
        for site in ("s1", "s2")
        for subject in ("ada", "bob", "ada\n", "\ud800")
    }

    assert len(digests) == 16


def test_token_without_kid_is_taken_where_there_is_one_key(host: Signer) -> None:
    assert identify(host.sign(kid=None), host.key)


def test_key_is_chosen_by_its_kid() -> None:
    old, new = (signer("ES256", TOKENS, SITE, kid=kid, name=kid) for kid in ("old", "new"))

    assert identify(old.sign(), old.key, new.key) == identify(new.sign(), old.key, new.key)
    assert "does not say which" in refusal(new.sign(kid=None), old.key, new.key)
    assert "was not signed with the key old" in refusal(new.sign(kid="old"), old.key, new.key)


@pytest.mark.parametrize("audience", [None, "docs", "pk_docs", ["somewhere", "docs"]])
def test_audience_is_the_site_or_left_out(host: Signer, audience: Any) -> None:
    assert identify(host.sign(aud=audience), host.key)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -20},
        {"nbf": 20},
        {"iat": 20},
        {"exp": 24 * HOUR},
        {"iat": None},
    ],
    ids=str,
)
def test_clocks_may_differ_by_some_seconds(host: Signer, claims: dict[str, int | None]) -> None:
    moved: dict[str, Any] = {
        claim: None if value is None else in_seconds(value) for claim, value in claims.items()
    }

    assert identify(host.sign(**moved), host.key)


def test_longest_subject_is_taken(host: Signer) -> None:
    assert identify(host.sign("ä" * 255), host.key)


# what is not


def test_site_without_keys_takes_none(host: Signer) -> None:
    with pytest.raises(UserTokensNotConfigured) as refused:
        identify(host.sign())

    assert "askdocs site user-keys add" in refused.value.fix


def test_expired_token_has_an_error_of_its_own(host: Signer) -> None:
    with pytest.raises(UserTokenExpired):
        identify(host.sign(exp=in_seconds(-60)), host.key)


def test_expired_token_of_a_foreign_key_is_no_expired_one(host: Signer) -> None:
    foreign = signer("ES256", TOKENS, SITE, name="foreign")

    assert refusal(foreign.sign(exp=in_seconds(-60)), host.key)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"exp": None}, "has no claim `exp`"),
        ({"exp": timedelta(hours=25)}, "valid for more than 24 hours"),
        ({"exp": 1e300}, "valid for more than 24 hours"),
        ({"exp": float("inf")}, "cannot be read"),
        ({"exp": float("nan")}, "cannot be read"),
        ({"exp": "soon"}, "cannot be read"),
        ({"exp": [1]}, "cannot be read"),
        ({"nbf": timedelta(minutes=2)}, "not valid yet"),
        ({"iat": timedelta(minutes=2)}, "not valid yet"),
        ({"iat": "yesterday"}, "cannot be read"),
        ({"sub": None}, "has no claim `sub`"),
        ({"sub": ""}, "no text of 1 to 255"),
        ({"sub": "x" * 256}, "no text of 1 to 255"),
        ({"sub": 7}, "cannot be read"),
        ({"aud": "elsewhere"}, "another audience"),
        ({"aud": ["elsewhere", "pk_other"]}, "another audience"),
        ({"aud": {"docs": 1}}, "another audience"),
        ({"aud": ""}, "another audience"),
        ({"aud": [["docs"]]}, "another audience"),
    ],
    ids=str,
)
def test_claims_that_are_wrong_are_named(claims: dict[str, Any], says: str) -> None:
    host = signer("EdDSA", TOKENS, SITE)
    told = {"sub": "ada", "exp": timedelta(hours=1), **claims}
    body = json.dumps(
        {
            claim: in_seconds(value.total_seconds()) if isinstance(value, timedelta) else value
            for claim, value in told.items()
            if value is not None
        }
    )
    token = jwt.api_jws.encode(body.encode(), host.private, "EdDSA", headers={"kid": "one"})

    assert says in refusal(token, host.key)


@pytest.mark.parametrize("foreign", ALGORITHMS)
def test_key_of_somebody_else_signs_for_nobody(host: Signer, foreign: UserKeyAlgorithm) -> None:
    site = SITE if foreign != "HS256" else OTHER_SITE
    stranger = signer(foreign, TOKENS, site, name="stranger")

    assert refusal(stranger.sign(), host.key)


def test_key_of_another_site_signs_for_that_alone(host: Signer) -> None:
    other = signer(host.key.algorithm, TOKENS, OTHER_SITE, name="other")

    assert identify(other.sign(), other.key, site=OTHER_SITE)
    assert refusal(other.sign(), host.key)
    assert "another audience" in refusal(host.sign(aud="docs"), host.key, site=SITE_ALIKE)


@pytest.mark.parametrize("name", ["none", "None", "NONE", "nOnE", ""])
def test_token_that_nobody_signed_is_refused(host: Signer, name: str) -> None:
    claims = {"sub": "ada", "exp": in_seconds(HOUR)}

    for signature in (b"", b"x"):
        says = refusal(unsigned({"alg": name, "typ": "JWT", "kid": "one"}, claims, signature), host.key)
        assert f"is not signed by {host.key.algorithm}" in says


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_public_key_is_no_shared_secret(algorithm: UserKeyAlgorithm) -> None:
    """What everybody may know must not sign: the token says HS256, and the key decides that it is not."""
    host = signer(algorithm, TOKENS, SITE)
    header = {"alg": "HS256", "typ": "JWT", "kid": "one"}
    token = unsigned(header, {"sub": "ada", "exp": in_seconds(HOUR)}).rstrip(".")
    for secret in (host.key.public_key.encode(), host.key.public_key.strip().encode()):
        signature = hmac.digest(secret, token.encode(), "sha256")
        forged = f"{token}.{unsigned({}, {}, signature).rpartition('.')[2]}"

        assert f"is not signed by {algorithm}" in refusal(forged, host.key)


def test_algorithm_is_that_of_the_key_even_within_a_family() -> None:
    host = signer("RS256", TOKENS, SITE)

    for algorithm in ("RS512", "PS256"):
        assert "is not signed by RS256" in refusal(host.sign(algorithm=algorithm), host.key)


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_key_that_a_token_brings_is_not_looked_at(name: str) -> None:
    host, thief = signer("ES256", TOKENS, SITE), signer("ES256", TOKENS, SITE, name="thief")
    own = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(thief.private.public_key()))
    value = own if name == "jwk" else "http://127.0.0.1:9/keys"
    claims = {"sub": "ada", "exp": in_seconds(HOUR)}
    token = jwt.encode(claims, thief.private, "ES256", headers={name: value, "kid": "one"})

    assert "was not signed with the key one" in refusal(token, host.key)


def test_changed_claims_are_refused(host: Signer) -> None:
    header, _, signature = host.sign().split(".")
    claims = unsigned({}, {"sub": "root", "exp": in_seconds(HOUR)}).split(".")[1]

    assert "was not signed with the key" in refusal(f"{header}.{claims}.{signature}", host.key)


def test_retired_key_signs_no_more(host: Signer) -> None:
    over = replace(host.key, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    ending = replace(host.key, expires_at=datetime.now(UTC) + timedelta(minutes=1))
    new = signer("EdDSA", TOKENS, SITE, kid="new", name="new")

    assert identify(host.sign(), ending, new.key)
    assert "or no longer" in refusal(host.sign(), over, new.key)
    assert "or no longer" in refusal(host.sign(kid=None), over)
    assert identify(new.sign(kid=None), over, new.key), "of the keys that are good it is the only one"


def nested(depth: int) -> str:
    return unsigned({"alg": "EdDSA"}, {}).replace(".e30.", f".{'[' * depth}.")


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "a",
        "..",
        "a.b.c",
        "Bearer x",
        "é.é.é",
        "\0.\0.\0",
        "e30.e30.",
        "x" * 8193,
        "." * 8000,
        unsigned({"alg": "EdDSA", "kid": 7}, {}),
        unsigned({"alg": "EdDSA", "kid": None}, []),
        unsigned({"alg": ["EdDSA"], "kid": "one"}, {"sub": "ada"}),
        unsigned({"alg": "EdDSA", "kid": "one", "crit": ["exp"]}, {"sub": "ada"}),
        unsigned({"alg": "EdDSA", "kid": "one", "b64": False}, {"sub": "ada"}),
        unsigned({"kid": "one"}, {"sub": "ada"}),
        unsigned({"alg": "EdDSA", "kid": "' OR 1=1"}, {"sub": "ada"}),
        nested(1000),
    ],
    ids=lambda token: f"{token[:24]!r} of {len(token)}",
)
def test_garbage_is_refused(token: str) -> None:
    assert refusal(token, signer("EdDSA", TOKENS, SITE).key)


# reading keys


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_key_says_what_it_is_for_in_both_forms(algorithm: UserKeyAlgorithm) -> None:
    pem = public_pem(private_key(algorithm))
    jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(private_key(algorithm).public_key())

    assert read_public_key(pem) == (algorithm, pem)
    assert read_public_key(f"\n{jwk}\n") == (algorithm, pem)


def private_pem(private: Any) -> str:
    pem: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def too_short() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - it is to be refused


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: private_pem(private_key("ES256")), "private key"),
        (lambda: jwt.algorithms.OKPAlgorithm.to_jwk(private_key("EdDSA")), "private key"),
        (lambda: json.dumps({"kty": "oct", "k": "AAAA"}), "private key"),
        (lambda: public_pem(too_short()), "kind or size"),
        (lambda: public_pem(ec.generate_private_key(ec.SECP384R1())), "kind or size"),
        (lambda: "", "no public key"),
        (lambda: "ssh-ed25519 AAAA", "no public key"),
        (lambda: "{", "no public key"),
        (lambda: '{"kty": "RSA"}', "no public key"),
        (lambda: '{"keys": []}', "no public key"),
        (lambda: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key"),
    ],
)
def test_other_keys_are_refused(make: Callable[[], str], says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        read_public_key(make())

    assert refused.value.fix


def test_secret_is_of_one_site_one_key_and_one_installation() -> None:
    secrets = {
        tokens.secret(site, kid)
        for tokens in (TOKENS, UserTokens(b"the secret of another installation"))
        for site in ("s1", "s2")
        for kid in ("one", "two")
    }

    assert len(secrets) == 8
    assert all(len(secret) == 43 for secret in secrets)
