"""Issuers' keys: fetched from real servers, kept, changed and withdrawn."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from askdocs.db import publishers, sites
from askdocs.db.database import Database
from askdocs.errors import ConfigError, CredentialsInvalid, IssuerUnavailable
from askdocs.id_tokens import read_keys
from askdocs.issuers import FRESH, KEPT, PAUSE, Issuers
from askdocs.outbound.fetching import Outbound
from askdocs.types import Publisher
from tests.builders import NOW
from tests.issuers import Issuer, jwk, running
from tests.tokens import private_key

pytestmark = pytest.mark.anyio

ASKED = ["/.well-known/openid-configuration", "/jwks"]
OLD, NEW = private_key("RS256", "issuer one"), private_key("RS256", "issuer two")


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running() as found:
        yield found


@pytest.fixture
async def outbound(issuer: Issuer) -> AsyncIterator[Outbound]:
    found = Outbound(allow=[issuer.url])
    yield found
    await found.close()


@pytest.fixture
def db(sqlite_url: str) -> Iterator[Database]:
    found = Database(sqlite_url)
    yield found
    found.close()


@pytest.fixture
def issuers(db: Database, outbound: Outbound, issuer: Issuer) -> Issuers:
    """Of an issuer that a site trusts."""
    site = db.run_sync(sites.add, "docs", origins=[])
    trusted = Publisher("p", site.id, "github", issuer.url, "acme/docs", "main", "", NOW)
    db.run_sync(publishers.add, site.id, publisher=trusted)
    return Issuers(db, outbound, file=None)


async def test_keys_are_fetched_once_an_hour(issuer: Issuer, issuers: Issuers) -> None:
    at_once = await asyncio.gather(*(issuers.key(issuer.url, "one", now=NOW) for _ in range(20)))
    later = [await issuers.key(issuer.url, "one", now=NOW + FRESH * share) for share in (0.5, 0.99)]
    found = [*at_once, *later]
    asked_first = list(issuer.asked)
    await issuers.key(issuer.url, "one", now=NOW + FRESH)

    assert {key.public_numbers().n for key in found} == {OLD.public_key().public_numbers().n}
    assert (asked_first, issuer.asked) == (ASKED, ASKED * 2)


async def test_key_that_is_new_is_fetched_and_one_that_is_withdrawn_is_no_more(
    issuer: Issuer, issuers: Issuers
) -> None:
    await issuers.key(issuer.url, "one", now=NOW)
    issuer.keys["two"] = NEW
    await issuers.key(issuer.url, "two", now=NOW + PAUSE)
    await issuers.key(issuer.url, "one", now=NOW + PAUSE)
    del issuer.keys["one"]
    await issuers.key(issuer.url, "two", now=NOW + PAUSE + FRESH)

    assert issuer.asked == ASKED * 3
    with pytest.raises(CredentialsInvalid, match="does not have"):
        await issuers.key(issuer.url, "one", now=NOW + PAUSE + FRESH)


async def test_keys_that_are_made_up_have_it_asked_once_a_minute(issuer: Issuer, issuers: Issuers) -> None:
    for number in range(20):
        with pytest.raises(CredentialsInvalid):
            await issuers.key(issuer.url, f"made up {number}", now=NOW + PAUSE * number / 10)

    assert issuer.asked == ASKED * 2


async def test_issuer_that_is_down_is_done_without_for_a_day(issuer: Issuer, issuers: Issuers) -> None:
    await issuers.key(issuer.url, "one", now=NOW)
    issuer.is_down = True
    issuer.keys["two"] = NEW

    await issuers.key(issuer.url, "one", now=NOW + KEPT - timedelta(seconds=1))
    with pytest.raises(IssuerUnavailable, match="cannot be had"):
        await issuers.key(issuer.url, "two", now=NOW + KEPT - timedelta(seconds=1))
    with pytest.raises(IssuerUnavailable):
        await issuers.key(issuer.url, "one", now=NOW + KEPT)
    issuer.is_down = False
    await issuers.key(issuer.url, "two", now=NOW + KEPT + PAUSE)


async def test_another_process_starts_with_the_keys_that_were_kept(
    issuer: Issuer, issuers: Issuers, db: Database, outbound: Outbound
) -> None:
    await issuers.key(issuer.url, "one", now=NOW)
    issuer.is_down = True
    other = Issuers(db, outbound, file=None)
    await other.key(issuer.url, "one", now=NOW + FRESH / 2)

    assert issuer.asked == ASKED


@pytest.mark.parametrize(
    "says",
    [
        {"issuer": "https://token.actions.githubusercontent.com"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": "http://127.0.0.1:1/jwks"},
        {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
async def test_issuer_that_says_it_is_another_or_leads_astray_has_no_keys(
    issuer: Issuer, issuers: Issuers, says: dict[str, Any]
) -> None:
    issuer.says = says
    with pytest.raises(IssuerUnavailable):
        await issuers.key(issuer.url, "one", now=NOW)


async def test_keys_of_a_file_are_good_without_a_network(
    db: Database, outbound: Outbound, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"https://gitlab.internal": {"keys": [jwk("one", OLD)]}}))
    issuers = Issuers(db, outbound, file=file)
    await issuers.key("https://gitlab.internal", "one", now=NOW)
    file.write_text(json.dumps({"https://gitlab.internal": {"keys": [jwk("two", NEW)]}}))
    await issuers.key("https://gitlab.internal", "two", now=NOW + PAUSE)

    with pytest.raises(CredentialsInvalid):
        await issuers.key("https://gitlab.internal", "one", now=NOW + PAUSE)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"https://a": []}', '{"https://a": {"keys": 1}}'])
async def test_file_that_holds_no_keys_is_told_of_at_the_start(
    db: Database, outbound: Outbound, tmp_path: Path, text: str
) -> None:
    (tmp_path / "keys.json").write_text(text)
    with pytest.raises(ConfigError, match="keys_file"):
        Issuers(db, outbound, file=tmp_path / "keys.json")


def test_keys_of_other_kinds_are_left_out() -> None:
    good = jwk("good", OLD)
    small = jwk("small", private_key("RS256", "issuer two"))
    others: list[Any] = [
        good | {"kid": "encrypts", "use": "enc"},
        good | {"kid": "other", "alg": "RS512"},
        good | {"kid": None},
        {name: one for name, one in good.items() if name != "kid"},
        small | {"n": small["n"][:171]},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {"kty": "EC", "kid": "curve", "crv": "P-256", "x": "AA", "y": "AA"},
        "a string",
    ]

    assert read_keys({"keys": [good, *others]}) == [{name: good[name] for name in ("kid", "n", "e")}]
    nothings: list[Any] = [None, [], {}, {"keys": {}}, {"keys": [good] * 101}]
    for nothing in nothings:
        with pytest.raises(ValueError, match="no set"):
            read_keys(nothing)
