"""People of a site: roles, passwords, and what their tokens are worth at each moment."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from askdocs import passwords
from askdocs.access_tokens import TYPE
from askdocs.api import admin
from askdocs.db import members as stored
from askdocs.db import sites
from askdocs.errors import Busy, InputError
from askdocs.tenancy import addresses, api_keys, members, sign_ins
from askdocs.types import ROLES, Actor, Role, Site
from tests.commands import Command
from tests.served import Served, problem, serve
from tests.tokens import unsigned

pytestmark = pytest.mark.anyio

ME = Actor("operator", "", "me")
SITES = "/api/v1/admin/sites"
AUTH = "/api/v1/auth"
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("members")) as opened:
        yield opened


@pytest.fixture(scope="module")
async def other(served: Served) -> Site:
    return await served.rt.db.run(sites.add, "other", origins=[])


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests follow each other faster than people make mistakes."""
    monkeypatch.setattr(admin, "_FAILURES", 1000)
    for quota in ("_PER_CLIENT", "_PER_ADDRESS", "_REFRESHES"):
        monkeypatch.setattr(sign_ins, quota, 1000)


async def join(served: Served, role: Role = "owner", *, site: Site | None = None) -> str:
    """The address of a new member, whose password is `PASSWORD`."""
    address = f"{served.rt.new_id()[:12]}@example.com"
    await members.put(served.rt, site or served.world.site, address=address, role=role, actor=ME)
    person = await served.rt.db.run(stored.by_address, address)
    assert person is not None
    await served.rt.db.run(stored.set_password, person.id, password=CHEAP)
    return address


CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),)).hash(PASSWORD)
"""What a hash costs to check stands in the hash."""


async def post(served: Served, path: str, **body: Any) -> httpx.Response:
    return await served.client.post(f"{AUTH}/{path}", json=body)


async def sign_in(served: Served, address: str, password: str = PASSWORD) -> dict[str, Any]:
    answered = await post(served, "sign-in", address=address, password=password)
    assert answered.status_code == 200, answered.text
    assert answered.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answered.headers
    tokens: dict[str, Any] = answered.json()
    return tokens


async def get(served: Served, token: str, path: str = "docs/members") -> httpx.Response:
    return await served.client.get(f"{SITES}/{path}", headers={"authorization": f"Bearer {token}"})


def read(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


# signing in


async def test_member_signs_in_and_does_what_the_role_allows(served: Served) -> None:
    address = await join(served)
    tokens = await sign_in(served, f" {address.upper()} ")
    listed = await get(served, tokens["access_token"])
    told = await get(served, tokens["access_token"], "docs/audit?limit=1")

    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 3600)
    assert {"address": address, "role": "owner"}.items() <= listed.json()["members"][
        -1
    ].items() or address in (listed.text)
    assert told.status_code == 200


@pytest.mark.parametrize(
    ("address", "password"),
    [
        ("{}", "incorrect horse battery"),
        ("{}", ""),
        ("{}", PASSWORD + " "),
        ("{}", PASSWORD.upper()),
        ("{}", "$argon2id$v=19$m=19456,t=2,p=1$"),
        ("nobody@example.com", PASSWORD),
        ("no address", PASSWORD),
        ("", ""),
        ("a\x00@example.com", PASSWORD),
    ],
)
async def test_wrong_password_and_unknown_address_are_told_alike(
    served: Served, address: str, password: str
) -> None:
    known = await join(served, "viewer")
    refused = await post(served, "sign-in", address=address.format(known), password=password)

    told = problem(refused, 401, "credentials-invalid")
    assert told["detail"] == "The address or the password is wrong."
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_unknown_address_costs_as_much_work_as_a_wrong_password(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await join(served, "viewer")
    await members.set_password(served.rt, known, PASSWORD, actor=ME)
    await members.put(served.rt, served.world.site, address="new@example.com", role="viewer", actor=ME)
    checked: list[str] = []

    def wrong(_: str, kept: str) -> bool:
        checked.append(kept)
        return False

    monkeypatch.setattr(passwords, "_verify", wrong)
    for address in (known, "nobody@example.com", "new@example.com", "no address"):
        problem(await post(served, "sign-in", address=address, password="x"), 401, "credentials-invalid")

    parameters = {kept.rpartition("$")[0].rpartition("$")[0] for kept in checked}
    assert (len(checked), len(set(checked))) == (4, 2)
    assert parameters == {"$argon2id$v=19$m=19456,t=2,p=1"}
    assert {len(kept) for kept in checked} == {len(checked[0])}


async def test_who_guesses_is_stopped_by_client_and_by_address(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await join(served)
    monkeypatch.setattr(passwords, "_verify", lambda *_: False)
    monkeypatch.setattr(sign_ins, "_PER_ADDRESS", 2)
    stopped = [await post(served, "sign-in", address=address, password="x") for _ in range(3)][-1]
    free = await post(served, "sign-in", address="free@example.com", password="x")
    monkeypatch.setattr(sign_ins, "_PER_CLIENT", 1)
    for address in ("one@example.com", "two@example.com"):
        everybody = await post(served, "sign-in", address=address, password="x")

    problem(stopped, 429, "rate-limited")
    problem(free, 401, "credentials-invalid")
    problem(everybody, 429, "rate-limited")


async def test_few_passwords_are_checked_at_once_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    checker, running, most = passwords.Passwords(), [0], [0]
    go = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: str) -> bool:
        running[0] += 1
        most[0] = max(most[0], running[0])
        asyncio.run_coroutine_threadsafe(go.wait(), loop).result()
        running[0] -= 1
        return True

    monkeypatch.setattr(passwords, "_verify", slow)
    asked = [asyncio.create_task(checker.verify("x", None)) for _ in range(30)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    go.set()
    ended = await asyncio.gather(*asked, return_exceptions=True)

    assert most[0] <= 2
    assert sum(isinstance(one, Busy) for one in ended) == 8 == len(done)
    assert ended.count(True) == 22


async def test_password_is_good_however_its_accents_are_typed() -> None:
    checker = passwords.Passwords()
    kept = await checker.hash("Übermäßig lange Wörter")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await checker.verify("U\u0308berma\u0308ßig lange Wo\u0308rter", kept)
    for wrong in ("short", "x" * 257):
        with pytest.raises(InputError):
            await checker.hash(wrong)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize(
    "path", ["sign-in", "password", "openid", "openid/finish", "refresh", "sign-out", "sign-out-everywhere"]
)
async def test_no_page_has_a_browser_sign_anybody_in(served: Served, path: str, kind: str) -> None:
    headers = {"origin": "https://evil.test", **({"content-type": kind} if kind else {})}
    refused = await served.client.post(f"{AUTH}/{path}", content="{}", headers=headers)

    assert refused.status_code == 415
    assert "access-control-allow-origin" not in refused.headers


# choosing another password

CHOSEN = "staple battery horse correct"


async def choose(served: Served, address: str, old: str = PASSWORD, new: str = CHOSEN) -> httpx.Response:
    return await post(served, "password", address=address, password=old, new_password=new)


async def test_member_chooses_another_password_and_is_signed_out_elsewhere(served: Served) -> None:
    address = await join(served)
    before = await sign_in(served, address)
    chosen = await choose(served, address)
    told = await get(served, chosen.json()["access_token"], "docs/audit?limit=1")
    entry = told.json()["entries"][0]

    assert (entry["action"], entry["subject"], entry["actor"]["name"]) == (
        "member.password",
        address,
        address,
    )
    assert CHOSEN not in told.text
    problem(await get(served, before["access_token"]), 401, "credentials-invalid")
    problem(await post(served, "refresh", refresh_token=before["refresh_token"]), 401, "credentials-invalid")
    problem(await post(served, "sign-in", address=address, password=PASSWORD), 401, "credentials-invalid")
    await sign_in(served, address, CHOSEN)


@pytest.mark.parametrize(("old", "new", "status"), [("wrong", CHOSEN, 401), (PASSWORD, "short", 422)])
async def test_password_stays_where_the_old_one_is_wrong_or_the_new_one_short(
    served: Served, old: str, new: str, status: int
) -> None:
    address = await join(served)
    tokens = await sign_in(served, address)
    refused = await choose(served, address, old, new)

    assert refused.status_code == status
    assert (await get(served, tokens["access_token"])).status_code == 200
    await sign_in(served, address)


async def test_of_two_who_choose_at_once_one_does(served: Served) -> None:
    address = await join(served)
    both = await asyncio.gather(*(choose(served, address, new=f"{CHOSEN} {n}") for n in range(2)))

    assert sorted(answered.status_code for answered in both) == [200, 401]


async def test_who_has_no_password_cannot_choose_one(served: Served) -> None:
    address = f"{served.rt.new_id()[:12]}@example.com"
    await members.put(served.rt, served.world.site, address=address, role="viewer", actor=ME)

    for old in ("", PASSWORD):
        problem(await choose(served, address, old), 401, "credentials-invalid")


# refresh tokens


async def test_refresh_gives_other_tokens_and_a_second_use_ends_the_sign_in(served: Served) -> None:
    first = await sign_in(served, await join(served))
    second = (await post(served, "refresh", refresh_token=first["refresh_token"])).json()
    before = await get(served, second["access_token"])
    reused = await post(served, "refresh", refresh_token=first["refresh_token"])
    after = [await get(served, tokens["access_token"]) for tokens in (first, second)]
    late = await post(served, "refresh", refresh_token=second["refresh_token"])

    assert (before.status_code, first["refresh_token"]) != (200, second["refresh_token"])
    problem(reused, 401, "credentials-invalid")
    problem(late, 401, "credentials-invalid")
    for refused in after:
        problem(refused, 401, "credentials-invalid")


async def test_of_two_refreshes_at_once_one_gets_tokens(served: Served) -> None:
    token = (await sign_in(served, await join(served)))["refresh_token"]
    both = await asyncio.gather(*(post(served, "refresh", refresh_token=token) for _ in range(2)))

    assert sorted(answered.status_code for answered in both) == [200, 401]


def other_random(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


NO_REFRESH: dict[str, Callable[[dict[str, Any]], str]] = {
    "nothing": lambda _: "",
    "an access token": lambda mine: str(mine["access_token"])[:200],
    "cut": lambda mine: mine["refresh_token"][:-1],
    "longer": lambda mine: mine["refresh_token"] + "A",
    "of an unknown sign-in": lambda mine: f"r1.{'0' * 32}.{mine['refresh_token'].rpartition('.')[2]}",
    "with another end": lambda mine: other_random(mine["refresh_token"]),
    "another version": lambda mine: "r2" + mine["refresh_token"][2:],
}


@pytest.mark.parametrize("path", ["refresh", "sign-out-everywhere"])
@pytest.mark.parametrize("wrong", NO_REFRESH.values(), ids=NO_REFRESH)
async def test_what_is_no_refresh_token_gets_nothing(
    served: Served, wrong: Callable[[dict[str, Any]], str], path: str
) -> None:
    mine = await sign_in(served, await join(served))

    problem(await post(served, path, refresh_token=wrong(mine)), 401, "credentials-invalid")


async def test_random_part_of_another_members_token_opens_no_sign_in(served: Served) -> None:
    mine, theirs = [await sign_in(served, await join(served)) for _ in range(2)]
    mixed = theirs["refresh_token"].rpartition(".")[0] + "." + mine["refresh_token"].rpartition(".")[2]

    problem(await post(served, "refresh", refresh_token=mixed), 401, "credentials-invalid")
    assert (await get(served, mine["access_token"])).status_code == 200


async def test_sign_in_ends_after_its_days(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, now = await sign_in(served, await join(served)), served.rt.now()
    monkeypatch.setattr(served.rt, "now", lambda: now + timedelta(days=29))
    renewed = await post(served, "refresh", refresh_token=tokens["refresh_token"])
    monkeypatch.setattr(served.rt, "now", lambda: now + timedelta(days=30, seconds=1))
    late = await post(served, "refresh", refresh_token=renewed.json()["refresh_token"])

    assert renewed.status_code == 200
    problem(late, 401, "credentials-invalid")


# what ends tokens

Ending = Callable[[Served, str, dict[str, Any]], Awaitable[object]]


async def signed_out(served: Served, _: str, tokens: dict[str, Any]) -> object:
    return await post(served, "sign-out", refresh_token=tokens["refresh_token"])


async def signed_out_elsewhere(served: Served, address: str, _: dict[str, Any]) -> object:
    further = await sign_in(served, address)
    return await post(served, "sign-out-everywhere", refresh_token=further["refresh_token"])


async def other_password(served: Served, address: str, _: dict[str, Any]) -> None:
    await members.set_password(served.rt, address, "another long password", actor=ME)


async def removed(served: Served, address: str, _: dict[str, Any]) -> None:
    await members.remove(served.rt, served.world.site, address=address, actor=ME)


async def removed_and_added(served: Served, address: str, _: dict[str, Any]) -> object:
    await members.remove(served.rt, served.world.site, address=address, actor=ME)
    return await members.put(served.rt, served.world.site, address=address, role="owner", actor=ME)


ENDINGS: list[Ending] = [signed_out, signed_out_elsewhere, other_password, removed, removed_and_added]


@pytest.mark.parametrize("end", ENDINGS)
async def test_tokens_are_void_at_once_after(served: Served, end: Ending) -> None:
    address = await join(served)
    tokens = await sign_in(served, address)
    before = await get(served, tokens["access_token"])
    await end(served, address, tokens)

    assert before.status_code == 200
    problem(await get(served, tokens["access_token"]), 401, "credentials-invalid")
    problem(await post(served, "refresh", refresh_token=tokens["refresh_token"]), 401, "credentials-invalid")


async def test_sign_out_leaves_other_sign_ins_and_takes_any_token(served: Served) -> None:
    address = await join(served)
    one, two = [await sign_in(served, address) for _ in range(2)]
    out = [await post(served, "sign-out", refresh_token=one["refresh_token"]) for _ in range(2)]
    nonsense = await post(served, "sign-out", refresh_token="x")

    assert [answered.status_code for answered in (*out, nonsense)] == [204, 204, 204]
    assert (await get(served, two["access_token"])).status_code == 200


async def test_password_that_is_changed_meanwhile_signs_nobody_in(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await join(served)
    verify = served.rt.passwords.verify

    async def slow(password: str, kept: str | None) -> bool:
        right = await verify(password, kept)
        await other_password(served, address, {})
        return right

    monkeypatch.setattr(served.rt.passwords, "verify", slow)

    problem(await post(served, "sign-in", address=address, password=PASSWORD), 401, "credentials-invalid")


# roles


@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize(
    ("path", "needed"),
    [("docs", "read"), ("docs/members", "manage"), ("docs/keys", "manage"), ("docs/audit", "manage")],
)
async def test_role_decides_what_a_member_may(served: Served, role: Role, path: str, needed: str) -> None:
    tokens = await sign_in(served, await join(served, role))
    answered = await get(served, tokens["access_token"], path)

    if needed in ROLES[role]:
        assert answered.status_code == 200
    else:
        problem(answered, 403, "permission-missing")


async def test_other_role_holds_for_the_next_request(served: Served) -> None:
    address = await join(served, "viewer")
    token = (await sign_in(served, address))["access_token"]
    before = await get(served, token)
    await members.set_role(served.rt, served.world.site, address=address, role="owner", actor=ME)
    between = await get(served, token)
    await members.set_role(served.rt, served.world.site, address=address, role="editor", actor=ME)
    after = await get(served, token)

    assert [answered.status_code for answered in (before, between, after)] == [403, 200, 403]


async def test_member_of_another_site_gets_nothing_and_learns_nothing(served: Served, other: Site) -> None:
    token = (await sign_in(served, await join(served, site=other)))["access_token"]
    theirs, nobodys = [await get(served, token, f"{name}/members") for name in ("docs", "nowhere")]

    assert (await get(served, token, "other/members")).status_code == 200
    for refused in (theirs, nobodys):
        problem(refused, 404, "not-found")
    assert theirs.json()["detail"].replace("docs", "nowhere") == nobodys.json()["detail"]


async def test_member_of_two_sites_loses_one_of_them(served: Served, other: Site) -> None:
    address = await join(served)
    await members.put(served.rt, other, address=address, role="viewer", actor=ME)
    token = (await sign_in(served, address))["access_token"]
    await members.remove(served.rt, served.world.site, address=address, actor=ME)

    problem(await get(served, token, "docs"), 404, "not-found")
    assert (await get(served, token, "other")).status_code == 200


async def test_members_are_put_listed_and_removed(served: Served, other: Site) -> None:
    token = (await sign_in(served, await join(served, site=other)))["access_token"]
    mine = {"authorization": f"Bearer {token}"}
    at = f"{SITES}/other/members"
    added = await served.client.put(f"{at}/Ada%40Example.com", headers=mine, json={"role": "viewer"})
    changed = await served.client.put(f"{at}/ada@example.com", headers=mine, json={"role": "editor"})
    listed = (await served.client.get(at, headers=mine)).json()["members"]
    gone, again = [await served.client.delete(f"{at}/ada@example.com", headers=mine) for _ in range(2)]
    told = (await get(served, token, "other/audit?limit=3")).json()["entries"]
    wrong = [
        await served.client.put(f"{at}/{address}", headers=mine, json={"role": role})
        for address, role in (("ada", "viewer"), ("a%20b@c", "viewer"), ("ada@example.com", "admin"))
    ]

    assert (added.json()["role"], added.json()["address"]) == ("viewer", "ada@example.com")
    assert changed.json() == {**added.json(), "role": "editor"}
    assert changed.json() in listed
    assert (gone.status_code, again.status_code) == (204, 404)
    assert [(entry["action"], entry["subject"], entry["detail"]) for entry in told] == [
        ("member.remove", "ada@example.com", {}),
        ("member.role", "ada@example.com", {"before": "viewer", "role": "editor"}),
        ("member.add", "ada@example.com", {"role": "viewer"}),
    ]
    assert {entry["actor"]["kind"] for entry in told} == {"member"}
    assert [refused.status_code for refused in wrong] == [422, 422, 422]


async def test_last_owner_stays_unless_an_operator_decides(served: Served) -> None:
    site = await served.rt.db.run(sites.add, "lonely", origins=[])
    address = await join(served, site=site)
    mine = {"authorization": f"Bearer {(await sign_in(served, address))['access_token']}"}
    _, secret = await api_keys.create(served.rt, site, name="CI", permissions=ROLES["owner"], actor=ME)
    at = f"{SITES}/lonely/members/{address}"
    for headers in (mine, {"authorization": f"Bearer {secret}"}):
        problem(await served.client.delete(at, headers=headers), 409, "conflict")
        problem(await served.client.put(at, headers=headers, json={"role": "viewer"}), 409, "conflict")
    second = await join(served, site=site)
    step_down = await served.client.put(at, headers=mine, json={"role": "viewer"})
    await members.remove(served.rt, site, address=second, actor=ME)

    assert step_down.status_code == 200
    assert await served.rt.db.run(stored.owners, site.id) == []


async def test_site_and_its_people_are_deleted_together(served: Served, other: Site) -> None:
    site = await served.rt.db.run(sites.add, "brief", origins=[])
    gone, stays = [await join(served, site=site) for _ in range(2)]
    await members.put(served.rt, other, address=stays, role="viewer", actor=ME)
    await served.rt.db.run(sites.erase, site.id)

    assert await served.rt.db.run(stored.by_address, gone) is None
    assert await served.rt.db.run(stored.by_address, stays) is not None


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("ünï@bücher.example", "ünï@bücher.example"),
        ("ada", None),
        ("a@b@c", None),
        ("a b@c", None),
        ("a@", None),
        ("@b", None),
        ("a\n@b", None),
        ("\ud800@b", None),
        (f"{'a' * 250}@b.example", None),
    ],
)
def test_addresses(given: str, read: str | None) -> None:
    if read is not None:
        assert addresses.read(given) == read
        return
    with pytest.raises(InputError):
        addresses.read(given)


# access tokens

WRONG_BEARERS: dict[str, Callable[[str], str]] = {
    "alg none": lambda token: unsigned({"alg": "none", "typ": TYPE}, read(token)),
    "cut": lambda token: token[:-2],
    "foreign": lambda token: jwt.encode(
        read(token), "x" * 32, algorithm="HS256", headers=jwt.get_unverified_header(token)
    ),
    "oversized": lambda token: token + "A" * 5000,
}


@pytest.mark.parametrize("wrong", WRONG_BEARERS.values(), ids=WRONG_BEARERS)
async def test_wrong_access_token_lets_nobody_in(served: Served, wrong: Callable[[str], str]) -> None:
    token = (await sign_in(served, await join(served)))["access_token"]

    problem(await get(served, wrong(token)), 401, "credentials-invalid")
    assert (await get(served, token)).status_code == 200


async def test_user_token_of_a_site_is_no_access_token(served: Served) -> None:
    token = (await sign_in(served, await join(served)))["access_token"]
    secret = served.rt.user_tokens.secret(served.world.site.id, "one")
    made = jwt.encode(read(token), secret, algorithm="HS256", headers={"kid": "one", "typ": TYPE})

    problem(await get(served, made), 401, "credentials-invalid")


# commands


def test_commands_add_list_change_and_remove(askdocs: Command) -> None:
    added = askdocs("member", "add", "docs", "Ada@example.com", "--role", "editor")
    again = askdocs("member", "add", "docs", "ada@example.com", "--role", "viewer")
    listed = json.loads(askdocs("member", "list", "docs", "--json").out)
    changed = askdocs("member", "set-role", "docs", "ada@example.com", "--role", "owner")
    table = askdocs("member", "list", "docs").out
    reset = askdocs("member", "reset-password", "ada@example.com")
    removed, gone = (askdocs("member", "remove", "docs", "ada@example.com") for _ in range(2))
    told = json.loads(askdocs("audit", "docs", "--json").out)

    assert re.fullmatch(r"[\w-]{20}", added.out.splitlines()[0])
    assert "with the password that they have" in again.out
    assert [(member["address"], member["role"]) for member in listed] == [("ada@example.com", "viewer")]
    assert (changed.code, reset.code, removed.code, gone.code) == (0, 0, 0, 2)
    assert "owner" in table
    assert [entry["action"] for entry in told] == [
        "member.remove",
        "member.password",
        "member.role",
        "member.role",
        "member.password",
        "member.add",
    ]
    assert added.out.splitlines()[0] not in json.dumps(told)


def test_password_comes_from_standard_input(askdocs: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def add(text: str, *arguments: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        return askdocs("member", *arguments, "--password-stdin")

    short = add("short\n", "add", "docs", "ada@example.com", "--role", "viewer")
    none = add("", "add", "docs", "ada@example.com", "--role", "viewer")
    nobody = json.loads(askdocs("member", "list", "docs", "--json").out)
    added = add(f"{PASSWORD}\n", "add", "docs", "ada@example.com", "--role", "viewer")
    twice = add(f"{PASSWORD}\n", "add", "docs", "ada@example.com", "--role", "viewer")
    reset = add(f"{PASSWORD} two\n", "reset-password", "ada@example.com")

    assert [ended.code for ended in (short, none, added, twice, reset)] == [2, 2, 0, 2, 0]
    assert nobody == []
    assert PASSWORD not in added.out + reset.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "docs", "ada@example.com", "--role", "admin"),
        ("add", "docs", "ada", "--role", "viewer"),
        ("add", "nowhere", "ada@example.com", "--role", "viewer"),
        ("set-role", "docs", "nobody@example.com", "--role", "viewer"),
        ("reset-password", "nobody@example.com"),
    ],
)
def test_command_refuses_who_cannot_be(askdocs: Command, arguments: tuple[str, ...]) -> None:
    assert askdocs("member", *arguments).code == 2
