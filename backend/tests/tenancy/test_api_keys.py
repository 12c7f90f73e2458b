"""API keys of sites: whom they let in, and what is left of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from askdocs.api import admin
from askdocs.db import audit, sites
from askdocs.tenancy import api_keys
from askdocs.types import Actor, Permission, Site
from tests.commands import Command
from tests.served import Served, problem, serve

pytestmark = pytest.mark.anyio

ME = Actor("operator", "", "me")
PATH = "/api/v1/admin/sites"


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("keys")) as opened:
        yield opened


@pytest.fixture(scope="module")
async def other(served: Served) -> Site:
    return await served.rt.db.run(sites.add, "other", origins=[])


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of wrong keys follow each other faster than people make mistakes."""
    monkeypatch.setattr(admin, "_FAILURES", 1000)


async def make(served: Served, *may: Permission, site: Site | None = None, **fields: Any) -> str:
    wanted = {"name": "CI", "actor": ME, **fields}
    _, secret = await api_keys.create(
        served.rt, site or served.world.site, permissions=may or ("manage",), **wanted
    )
    return secret


def bearing(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


async def get(served: Served, secret: str, path: str = "docs/keys") -> httpx.Response:
    return await served.client.get(f"{PATH}/{path}", headers=bearing(secret))


async def test_key_is_made_listed_and_revoked(served: Served) -> None:
    mine = bearing(await make(served))
    wanted = {"name": " Pages ", "permissions": ["publish"], "expires_at": "2999-01-01T00:00:00Z"}
    made = (await served.client.post(f"{PATH}/docs/keys", headers=mine, json=wanted)).json()
    listing = await served.client.get(f"{PATH}/docs/keys", headers=mine)
    listed = {key["id"]: key for key in listing.json()["keys"]}[made["id"]]
    gone = await served.client.delete(f"{PATH}/docs/keys/{made['id']}", headers=mine)
    again = await served.client.delete(f"{PATH}/docs/keys/{made['id']}", headers=mine)

    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert (made["name"], made["hint"]) == ("Pages", made["key"][:12])
    assert listing.headers["cache-control"] == "no-store"
    assert (gone.status_code, again.status_code) == (204, 404)
    assert (await get(served, made["key"])).status_code == 401


async def test_what_was_done_is_told_with_who_did_it(served: Served) -> None:
    mine = bearing(await make(served, name="Robot"))
    made = await served.client.post(
        f"{PATH}/docs/keys", headers=mine, json={"name": "Two", "permissions": ["read"]}
    )
    await served.client.delete(f"{PATH}/docs/keys/{made.json()['id']}", headers=mine)
    told = (await served.client.get(f"{PATH}/docs/audit?limit=3", headers=mine)).json()["entries"]

    assert [(entry["action"], entry["subject"], entry["actor"]["name"]) for entry in told] == [
        ("key.revoke", "Two", "Robot"),
        ("key.create", "Two", "Robot"),
        ("key.create", "Robot", "me"),
    ]
    assert made.json()["key"] not in json.dumps(told)


async def test_acts_of_one_moment_are_told_page_by_page(served: Served) -> None:
    site = await served.rt.db.run(sites.add, "busy", origins=[])
    mine = bearing(await make(served, site=site))
    for number in range(5):
        await served.rt.db.run(
            audit.record,
            site.id,
            actor=ME,
            action="test",
            subject=str(number),
            now=datetime(2020, 1, 1, tzinfo=UTC),
        )
    told: list[str] = []
    pages, cursor = 0, dict[str, str]()
    while True:
        page = await served.client.get(f"{PATH}/busy/audit", params={"limit": 2, **cursor}, headers=mine)
        told += [entry["subject"] for entry in page.json()["entries"]]
        pages += 1
        if page.json()["next"] is None:
            break
        cursor = {"cursor": page.json()["next"]}

    assert (told[0], sorted(told[1:]), pages) == ("CI", list("01234"), 3)


@pytest.mark.parametrize("cursor", ["", "x", "é", "MjAyMA==", "MjAyMC0wMS0wMSAx", "2020-01-01T00:00:00Z"])
async def test_cursor_that_was_made_up_is_refused(served: Served, cursor: str) -> None:
    refused = await served.client.get(
        f"{PATH}/docs/audit", params={"cursor": cursor}, headers=bearing(await make(served))
    )

    problem(refused, 422, "input-error")


@pytest.mark.parametrize("may", ["read", "publish", "edit"])
async def test_key_that_may_too_little_is_told_so(served: Served, may: Permission) -> None:
    refused = await get(served, await make(served, may))

    assert may in problem(refused, 403, "permission-missing")["detail"]


async def test_site_of_another_is_no_site(served: Served, other: Site) -> None:
    secret = await make(served, site=other)

    theirs, nobodys = [await get(served, secret, f"{name}/keys") for name in ("docs", "nowhere")]

    assert (await get(served, secret, "other/keys")).status_code == 200
    for refused in (theirs, nobodys):
        problem(refused, 404, "not-found")
    assert theirs.json()["detail"].replace("docs", "nowhere") == nobodys.json()["detail"]


async def test_keys_of_another_site_are_neither_seen_nor_revoked(served: Served, other: Site) -> None:
    mine, _ = await api_keys.create(
        served.rt, served.world.site, name="Mine", permissions=["publish"], actor=ME
    )
    theirs = bearing(await make(served, site=other))

    seen = await served.client.get(f"{PATH}/other/keys", headers=theirs)
    revoked = await served.client.delete(f"{PATH}/other/keys/{mine.id}", headers=theirs)
    unknown = await served.client.delete(f"{PATH}/other/keys/{'0' * 32}", headers=theirs)

    assert mine.id not in seen.text
    for refused in (revoked, unknown):
        problem(refused, 404, "not-found")


def turned(secret: str) -> str:
    return secret[:-1] + ("0" if secret[-1] != "0" else "1")


WRONG: dict[str, Callable[[str], str]] = {
    "another one": lambda secret: turned(secret[:-6]) + secret[-6:],
    "a wrong checksum": turned,
    "cut": lambda secret: secret[:-1],
    "longer": lambda secret: secret + "0",
    "without its prefix": lambda secret: secret.removeprefix("askdocs_"),
    "in capitals": str.upper,
    "a public key": lambda _: "pk_docs_local",
    "a JWT without a signature": lambda _: "eyJhbGciOiJub25lIn0.e30.",  # pragma: allowlist secret
    "very long": lambda _: "askdocs_" + "0" * 5000,
    "digits of another script": lambda secret: secret[:-1] + "\u0663".encode().decode("latin-1"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_what_is_no_key_lets_nobody_in(served: Served, wrong: Callable[[str], str]) -> None:
    sent = {b"authorization": f"Bearer {wrong(await make(served))}".encode("latin-1")}
    refused = await served.client.get(f"{PATH}/docs/keys", headers=sent)

    problem(refused, 401, "credentials-invalid")
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "askdocs_1"])
async def test_who_says_nothing_is_asked(served: Served, header: str | None) -> None:
    sent = {} if header is None else {"authorization": header}
    refused = await served.client.get(f"{PATH}/docs/keys", headers=sent)

    problem(refused, 401, "credentials-missing")


async def test_who_guesses_is_stopped(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "_FAILURES", 1)
    secret = await make(served)
    stopped = [await get(served, "askdocs_nothing") for _ in range(3)][-1]

    problem(stopped, 429, "rate-limited")
    assert (await get(served, secret)).status_code == 200  # who has a key is not held up by the guesses


async def test_key_ends_when_it_was_said_to(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    soon = served.rt.now() + timedelta(hours=1)
    secret = await make(served, expires_at=soon)

    before = await get(served, secret)
    monkeypatch.setattr(served.rt, "now", lambda: soon)
    after = await get(served, secret)

    assert before.status_code == 200
    assert f"expired on {soon:%Y-%m-%d}" in problem(after, 401, "credentials-invalid")["detail"]


async def test_last_use_is_noted_to_a_minute(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = await make(served)
    noted = []
    for seconds in (0, 59, 60):
        moment = datetime(2999, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        monkeypatch.setattr(served.rt, "now", lambda moment=moment: moment)
        await get(served, secret)
        noted.append(next(key["used_at"] for key in (await get(served, secret)).json()["keys"][-1:]))

    assert [moment[17:19] for moment in noted] == ["00", "00", "00"]
    assert noted[0] == noted[1] != noted[2]


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "", "permissions": ["read"]},
        {"name": "x" * 101, "permissions": ["read"]},
        {"name": "CI", "permissions": []},
        {"name": "CI", "permissions": ["everything"]},
        {"name": "CI", "permissions": ["read"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "CI", "permissions": ["read"], "expires_at": "2999-01-01T00:00:00"},
    ],
)
async def test_key_that_cannot_be_is_not_made(served: Served, wanted: dict[str, object]) -> None:
    mine = bearing(await make(served))
    refused = await served.client.post(f"{PATH}/docs/keys", headers=mine, json=wanted)

    assert refused.status_code == 422


async def test_pages_of_other_origins_learn_nothing(served: Served) -> None:
    sent = {**bearing(await make(served)), "origin": "http://localhost:3000"}
    answered = await served.client.get(f"{PATH}/docs/keys", headers=sent)
    preflight = await served.client.options(
        f"{PATH}/docs/keys", headers={**sent, "access-control-request-method": "GET"}
    )

    assert "access-control-allow-origin" not in {**answered.headers, **preflight.headers}


def test_no_two_keys_are_alike_and_all_are_well_formed() -> None:
    made = {api_keys._make() for _ in range(1000)}

    assert len(made) == 1000
    assert all(api_keys._is_well_formed(secret) for secret in made)
    assert not any(api_keys._is_well_formed(turned(secret)) for secret in made)


def test_commands_make_list_and_revoke(askdocs: Command) -> None:
    made = json.loads(askdocs("key", "create", "docs", "--name", "CI", "--json").out)
    shown = askdocs("key", "create", "docs", "--name", "Two", "--may", "read", "--may", "edit").out
    listed = askdocs("key", "list", "docs").out
    revoked, again = (askdocs("key", "revoke", "docs", made["id"]) for _ in range(2))
    told = json.loads(askdocs("audit", "docs", "--json").out)

    assert made["permissions"] == ["publish"]
    assert made["key"] not in listed
    assert "edit, read" in listed
    assert shown.splitlines()[0].startswith("askdocs_")
    assert (revoked.code, again.code) == (0, 2)
    assert [entry["action"] for entry in told] == ["key.revoke", "key.create", "key.create"]
    assert {entry["actor"]["kind"] for entry in told} == {"operator"}
    assert askdocs("audit", "docs").out.count("key.create") == 2


@pytest.mark.parametrize(
    "arguments",
    [("--name", ""), ("--name", "CI", "--may", "all"), ("--name", "CI", "--expires", "2020-01-01")],
)
def test_command_refuses_a_key_that_cannot_be(askdocs: Command, arguments: tuple[str, ...]) -> None:
    assert askdocs("key", "create", "docs", *arguments).code == 2
