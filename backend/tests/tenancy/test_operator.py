"""Who has the admin token makes sites over HTTPS, and administers each of them; nobody else does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from askdocs.api import admin
from askdocs.config import load
from askdocs.errors import ConfigError
from askdocs.tenancy import api_keys
from askdocs.types import ROLES, Actor
from tests.served import Served, problem, serve

pytestmark = pytest.mark.anyio

SITES = "/api/v1/admin/sites"
TOKEN = "operators-of-this-deployment-have-this"  # pragma: allowlist secret
OPERATOR = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("operator"), admin_token=TOKEN) as opened:
        yield opened


async def test_site_is_made_given_a_key_and_deleted(served: Served) -> None:
    wanted = {"name": "handbook", "origins": ["https://Docs.example.com/"]}
    made = await served.client.post(SITES, json=wanted, headers=OPERATOR)
    assert (made.status_code, made.json()["origins"]) == (201, ["https://docs.example.com"])
    assert made.headers["cache-control"] == "no-store"

    site = f"{SITES}/handbook"
    key = await served.client.post(
        f"{site}/keys", json={"name": "CI", "permissions": ["publish", "read"]}, headers=OPERATOR
    )
    seen = await served.client.get(site, headers={"authorization": f"Bearer {key.json()['key']}"})
    assert seen.json()["key"] == made.json()["key"]
    entries = (await served.client.get(f"{site}/audit", headers=OPERATOR)).json()["entries"]
    assert [(entry["action"], entry["actor"]["name"]) for entry in entries] == [
        ("key.create", "admin token"),
        ("site.add", "admin token"),
    ]

    names = [one["name"] for one in (await served.client.get(SITES, headers=OPERATOR)).json()]
    gone = await served.client.delete(site, params={"confirm": "handbook"}, headers=OPERATOR)
    left = [one["name"] for one in (await served.client.get(SITES, headers=OPERATOR)).json()]
    assert (names, gone.status_code, left) == (["docs", "handbook"], 204, ["docs"])


@pytest.mark.parametrize(
    ("wanted", "status", "kind"),
    [
        ({"name": "docs"}, 409, "conflict"),
        ({"name": ""}, 422, "input-error"),
        ({"name": "-x"}, 422, "input-error"),
        ({"name": "a b"}, 422, "input-error"),
        ({"name": "../x"}, 422, "input-error"),
        ({"name": "new", "origins": ["ftp://x"]}, 422, "input-error"),
        ({"name": "new", "origins": ["*"]}, 422, "input-error"),
        ({"name": "new", "key": "pk_mine"}, 422, "invalid-request"),
        ({"name": "n" * 64}, 422, "invalid-request"),
        ({}, 422, "invalid-request"),
    ],
)
async def test_site_that_cannot_be_is_refused(
    served: Served, wanted: dict[str, Any], status: int, kind: str
) -> None:
    problem(await served.client.post(SITES, json=wanted, headers=OPERATOR), status, kind)
    assert [one["name"] for one in (await served.client.get(SITES, headers=OPERATOR)).json()] == ["docs"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_people_and_keys_of_sites_see_none(served: Served, method: str) -> None:
    actor = Actor("operator", "", "me")
    _, key = await api_keys.create(
        served.rt, served.world.site, name="owner", permissions=ROLES["owner"], actor=actor
    )
    for token, status, kind in (
        (key, 403, "permission-missing"),
        (TOKEN[:-1], 401, "credentials-invalid"),
        (TOKEN + "x", 401, "credentials-invalid"),
        ("ä", 401, "credentials-invalid"),
    ):
        headers = {b"authorization": f"Bearer {token}".encode("latin-1")}
        body: dict[str, Any] = {"json": {"name": "mine"}} if method == "POST" else {}
        problem(await served.client.request(method, SITES, headers=headers, **body), status, kind)
    problem(await served.client.request(method, SITES, json={"name": "mine"}), 401, "credentials-missing")


async def test_who_guesses_the_token_is_stopped(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "_FAILURES", 1)
    guesses = [await served.client.get(SITES, headers={"authorization": "Bearer guess"}) for _ in range(30)]
    problem(guesses[-1], 429, "rate-limited")
    assert (await served.client.get(SITES, headers=OPERATOR)).status_code == 200


def test_short_token_stops_the_start() -> None:
    with pytest.raises(ConfigError, match="less than 32 characters"):
        load("test", admin_token="short")
