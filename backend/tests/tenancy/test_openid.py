"""Signing in with an account at an OpenID provider: who gets in, and all that does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import httpx
import jwt
import pytest

from askdocs.db import audit, sites
from askdocs.db import members as stored
from askdocs.openid import provider as asking
from askdocs.openid.provider import Provider as Asked
from askdocs.tenancy import members, openid
from askdocs.types import Actor, Role
from tests.commands import Command
from tests.openid_provider import ADA, CLIENT_ID, LOOPBACK, REDIRECT, SECRET, Provider, running
from tests.served import Served, problem, serve
from tests.tokens import private_key, unsigned

pytestmark = pytest.mark.anyio

ME = Actor("operator", "", "me")
AUTH = "/api/v1/auth"


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
async def served(server: Provider, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    settings = {"issuer": server.url, "client_id": CLIENT_ID, "client_secret": SECRET}
    redirects = [REDIRECT, LOOPBACK]
    async with serve(
        tmp_path_factory.mktemp("openid"),
        openid={**settings, "redirect_uris": redirects},
        outbound={"allow": [server.url]},
    ) as opened:
        await members.put(opened.rt, opened.world.site, address=ADA["email"], role="viewer", actor=ME)
        yield opened


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "_PER_CLIENT", 1000)


@pytest.fixture
def provider(server: Provider, served: Served, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """An honest one, of whom nothing is known yet, and who signs in Ada."""
    fresh = Provider(url=server.url)
    vars(server).update(vars(fresh))
    change(served, monkeypatch)
    return server


def change(served: Served, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
    """Other settings, and nothing that was heard of the provider before."""
    rt = served.rt
    other = rt.settings.openid.model_copy(update=settings)
    assert other.issuer is not None
    monkeypatch.setattr(rt, "settings", rt.settings.model_copy(update={"openid": other}))
    monkeypatch.setattr(rt, "openid", Asked(other.issuer, other, rt.outbound))


@dataclass(frozen=True, slots=True)
class Back:
    """What a client has once the browser came back."""

    attempt: str
    code: str
    state: str

    def body(self, **other: Any) -> dict[str, Any]:
        return {"attempt": self.attempt, "code": self.code, "state": self.state, **other}


async def post(served: Served, path: str, body: dict[str, Any]) -> httpx.Response:
    return await served.client.post(f"{AUTH}/{path}", json=body)


async def visit(served: Served, redirect: str = REDIRECT) -> Back:
    """Start, and sign in at the provider."""
    started = await post(served, "openid", {"redirect_uri": redirect})
    assert started.status_code == 200, started.text
    assert started.headers["cache-control"] == "no-store"
    told = started.json()
    at_provider = await served.client.get(told["url"])
    assert at_provider.status_code == 302, at_provider.text
    location = at_provider.headers["location"]
    assert location.startswith(f"{redirect}?")
    fields = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    return Back(told["attempt"], fields["code"], fields["state"])


async def finish(served: Served, back: Back, **other: Any) -> httpx.Response:
    return await post(served, "openid/finish", back.body(**other))


async def join(served: Served, provider: Provider, role: Role = "owner") -> str:
    """The address of a new member without a password, who is who signs in at the provider."""
    name = served.rt.new_id()[:12]
    address = f"{name}@example.com"
    await members.put(served.rt, served.world.site, address=address, role=role, actor=ME)
    provider.person = {"sub": f"{name}-1", "email": address, "email_verified": True}
    return address


async def get(served: Served, token: str, path: str = "docs/members") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await served.client.get(f"/api/v1/admin/sites/{path}", headers=headers)


# who gets in


async def test_member_signs_in_by_the_provider(served: Served, provider: Provider) -> None:
    address = await join(served, provider)
    provider.person["email"] = address.upper()
    first = await finish(served, await visit(served))
    again = await finish(served, await visit(served))
    told = await served.rt.db.run(audit.listing, served.world.site.id, limit=2)

    assert (await get(served, first.json()["access_token"])).status_code == 200
    assert first.headers["cache-control"] == "no-store"
    assert "set-cookie" not in first.headers
    assert set(again.json()) == {"access_token", "token_type", "expires_in", "refresh_token"}
    refreshed = await post(served, "refresh", {"refresh_token": again.json()["refresh_token"]})
    assert refreshed.status_code == 200
    assert [(one.action, one.actor.name, dict(one.detail)) for one in told] == [
        ("member.link", address, {"issuer": provider.url}),
        ("member.add", "me", {"role": "owner"}),
    ]
    asked = [provider.asked.count(path) for path in ("/.well-known/openid-configuration", "/jwks", "/token")]
    assert asked == [1, 1, 2]


async def test_address_of_the_provider_holds_nothing_that_finishes(
    served: Served, provider: Provider
) -> None:
    started = (await post(served, "openid", {"redirect_uri": REDIRECT})).json()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(started["url"]).query).items()}

    assert asked.pop("code_challenge_method") == "S256"
    assert len({asked.pop(name) for name in ("state", "nonce", "code_challenge")}) == 3
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "scope": "openid email",
    }
    assert started["expires_in"] == 600
    assert started["attempt"] not in started["url"]


@pytest.mark.parametrize("methods", [("client_secret_basic",), ("client_secret_post",), ("none",)])
async def test_client_shows_itself_as_the_provider_takes_it(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch, methods: tuple[str, ...]
) -> None:
    provider.methods = methods
    change(served, monkeypatch, **({"client_secret": None} if methods == ("none",) else {}))

    assert (await finish(served, await visit(served))).status_code == 200


async def test_keys_of_elliptic_curves_and_changed_keys_are_taken(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = served.rt.now()
    answered = [await finish(served, await visit(served))]
    provider.keys = {**provider.keys, "two": private_key("ES256", "provider two")}
    too_soon = await finish(served, await visit(served))
    asked = provider.asked.count("/jwks")
    monkeypatch.setattr(served.rt, "now", lambda: now + timedelta(seconds=61))
    answered.append(await finish(served, await visit(served)))

    assert [one.status_code for one in answered] == [200, 200]
    problem(too_soon, 401, "credentials-invalid")
    assert (asked, provider.asked.count("/jwks")) == (1, 2)


async def test_key_that_was_withdrawn_is_good_for_an_hour_at_most(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, old = served.rt.now(), provider.keys["one"]
    await finish(served, await visit(served))
    provider.keys = {"two": private_key("RS256", "provider two")}
    provider.sign = lambda claims: jwt.encode(
        {**claims, "iat": int(time.time()) + 3600, "exp": int(time.time()) + 7200},
        old,
        "RS256",
        headers={"kid": "one"},
    )
    monkeypatch.setattr(served.rt, "now", lambda: now + timedelta(hours=1, seconds=9))

    problem(await finish(served, await visit(served)), 401, "credentials-invalid")


async def test_key_without_a_name_is_taken_where_there_is_one(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.sign = lambda claims: jwt.encode(claims, provider.keys["one"], "RS256")
    one = await finish(served, await visit(served))
    change(served, monkeypatch)
    provider.keys = {"one": provider.keys["one"], "two": private_key("RS256", "provider two")}
    two = await finish(served, await visit(served))

    assert (one.status_code, two.status_code) == (200, 401)


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:49152/back", "http://127.0.0.1/back", "http://127.0.0.1:1/back", REDIRECT]
)
async def test_redirect_uri_of_a_program_has_any_port(served: Served, provider: Provider, uri: str) -> None:
    started = await post(served, "openid", {"redirect_uri": uri})

    assert started.status_code == 200


async def test_other_process_finishes_what_one_started(
    served: Served, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """One with the same database and secret, that has not heard of the provider."""
    back = await visit(served)
    home = served.rt.settings.home.parent
    settings = served.rt.settings.openid.model_dump()
    settings["client_secret"] = SECRET
    async with serve(home, openid=settings, outbound={"allow": [provider.url]}) as second:
        answered = await finish(second, back)
        replayed = await finish(served, back)

    assert answered.status_code == 200
    problem(replayed, 401, "credentials-invalid")


# whose account it is


async def test_account_stays_the_persons_when_its_address_changes(served: Served, provider: Provider) -> None:
    address, subject = await join(served, provider), provider.person["sub"]
    await finish(served, await visit(served))
    await join(served, provider)  # somebody else, whose address the account gets now
    provider.person["sub"] = subject
    answered = await finish(served, await visit(served))
    listed = (await get(served, answered.json()["access_token"], "docs/audit?limit=1")).json()

    assert answered.status_code == 200
    assert jwt.decode(answered.json()["access_token"], options={"verify_signature": False})["sub"] == (
        await person_id(served, address)
    )
    assert listed["entries"]


async def person_id(served: Served, address: str) -> str:
    found = await served.rt.db.run(stored.by_address, address)
    assert found is not None
    return found.id


async def test_address_that_another_account_gets_hands_nobody_over(
    served: Served, provider: Provider
) -> None:
    address = await join(served, provider)
    await finish(served, await visit(served))
    provider.person["sub"] = "somebody new"
    refused = await finish(served, await visit(served))
    await members.unlink(served.rt, address, actor=ME)
    taken = await finish(served, await visit(served))
    told = await served.rt.db.run(audit.listing, served.world.site.id, limit=2)

    problem(refused, 401, "credentials-invalid")
    assert taken.status_code == 200
    assert [(one.action, one.subject) for one in told] == [
        ("member.link", address),
        ("member.unlink", address),
    ]


UNKNOWN: dict[str, dict[str, Any]] = {
    "nobody's address": {"email": "nobody@example.com"},
    "no address": {"email": None},
    "an address of a number": {"email": 7},
    "an address that is none": {"email": "ada"},
    "unverified": {"email_verified": False},
    "not said to be verified": {"email_verified": None},
    "unverified in words": {"email_verified": "false"},
    "verified in a list": {"email_verified": [True]},
    "verified by 2": {"email_verified": 2},
}


@pytest.mark.parametrize("claims", UNKNOWN.values(), ids=UNKNOWN)
async def test_account_of_nobody_is_refused_in_the_same_words(
    served: Served, provider: Provider, claims: dict[str, Any]
) -> None:
    await join(served, provider)
    provider.person = {
        name: value for name, value in {**provider.person, **claims}.items() if value is not None
    }
    refused = problem(await finish(served, await visit(served)), 401, "credentials-invalid")

    assert refused["detail"] == "Nobody here may sign in with this account."


async def test_verified_claim_is_the_one_that_is_set(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join(served, provider)
    change(served, monkeypatch, verified_claim="xms_edov")
    refused = await finish(served, await visit(served))
    provider.person["xms_edov"] = "1"
    provider.person["email_verified"] = False
    taken = await finish(served, await visit(served))

    assert (refused.status_code, taken.status_code) == (401, 200)


async def test_domains_hold_for_those_who_signed_in_before_too(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(served, monkeypatch, email_domains=("Example.com",))
    before = await finish(served, await visit(served))
    refused = []
    for changes in (
        {"email": "ada@evil.example.com"},
        {"email": "ada@example.com.evil"},
        {"email_verified": 0},
    ):
        kept, provider.person = provider.person, {**provider.person, **changes}
        refused.append(await finish(served, await visit(served)))
        provider.person = kept

    assert before.status_code == 200
    for one in refused:
        problem(one, 401, "credentials-invalid")


async def test_member_who_was_removed_is_nobody(served: Served, provider: Provider) -> None:
    address = await join(served, provider)
    token = (await finish(served, await visit(served))).json()["access_token"]
    await members.remove(served.rt, served.world.site, address=address, actor=ME)

    problem(await get(served, token), 401, "credentials-invalid")
    problem(await finish(served, await visit(served)), 401, "credentials-invalid")


async def test_account_is_forgotten_with_the_last_site_of_the_person(
    served: Served, provider: Provider
) -> None:
    address, site = await join(served, provider), await served.rt.db.run(sites.add, "brief", origins=[])
    await members.remove(served.rt, served.world.site, address=address, actor=ME)
    await members.put(served.rt, site, address=address, role="viewer", actor=ME)
    await finish(served, await visit(served))
    await served.rt.db.run(sites.erase, site.id)

    problem(await finish(served, await visit(served)), 401, "credentials-invalid")


async def test_member_without_a_password_signs_in_by_none(served: Served, provider: Provider) -> None:
    address = await join(served, provider)
    await finish(served, await visit(served))
    for password in ("", "x" * 20):
        refused = await post(served, "sign-in", {"address": address, "password": password})
        problem(refused, 401, "credentials-invalid")


# what comes from the provider


REFUSED: dict[str, Callable[[Provider, dict[str, Any]], str]] = {
    "alg none": lambda _, claims: unsigned({"alg": "none", "kid": "one"}, claims),
    "foreign key": lambda _, claims: jwt.encode(
        claims, private_key("RS256", "mallory"), "RS256", headers={"kid": "one"}
    ),
    "unknown kid": lambda provider, claims: provider.token(claims, kid="two"),
    "other iss": lambda provider, claims: provider.token({**claims, "iss": "https://evil.test"}),
    "other aud": lambda provider, claims: provider.token({**claims, "aud": "another client"}),
    "other nonce": lambda provider, claims: provider.token({**claims, "nonce": "n" * 43}),
    "expired": lambda provider, claims: provider.token({**claims, "exp": claims["iat"] - 61}),
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
async def test_wrong_id_token_lets_nobody_in(
    served: Served, provider: Provider, wrong: Callable[[Provider, dict[str, Any]], str]
) -> None:
    provider.sign = lambda claims: wrong(provider, claims)

    problem(await finish(served, await visit(served)), 401, "credentials-invalid")


async def test_id_token_of_another_attempt_is_refused(served: Served, provider: Provider) -> None:
    kept: list[str] = []

    def keep(claims: dict[str, Any]) -> str:
        kept.append(provider.token(claims))
        return kept[0]

    provider.sign = keep
    answered = [await finish(served, await visit(served)) for _ in range(2)]

    assert [one.status_code for one in answered] == [200, 401]


# attempts


async def test_attempt_is_good_once(served: Served, provider: Provider) -> None:
    back = await visit(served)
    both = await asyncio.gather(*(finish(served, back) for _ in range(2)))
    late = await finish(served, back)

    assert sorted(one.status_code for one in both) == [200, 401]
    problem(late, 401, "credentials-invalid")
    assert provider.asked.count("/token") == 1


async def test_attempt_ends(served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    back, now = await visit(served), served.rt.now()
    monkeypatch.setattr(served.rt, "now", lambda: now + timedelta(seconds=601))

    problem(await finish(served, back), 401, "credentials-invalid")
    assert "/token" not in provider.asked


def cut(text: str) -> str:
    return text[:-1]


MIXED: dict[str, Callable[[Back, Back], dict[str, Any]]] = {
    "code of another": lambda mine, theirs: mine.body(code=theirs.code),
    "state of another": lambda mine, theirs: mine.body(state=theirs.state),
    "attempt of another": lambda mine, theirs: mine.body(attempt=theirs.attempt),
    "code and state of another": lambda mine, theirs: mine.body(code=theirs.code, state=theirs.state),
    "no code": lambda mine, _: mine.body(code=""),
    "code that is none": lambda mine, _: mine.body(code="x"),
    "no state": lambda mine, _: mine.body(state=""),
    "state of another script": lambda mine, _: mine.body(state="а" * 43),
    "no attempt": lambda mine, _: mine.body(attempt=""),
    "attempt that is cut": lambda mine, _: mine.body(attempt=cut(mine.attempt)),
    "attempt with another end": lambda mine, theirs: mine.body(
        attempt=f"{mine.attempt.rpartition('.')[0]}.{theirs.attempt.rpartition('.')[2]}"
    ),
    "state as the attempt": lambda mine, _: mine.body(attempt=mine.state),
    "iss of another provider": lambda mine, _: mine.body(iss="https://evil.test"),
}


@pytest.mark.parametrize("mixed", MIXED.values(), ids=MIXED)
async def test_what_does_not_belong_together_lets_nobody_in(
    served: Served, provider: Provider, mixed: Callable[[Back, Back], dict[str, Any]]
) -> None:
    mine, theirs = await visit(served), await visit(served)
    refused = await post(served, "openid/finish", mixed(mine, theirs))

    problem(refused, 401, "credentials-invalid")


async def test_iss_is_needed_where_the_provider_sends_it(served: Served, provider: Provider) -> None:
    provider.says = {"authorization_response_iss_parameter_supported": True}
    without = await finish(served, await visit(served))
    back = await visit(served)

    problem(without, 401, "credentials-invalid")
    assert (await finish(served, back, iss=provider.url)).status_code == 200


async def test_attempt_at_another_provider_is_void(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = await visit(served)
    change(served, monkeypatch, client_id="another")

    problem(await finish(served, back), 401, "credentials-invalid")


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.test/back",
        f"{REDIRECT}/",
        f"{REDIRECT}?next=evil",
        f"{REDIRECT}#x",
        REDIRECT.upper(),
        REDIRECT.replace("https", "http"),
        "https://console.example.com:444/back",
        "https://console.example.com@evil.test/back",
        "http://127.0.0.1:80/other",
        "http://127.0.0.1:80@evil.test/back",
        "http://127.0.0.1:x/back",
        "http://127.0.0.1:1/back?x",
        "http://127.0.0.1:1/back#",
        "http://localhost:1/back",
        "http://127.0.0.2:1/back",
        "http://[::1]:1/back",
        "https://127.0.0.1:1/back",
        "http://127.0.0.1.evil.test:1/back",
        "javascript:alert(1)",
        "",
    ],
)
async def test_other_redirect_uris_are_refused(served: Served, provider: Provider, uri: str) -> None:
    problem(await post(served, "openid", {"redirect_uri": uri}), 422, "input-error")


async def test_nobody_starts_or_finishes_many_at_once(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openid, "_PER_CLIENT", 1)
    [await post(served, "openid", {"redirect_uri": REDIRECT}) for _ in range(2)]
    stopped = await post(served, "openid", {"redirect_uri": REDIRECT})

    problem(stopped, 429, "rate-limited")


# a provider that is not as it should be


def answer(status: int, body: str | bytes, **headers: str) -> flask.Response:
    return flask.Response(body, status, {"content-type": "application/json", **headers})


METADATA, JWKS, TOKEN = "/.well-known/openid-configuration", "/jwks", "/token"

BROKEN: dict[str, tuple[str, flask.Response]] = {
    "metadata: 500": (METADATA, answer(500, "{}")),
    "metadata: 404": (METADATA, answer(404, "no")),
    "metadata: no JSON": (METADATA, answer(200, "<html>")),
    "metadata: a list": (METADATA, answer(200, "[]")),
    "metadata: nothing of it": (METADATA, answer(200, "{}")),
    "metadata: deep": (METADATA, answer(200, "[" * 100_000)),
    "metadata: endless": (METADATA, answer(200, "x" * 300_000)),
    "metadata: leads into the network": (METADATA, answer(302, "", location="http://10.0.0.1/")),
    "keys: 500": (JWKS, answer(500, "{}")),
    "keys: no JSON": (JWKS, answer(200, "\xff")),
    "keys: no set": (JWKS, answer(200, '{"keys": {"kty": "RSA"}}')),
    "keys: of numbers": (JWKS, answer(200, '{"keys": [1, 2]}')),
    "token: 500": (TOKEN, answer(500, "{}")),
    "token: no JSON": (TOKEN, answer(200, "<html>")),
    "token: without one": (TOKEN, answer(200, '{"access_token": "x"}')),
    "token: of a number": (TOKEN, answer(200, '{"id_token": 7}')),
    "token: redirect": (TOKEN, answer(302, "", location="https://evil.test/")),
    "token: unknown client": (TOKEN, answer(401, '{"error": "invalid_client"}')),
    "token: endless": (TOKEN, answer(200, "x" * 300_000)),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
async def test_broken_provider_is_told_of_and_signs_nobody_in(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch, broken: tuple[str, flask.Response]
) -> None:
    back = await visit(served)
    path, wrong = broken
    change(served, monkeypatch)
    provider.answers[path] = wrong
    refused = problem(await finish(served, back), 503, "provider-unavailable")

    assert refused["detail"].startswith("The OpenID provider")
    assert provider.url not in refused["detail"] + refused["fix"]


METADATA_THAT_LIES: list[dict[str, Any]] = [
    {"issuer": "https://evil.test"},
    {"issuer": None},
    {"jwks_uri": "http://169.254.169.254/keys"},
    {"jwks_uri": "file:///etc/passwd"},
    {"token_endpoint": "https://127.0.0.1:1/token"},
    {"token_endpoint": "https://x.example:25/token"},
    {"authorization_endpoint": "javascript:alert(1)"},
]


@pytest.mark.parametrize("says", METADATA_THAT_LIES)
async def test_metadata_that_lead_astray_are_refused(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch, says: dict[str, Any]
) -> None:
    back = await visit(served)
    change(served, monkeypatch)
    provider.says = says

    problem(await finish(served, back), 503, "provider-unavailable")


async def test_silent_provider_is_waited_for_once(
    served: Served, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = served.rt.now()
    monkeypatch.setattr(served.rt, "now", lambda: now)
    monkeypatch.setattr(served.rt.outbound, "_seconds", 0.05)
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> flask.Response:
        asyncio.run_coroutine_threadsafe(done.wait(), loop).result()
        return answer(200, "{}")

    provider.answers[METADATA] = hang
    refused = await asyncio.gather(*(post(served, "openid", {"redirect_uri": REDIRECT}) for _ in range(5)))
    done.set()
    asked = provider.asked.count(METADATA)
    del provider.answers[METADATA]
    monkeypatch.setattr(served.rt, "now", lambda: now + asking.REST)
    later = await post(served, "openid", {"redirect_uri": REDIRECT})

    for one in refused:
        problem(one, 503, "provider-unavailable")
    assert refused[0].headers["retry-after"] == "10"
    assert (asked, later.status_code) == (1, 200)


# without one


@pytest.mark.parametrize(
    ("path", "body"),
    [("openid", {"redirect_uri": REDIRECT}), ("openid/finish", {"attempt": "x", "code": "x", "state": "x"})],
)
async def test_installation_without_a_provider_says_so(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any]
) -> None:
    monkeypatch.setattr(served.rt, "openid", None)

    problem(await post(served, path, body), 404, "open-id-not-configured")


def test_commands_add_without_a_password_and_unlink(askdocs: Command) -> None:
    added = askdocs("member", "add", "docs", "ada@example.com", "--role", "viewer", "--no-password")
    both = askdocs(
        "member", "add", "docs", "ada@example.com", "--role", "viewer", "--no-password", "--password-stdin"
    )
    unlinked = askdocs("member", "unlink", "ada@example.com")
    nobody = askdocs("member", "unlink", "nobody@example.com")

    assert (added.code, both.code, unlinked.code, nobody.code) == (0, 2, 0, 2)
    assert len(added.out.splitlines()) == 1
    assert "signed out everywhere" in unlinked.out
