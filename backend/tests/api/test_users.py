"""A signed user's conversations are that user's, and nobody else's, whoever holds their tokens."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from askdocs.db import sessions, sites, user_keys
from askdocs.streams.held import ERASED
from askdocs.types import Site, UserKeyAlgorithm
from tests.api.test_resuming import Reader, Told
from tests.served import KEY, ORIGIN, SITE, Served, only, parts, problem, said, serve, session_of
from tests.tokens import Signer, signer

pytestmark = pytest.mark.anyio

SESSION, USER = "x-askdocs-session", "x-askdocs-user"
QUESTION = "How do I rotate keys?"


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("users")) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        yield opened


async def give_key(served: Served, algorithm: UserKeyAlgorithm, *, site: Site | None = None) -> Signer:
    """A host application of the site, with one more key."""
    site = site or served.world.site
    kid = uuid.uuid4().hex
    host = signer(algorithm, served.rt.user_tokens, site, kid=kid, name=kid if algorithm != "RS256" else "")
    await served.rt.db.run(user_keys.add, site.id, key=host.key)
    served.app.state.users.forget(site.id)
    return host


@pytest.fixture(params=["RS256", "ES256", "EdDSA", "HS256"])
async def any_host(served: Served, request: pytest.FixtureRequest) -> Signer:
    return await give_key(served, request.param)


@pytest.fixture
async def host(served: Served) -> Signer:
    return await give_key(served, "EdDSA")


@pytest.fixture
def user(host: Signer) -> str:
    """The token of a user who has asked nothing yet."""
    return host.sign(uuid.uuid4().hex)


async def ask(served: Served, user: str | None, question: str = QUESTION, **body: Any) -> httpx.Response:
    headers = {USER: user} if user is not None else {}
    return await served.client.post(f"{SITE}/chat", json={"question": question, **body}, headers=headers)


async def listed(served: Served, user: str, **query: Any) -> list[dict[str, Any]]:
    response = await served.client.get(f"{SITE}/sessions", headers={USER: user}, params=query)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    found: list[dict[str, Any]] = response.json()["sessions"]
    return found


# whose a conversation is


async def test_signed_user_asks_and_finds_the_conversation_again(served: Served, any_host: Signer) -> None:
    subject = uuid.uuid4().hex
    token = session_of(await ask(served, any_host.sign(subject)))
    await ask(served, any_host.sign(subject), "How often?", session=token)

    (one,) = await listed(served, any_host.sign(subject))

    assert (one["questions"], one["last_question"]) == (2, "How often?")
    read = await served.client.get(f"{SITE}/sessions/{one['id']}", headers={USER: any_host.sign(subject)})
    texts = [message["text"] for message in read.json()["messages"] if message["role"] == "user"]
    assert texts == [QUESTION, "How often?"]
    assert read.headers["cache-control"] == "no-store"


async def test_subject_is_stored_nowhere(tmp_path: Path, sqlite_url: str) -> None:
    async with serve(tmp_path, database_url=sqlite_url) as served:
        host = await give_key(served, "HS256")
        await ask(served, host.sign("ada.lovelace@example.com"))
        secret = served.rt.user_tokens.secret(served.world.site.id, host.key.kid)
    stored = b"".join(
        file.read_bytes() for file in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("askdocs.db*")
    )
    assert host.key.kid.encode() in stored
    assert b"lovelace" not in stored
    assert secret.encode() not in stored


@pytest.mark.parametrize("who", ["another user", "nobody"])
async def test_conversation_of_a_user_is_unknown_to_others(served: Served, host: Signer, who: str) -> None:
    owner = host.sign(uuid.uuid4().hex)
    first = await ask(served, owner, resumable=True)
    token, message = session_of(first), only(parts(first.content), "start")["messageId"]
    other = {USER: host.sign("mallory")} if who == "another user" else {}
    headers = {SESSION: token, **other}

    problem(await served.client.get(f"{SITE}/session", headers=headers), 404, "session-not-found")
    problem(await served.client.delete(f"{SITE}/session", headers=headers), 404, "session-not-found")
    problem(await ask(served, other.get(USER), session=token), 404, "session-not-found")
    assert (await served.client.get(f"{SITE}/chat/{message}/stream", headers=headers)).status_code == 204
    transcript = [said("assistant", "x", metadata={"session": token}), said("user", QUESTION)]
    again = await served.client.post(f"{SITE}/chat", json={"messages": transcript}, headers=other)
    assert session_of(again) != token

    mine = {SESSION: token, USER: owner}
    assert (await served.client.get(f"{SITE}/chat/{message}/stream", headers=mine)).status_code == 200
    assert len((await served.client.get(f"{SITE}/session", headers=mine)).json()["messages"]) == 2


async def test_conversation_of_nobody_is_unknown_to_users(served: Served, user: str) -> None:
    token = session_of(await ask(served, None))

    problem(await ask(served, user, session=token), 404, "session-not-found")
    problem(
        await served.client.get(f"{SITE}/session", headers={SESSION: token, USER: user}),
        404,
        "session-not-found",
    )
    assert (await served.client.get(f"{SITE}/session", headers={SESSION: token})).status_code == 200


async def test_user_of_the_same_name_on_another_site_is_another(served: Served, host: Signer) -> None:
    key = f"pk_{uuid.uuid4().hex}"
    other = await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[], key=key)
    their_host = await give_key(served, "ES256", site=other)
    await ask(served, host.sign("ada"))
    path = f"/api/v1/sites/{key}/sessions"

    theirs = await served.client.get(path, headers={USER: their_host.sign("ada")})
    ours = await served.client.get(path, headers={USER: host.sign("ada")})

    assert theirs.json() == {"sessions": []}
    problem(ours, 401, "user-token-invalid")


async def test_others_read_no_conversation_by_its_id(served: Served, host: Signer, user: str) -> None:
    await ask(served, user)
    (one,) = await listed(served, user)
    for session in (one["id"], "nobody", "%00"):
        response = await served.client.get(f"{SITE}/sessions/{session}", headers={USER: host.sign("mallory")})
        problem(response, 404, "session-not-found")


# history


async def test_history_is_the_last_asked_in_first_and_as_long_as_wanted(served: Served, user: str) -> None:
    tokens = [session_of(await ask(served, user, f"Question {n}?")) for n in range(3)]
    replaced = await ask(served, user, "Wrong?", session=tokens[0])
    message = only(parts(replaced.content), "start")["messageId"]
    await ask(served, user, "Right?", session=tokens[0], replaces=message)

    found = [(one["last_question"], one["questions"]) for one in await listed(served, user)]

    assert found == [("Right?", 2), ("Question 2?", 1), ("Question 1?", 1)]
    assert len(await listed(served, user, limit=1)) == 1
    too_many = await served.client.get(f"{SITE}/sessions", headers={USER: user}, params={"limit": 101})
    problem(too_many, 422, "invalid-request")


async def test_all_of_a_users_conversations_are_erased(served: Served, host: Signer, user: str) -> None:
    mine = session_of(await ask(served, user))
    running = await ask(served, user, resumable=True)
    message = only(parts(running.content), "start")["messageId"]
    others = host.sign(uuid.uuid4().hex)
    theirs, nobodys = session_of(await ask(served, others)), session_of(await ask(served, None))

    erased = await served.client.delete(f"{SITE}/sessions", headers={USER: user})

    assert (erased.status_code, await listed(served, user)) == (204, [])
    headers = {SESSION: mine, USER: user}
    problem(await served.client.get(f"{SITE}/session", headers=headers), 404, "session-not-found")
    resumed = await served.client.get(
        f"{SITE}/chat/{message}/stream", headers={SESSION: session_of(running), USER: user}
    )
    assert resumed.status_code == 204
    assert len(await listed(served, others)) == 1
    site = served.world.site.id
    assert await served.rt.db.run(sessions.exists, site, token=nobodys)
    assert not await served.rt.db.run(sessions.exists, site, token=theirs), "without its user"
    assert (await served.client.delete(f"{SITE}/sessions", headers={USER: user})).status_code == 204


async def test_answer_that_is_being_given_is_stopped_by_its_user_alone(
    served: Served, host: Signer, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Told()
    monkeypatch.setattr(served.rt, "model", model)
    mine, theirs, nobodys = (client(served, token) for token in (user, host.sign("mallory"), None))
    async with mine, theirs, nobodys:
        reader = Reader(mine)
        await reader.ask()
        for other in (theirs, nobodys):
            assert await reader.stop(client=other) == 204
            assert (await reader.resume(client=other)).status_code == 204
        model.say("with care.")
        assert not model.stopped

        assert (await mine.delete(f"{SITE}/sessions")).status_code == 204

        assert ERASED.encode() in await reader.read_on()
    assert model.stopped


def client(served: Served, user: str | None) -> httpx.AsyncClient:
    """One that sends the user's token with everything."""
    headers = {USER: user} if user is not None else {}
    return httpx.AsyncClient(base_url=served.client.base_url, headers=headers, trust_env=False)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/sessions"), ("GET", "/sessions/x"), ("DELETE", "/sessions")]
)
async def test_history_without_a_user_token_is_refused(served: Served, method: str, path: str) -> None:
    body = problem(await served.client.request(method, f"{SITE}{path}"), 422, "invalid-request")
    assert body["detail"] == "X-Askdocs-User: Field required."


# refusals


async def test_wrong_token_is_refused_wherever_it_is_sent(served: Served, host: Signer) -> None:
    stranger = replace(
        host, private=signer("EdDSA", served.rt.user_tokens, served.world.site, name="x").private
    )
    for token in (stranger.sign(), host.sign(aud="elsewhere"), "", "x" * 9000, "null"):
        for method, path in (
            ("POST", "/chat"),
            ("POST", "/search"),
            ("GET", "/session"),
            ("GET", "/sessions"),
        ):
            body = {"question": QUESTION, "query": QUESTION} if method == "POST" else None
            response = await served.client.request(
                method, f"{SITE}{path}", json=body, headers={USER: token, SESSION: ""}
            )
            problem(response, 401, "user-token-invalid")
            assert response.headers["www-authenticate"] == "Askdocs-User"


async def test_expired_token_says_so_to_pages_of_the_site(served: Served, host: Signer) -> None:
    headers = {USER: host.sign(exp=int(time.time()) - 60), "origin": ORIGIN}
    response = await served.client.post(f"{SITE}/chat", json={"question": QUESTION}, headers=headers)
    assert "setUser" in problem(response, 401, "user-token-expired")["fix"]
    assert response.headers["access-control-allow-origin"] == ORIGIN


async def test_two_tokens_are_none(served: Served, host: Signer) -> None:
    headers = [(USER, host.sign("ada")), (USER, host.sign("bob"))]
    response = await served.client.post(f"{SITE}/chat", json={"question": QUESTION}, headers=headers)
    problem(response, 401, "user-token-invalid")


async def test_site_without_keys_says_how_to_get_one(served: Served) -> None:
    key = f"pk_{uuid.uuid4().hex}"
    await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[], key=key)
    response = await served.client.get(f"/api/v1/sites/{key}/sessions", headers={USER: "a.b.c"})
    body = problem(response, 401, "user-tokens-not-configured")
    assert "askdocs site user-keys add" in body["fix"]


async def test_removed_key_signs_no_more(served: Served, host: Signer, user: str) -> None:
    assert (await ask(served, user)).status_code == 200
    site = served.world.site.id
    assert await served.rt.db.run(user_keys.remove, site, kid=host.key.kid)
    served.app.state.users.forget(site)
    problem(await ask(served, user), 401, "user-token-invalid")


async def test_preflight_allows_the_header(served: Served) -> None:
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": USER,
    }
    response = await served.client.options(f"/api/v1/sites/{KEY}/chat", headers=asked)
    assert USER in response.headers["access-control-allow-headers"]


async def test_api_describes_the_header(served: Served) -> None:
    paths = (await served.client.get("/api/openapi.json")).json()["paths"]
    required = {
        (path.removeprefix("/api/v1/sites/{site_key}"), method): parameter["required"]
        for path, operations in paths.items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "X-Askdocs-User"
    }
    assert required == {
        ("/chat", "post"): False,
        ("/chat/{chat}/stream", "get"): False,
        ("/chat/{chat}/stream", "delete"): False,
        ("/session", "get"): False,
        ("/session", "delete"): False,
        ("/sessions", "get"): True,
        ("/sessions", "delete"): True,
        ("/sessions/{conversation}", "get"): True,
    }


# limits


@pytest.mark.usefixtures("one_minute")
async def test_each_signed_user_is_counted_and_a_wrong_token_by_its_address(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with serve(tmp_path, database_url=sqlite_url, rate_limit_requests=2) as served:
        host = await give_key(served, "EdDSA")
        ada, bob = host.sign("ada"), host.sign("bob")
        asked = [ada, ada, host.sign("ada", exp=int(time.time()) + 60), bob, "wrong", None, "wrong", None]
        statuses = [(await ask(served, user)).status_code for user in asked]
        assert statuses == [200, 200, 429, 200, 401, 200, 429, 429]


async def test_token_shows_in_no_log(served: Served, user: str, capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.gather(ask(served, user), ask(served, f"{user}x"))
    logged = capsys.readouterr()
    assert "request" in logged.out + logged.err
    assert user not in logged.out + logged.err
