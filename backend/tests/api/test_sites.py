"""Sites are looked up seldom, and no more often than limits allow, whoever asks for whatever key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from tests.served import KEY, ORIGIN, SITE, Served, problem, serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_minute")]

PREFLIGHT = {"origin": ORIGIN, "access-control-request-method": "POST"}
LIMIT = 3


@pytest.fixture
async def served(tmp_path: Path, sqlite_url: str) -> AsyncIterator[Served]:
    async with serve(tmp_path, database_url=sqlite_url, rate_limit_requests=LIMIT) as opened:
        yield opened


@contextmanager
def look_ups(served: Served) -> Iterator[list[str]]:
    """The statements that ask the database for a site."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM sites" in statement:
            seen.append(statement)

    event.listen(served.rt.db._engine, "before_cursor_execute", note)
    yield seen
    event.remove(served.rt.db._engine, "before_cursor_execute", note)


@pytest.mark.parametrize("origin", [None, ORIGIN])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_guesses_of_keys_reach_the_database_no_more_often_than_allowed(
    served: Served, method: str, origin: str | None
) -> None:
    headers = {**PREFLIGHT, "origin": origin} if origin else {}
    with look_ups(served) as seen:
        responses = [
            await served.client.request(method, f"/api/v1/sites/pk_{n}/session", headers=headers)
            for n in range(LIMIT + 2)
        ]
    assert len(seen) == LIMIT
    for refused in responses[LIMIT:]:
        problem(refused, 429, "rate-limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_unknown_key_is_looked_up_once(served: Served) -> None:
    with look_ups(served) as seen:
        for _ in range(LIMIT):
            problem(await served.client.get("/api/v1/sites/pk_none/session"), 404, "site-not-found")
    assert len(seen) == 1


async def test_preflights_are_limited_and_leave_questions_alone(served: Served) -> None:
    await served.client.get(f"{SITE}/session")
    statuses = [
        (await served.client.options(f"{SITE}/chat", headers=PREFLIGHT)).status_code for _ in range(LIMIT + 1)
    ]
    assert statuses == [204] * LIMIT + [429]
    assert (await served.ask("How?")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "content", "headers"),
    [
        ("POST", "chat", "{" * 200_000, {"content-type": "application/json"}),
        ("POST", "chat", "{}", {"content-type": "text/plain"}),
        ("POST", "chat", "{}", {"origin": "https://evil.test"}),
        ("POST", "chat", "x" * 300_000, {}),
        ("GET", "chat", "", {}),
        ("GET", "nothing", "", {}),
    ],
    ids=["malformed", "type", "origin", "length", "method", "path"],
)
async def test_refused_requests_are_counted_too(
    served: Served, method: str, path: str, content: str, headers: dict[str, str]
) -> None:
    address = f"{SITE}/{path}"
    statuses = [
        (await served.client.request(method, address, content=content, headers=headers)).status_code
        for _ in range(LIMIT + 1)
    ]
    assert 429 not in statuses[:LIMIT]
    assert statuses[LIMIT] == 429


async def test_request_too_many_is_refused_readably_and_shows_in_the_metrics(served: Served) -> None:
    for _ in range(LIMIT):
        assert (await served.ask("How?")).status_code == 200
    response = await served.client.post(f"{SITE}/chat", content="{", headers={"origin": ORIGIN})
    problem(response, 429, "rate-limited")
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert response.headers["access-control-allow-origin"] == ORIGIN
    labels = {"method": "POST", "endpoint": "/api/v1/sites/{site_key}", "status": "429"}
    assert served.metric("http_requests_total", **labels) == 1


async def test_readers_of_a_known_site_count_as_nobody_who_guesses(served: Served) -> None:
    for _ in range(LIMIT):
        served.app.state.directory._kept.forget(KEY)
        assert (await served.client.get(f"{SITE}/session")).status_code == 422
    for n in range(LIMIT - 1):
        problem(await served.client.get(f"/api/v1/sites/pk_{n}/session"), 404, "site-not-found")
    problem(await served.client.get("/api/v1/sites/pk_last/session"), 429, "rate-limited")


async def test_key_is_what_the_address_says_once_decoded(served: Served) -> None:
    twice = KEY.replace("_", "%255F")
    response = await served.client.post(
        f"/api/v1/sites/{twice}/chat", json={"question": "How?"}, headers={"origin": ORIGIN}
    )
    problem(response, 404, "site-not-found")
