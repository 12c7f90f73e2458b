"""Sites from their beginning to their end: options, keys, switches, exports, and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from askdocs.db import exports, tables
from askdocs.db import sites as stored
from askdocs.errors import Conflict, InputError
from askdocs.tenancy import api_keys, sites
from askdocs.types import Actor, Site
from tests.commands import Command
from tests.served import KEY, ORIGIN, SITE, Served, problem, serve, session_of
from tests.worlds import open_world

pytestmark = pytest.mark.anyio

ME = Actor("operator", "", "me")
ADMIN = "/api/v1/admin/sites"


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("sites")) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        yield opened


@pytest.fixture
async def site(served: Served) -> AsyncIterator[Site]:
    """The site as it was, whatever the test has changed."""
    site = served.world.site
    yield site
    await served.rt.db.run(stored.set_options, site.id, {})
    await served.rt.db.run(stored.disable, site.id, since=None)
    forget(served)


def forget(served: Served) -> None:
    """What other processes notice after some seconds."""
    served.app.state.directory._kept.forget(KEY)


async def bearing(served: Served, *may: Any) -> dict[str, str]:
    _, secret = await api_keys.create(
        served.rt, served.world.site, name="CI", permissions=may or ("read", "edit", "manage"), actor=ME
    )
    return {"authorization": f"Bearer {secret}"}


async def test_what_is_set_for_a_site_wins_over_what_is_configured(tmp_path: Path) -> None:
    configured = {
        "name": "docs",
        "key": KEY,
        "origins": [ORIGIN],
        "support_url": "https://help.example.com",
        "instructions": "Be brief.",
    }
    async with open_world(tmp_path, sites=[configured]) as world:
        rt, site = world.rt, world.site
        changed = await sites.set_options(
            rt, site, {"instructions": " Be kind. ", "rate_limit_site": "7"}, actor=ME
        )
        mixed = rt.options(changed)
        back = await sites.set_options(rt, changed, {"instructions": None}, actor=ME)

        assert (mixed.instructions, mixed.support_url, mixed.rate_limit_site) == (
            "Be kind.",
            "https://help.example.com",
            7,
        )
        assert rt.options(back).instructions == "Be brief."
        assert back.options == {"rate_limit_site": 7}
        assert rt.options(site).rate_limit_site is None


async def test_option_of_another_version_is_passed_over(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        options = {"access": "by_invitation", "of_tomorrow": 1, "rate_limit_site": 7}
        changed = await world.rt.db.run(stored.set_options, world.site.id, options)

        assert world.rt.options(changed).access == "public"
        assert world.rt.options(changed).rate_limit_site == 7


WRONG = {
    "unknown": {"colour": "red"},
    "of a wrong type": {"rate_limit_site": "many"},
    "out of bounds": {"rate_limit_site": 0},
    "too long": {"instructions": "x" * 1001},
    "no address": {"support_url": "javascript:alert(1)"},
    "no choice": {"access": "friends"},
    "no consent": {"consent": "given"},
    "no search": {"search_url": "//search"},
    "too many questions": {"suggested_questions": ["Why?"] * 7},
    "a blank question": {"suggested_questions": ["Why?", " "]},
    "a long question": {"suggested_questions": ["x" * 201]},
    "the name": {"name": "other"},
    "the key": {"key": "pk_other"},
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
async def test_option_that_cannot_be_is_refused(served: Served, site: Site, options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        await sites.set_options(served.rt, site, options, actor=ME)
    answered = await served.client.patch(
        f"{ADMIN}/docs", headers=await bearing(served), json={"options": options}
    )

    assert refused.value.fix
    assert answered.status_code == 422


async def test_instructions_must_leave_room_for_the_question(tmp_path: Path) -> None:
    async with open_world(tmp_path, answers={"prompt_tokens": 4010}) as world:
        with pytest.raises(InputError, match="take up to"):
            await sites.set_options(world.rt, world.site, {"instructions": "x" * 1000}, actor=ME)


async def test_program_sees_and_changes_options(served: Served, site: Site) -> None:
    headers = await bearing(served)
    changed = await served.client.patch(
        f"{ADMIN}/docs", headers=headers, json={"options": {"support_url": "https://help.example.com"}}
    )
    seen = (await served.client.get(f"{ADMIN}/docs", headers=headers)).json()

    assert changed.json() == seen
    assert (seen["set"], seen["options"]["support_url"]) == (["support_url"], "https://help.example.com")


CHANGES: dict[str, Callable[[httpx.AsyncClient, dict[str, str]], Any]] = {
    "options": lambda client, headers: client.patch(f"{ADMIN}/docs", headers=headers, json={"options": {}}),
    "origins": lambda client, headers: client.put(
        f"{ADMIN}/docs/origins", headers=headers, json={"origins": []}
    ),
    "the key": lambda client, headers: client.post(f"{ADMIN}/docs/rotate-key", headers=headers, json={}),
    "off": lambda client, headers: client.post(f"{ADMIN}/docs/disable", headers=headers),
    "on": lambda client, headers: client.post(f"{ADMIN}/docs/enable", headers=headers),
    "away": lambda client, headers: client.delete(f"{ADMIN}/docs?confirm=docs", headers=headers),
    "out": lambda client, headers: client.get(f"{ADMIN}/docs/export", headers=headers),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_who_may_only_read_changes_nothing(
    served: Served, change: Callable[[httpx.AsyncClient, dict[str, str]], Any]
) -> None:
    problem(await change(served.client, await bearing(served, "read")), 403, "permission-missing")


async def test_disabled_site_answers_nobody_and_loses_nothing(served: Served, site: Site) -> None:
    headers = await bearing(served)
    await served.client.post(f"{ADMIN}/docs/disable", headers=headers)
    forget(served)
    refused = [await served.ask("How do I rotate keys?"), await served.client.get(f"{SITE}/search?q=keys")]
    still = await served.client.get(f"{ADMIN}/docs", headers=headers)
    await served.client.post(f"{ADMIN}/docs/enable", headers=headers)
    forget(served)

    for response in refused:
        problem(response, 410, "site-disabled")
    assert still.json()["is_disabled"]
    assert (await served.ask("How do I rotate keys?")).status_code == 200


async def test_members_alone_may_ask_where_that_is_said(served: Served, site: Site) -> None:
    answer = await served.ask("How do I rotate keys?", resumable=True)
    token = {"x-askdocs-session": session_of(answer)}
    await sites.set_options(served.rt, site, {"access": "members"}, actor=ME)
    forget(served)
    refused = [
        await served.ask("How do I rotate keys?"),
        await served.client.get(f"{SITE}/search?q=keys"),
        await served.client.get(f"{SITE}/session", headers=token),
        await served.client.get(f"{SITE}/chat/any/stream", headers=token),
        await served.client.delete(f"{SITE}/session", headers=token),
    ]
    preflight = await served.client.options(
        f"{SITE}/chat", headers={"origin": ORIGIN, "access-control-request-method": "POST"}
    )

    for response in refused:
        problem(response, 401, "user-token-required")
        assert response.headers["www-authenticate"] == "Askdocs-User"
    assert preflight.status_code == 204


async def test_old_key_stays_good_for_the_overlap(served: Served) -> None:
    rt = served.rt
    site = await rt.db.run(stored.add, "rotated", origins=[], key="pk_first")
    at_once = await sites.rotate_key(rt, site, overlap=timedelta(0), actor=ME)
    later = await sites.rotate_key(rt, at_once, overlap=timedelta(hours=48), actor=ME)

    async def of(key: str, *, hours: float = 0) -> Site | None:
        return await rt.db.run(stored.by_key, key, now=rt.now() + timedelta(hours=hours))

    assert await of("pk_first") is None
    assert await of(at_once.key, hours=47.9) == await of(later.key) == later
    assert await of(at_once.key, hours=48.1) is None
    await sites.remove(rt, later, actor=ME)


async def test_export_holds_what_is_kept_and_nothing_that_lets_in(
    served: Served, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "_BATCH", 2)
    headers = await bearing(served)
    for number in range(5):
        answer = await served.ask(f"How do I rotate keys {number} times?")
    token = session_of(answer)
    exported = await served.client.get(f"{ADMIN}/docs/export", headers=headers)
    lines = [json.loads(line) for line in exported.text.splitlines()]
    asked = [line["text"] for line in lines if line["table"] == "messages" and line["role"] == "user"]

    assert set(asked) >= {f"How do I rotate keys {number} times?" for number in range(5)}
    assert len(asked) == len([line for line in lines if line["table"] == "messages"]) / 2
    assert {line["table"] for line in lines} >= {"sites", "api_keys", "audit_log", "revisions", "messages"}
    assert token not in exported.text
    assert headers["authorization"].split()[1] not in exported.text
    assert not exports._HIDDEN & {name for line in lines for name in line}


def test_every_table_of_a_site_is_exported_or_left_out_for_a_reason() -> None:
    of_sites = {table.name for table in tables.Base.metadata.tables.values() if "site_id" in table.columns}
    left_out = {
        "stores",  # pointers into the index
        "documents",  # what the docs are made of can be published anew
        "readings",
        "spending",  # of the last two days
        "uploads",  # of a publish that is not complete
        "upload_pages",
    }

    assert of_sites == {table.__tablename__ for table in exports.EXPORTED} | left_out


async def test_configured_site_is_not_deleted_since_it_would_come_back(served: Served, site: Site) -> None:
    with pytest.raises(Conflict, match="configured"):
        await sites.remove(served.rt, site, actor=ME)
    answered = await served.client.delete(f"{ADMIN}/docs?confirm=docs", headers=await bearing(served))
    misspelt = await served.client.delete(f"{ADMIN}/docs?confirm=dogs", headers=await bearing(served))

    problem(answered, 409, "conflict")
    problem(misspelt, 422, "input-error")


def test_commands_from_an_empty_database(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    added = askdocs("site", "add", "handbook", "--origin", "https://Docs.example.com/")
    set_ = askdocs("site", "set", "handbook", "rate_limit_site=7", "instructions=Be brief.")
    shown = json.loads(askdocs("site", "show", "handbook", "--json").out)
    unset = askdocs("site", "unset", "handbook", "rate_limit_site")
    table = askdocs("site", "show", "handbook").out
    off = askdocs("site", "disable", "handbook")
    listed = askdocs("site", "list").out
    on = askdocs("site", "enable", "handbook")
    rotated = json.loads(askdocs("site", "rotate-key", "handbook", "--overlap", "48", "--json").out)
    indexed = askdocs("index", str(docs), "--site", "handbook")
    exported = askdocs("site", "export", "handbook", "--to", str(tmp_path / "all.jsonl"))
    told = json.loads(askdocs("audit", "handbook", "--json").out)
    deleted = askdocs("site", "delete", "handbook", "--yes")

    key = added.out.splitlines()[0].removeprefix("handbook: ")
    assert added.out.count(key) == 3
    assert "Origins: https://docs.example.com" in added.out
    for ended in (set_, unset, off, on, indexed, exported, deleted):
        assert ended.code == 0, ended
    assert shown["rate_limit_site"] == {"value": 7, "from": "the site"}
    assert shown["access"] == {"value": "public", "from": "default"}
    assert "Be brief." in table
    assert "disabled" in listed
    assert rotated["key"] != key
    assert (tmp_path / "all.jsonl").read_text().startswith('{"table": "sites"')
    assert [entry["action"] for entry in told] == [
        "site.rotate-key",
        "site.enable",
        "site.disable",
        "site.options",
        "site.options",
        "site.add",
    ]
    assert askdocs("site", "show", "handbook").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "docs", "instructions"),
        ("set", "docs", "colour=red"),
        ("set", "docs", "rate_limit_site=[1"),
        ("unset", "docs", "colour"),
        ("set-origins", "docs", "--origin", "*"),
        ("rotate-key", "docs", "--overlap", "-1"),
        ("delete", "nowhere", "--yes"),
    ],
)
def test_command_refuses_what_cannot_be(askdocs: Command, arguments: tuple[str, ...]) -> None:
    assert askdocs("site", *arguments).code == 2
