"""Calm sites need no reader session; under suspicion it takes one to ask, and work to get many."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from askdocs.config.guarding import Guard
from askdocs.db import sites
from askdocs.guard import readers
from askdocs.guard.readers import Claim
from tests.guard.puzzles import encode, number_of, solve
from tests.served import KEY, ORIGIN, SITE, Served, problem, serve

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_minute")]

PROXY: dict[str, Any] = {"server": {"proxy_hops": 1}}
WORK = 1000
OTHER = "http://localhost:3001"


def guard(**options: Any) -> dict[str, Any]:
    return {"guard": {"work": WORK, **options}}


@asynccontextmanager
async def served_with(folder: Path, url: str = "", **options: Any) -> AsyncIterator[Served]:
    shared = {"redis_url": url} if url else {}
    site = {"name": "docs", "key": KEY, "origins": [ORIGIN, OTHER]}
    async with serve(folder, **PROXY, **shared, **{"sites": [site], **options}) as opened:
        yield opened


class Reader:
    """Somebody at an address, on a page, with or without a session."""

    def __init__(self, served: Served, address: str = "", *, origin: str = ORIGIN) -> None:
        self._served, self.token = served, ""
        self._address = address or f"10.{uuid.uuid4().int % 200}.{uuid.uuid4().int % 200}.1"
        self._origin = origin

    def _headers(self) -> dict[str, str]:
        origin = {"origin": self._origin} if self._origin else {}
        token = {"x-askdocs-reader": self.token} if self.token else {}
        return {"x-forwarded-for": self._address, **origin, **token}

    async def ask(self, *, site: str = SITE) -> httpx.Response:
        return await self._served.client.post(
            f"{site}/chat", json={"question": "How?"}, headers=self._headers()
        )

    async def session(self, *, site: str = SITE, **body: Any) -> httpx.Response:
        return await self._served.client.post(f"{site}/session", json=body, headers=self._headers())

    async def puzzle(self) -> dict[str, Any]:
        while (response := await self.session()).status_code != 200:
            assert response.status_code == 201
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """Where two questions a minute are suspicious, and every session costs work."""
    folder = tmp_path_factory.mktemp("readers")
    options = guard(network_questions=2, network_sessions=0)
    async with served_with(folder, **options) as opened:
        yield opened


@pytest.fixture
def reader(served: Served) -> Reader:
    return Reader(served)


# when one is needed


async def test_calm_site_needs_none_and_a_suspicious_network_does(served: Served, reader: Reader) -> None:
    asked = [await reader.ask() for _ in range(3)]
    assert [response.status_code for response in asked] == [200, 200, 401]
    body = problem(asked[2], 401, "reader-session-required")
    assert "X-Askdocs-Reader" in body["fix"]
    assert asked[2].headers["www-authenticate"] == "Askdocs-Reader"
    assert asked[2].headers["access-control-allow-origin"] == ORIGIN
    assert (await Reader(served).ask()).status_code == 200, "others are not troubled"


async def test_page_of_a_foreign_origin_is_refused_for_that_alone(served: Served) -> None:
    stranger = Reader(served, origin="https://elsewhere.example")
    refused = [await stranger.ask() for _ in range(4)]
    assert {problem(response, 403, "origin-not-allowed")["status"] for response in refused} == {403}


async def test_reader_who_works_is_answered(reader: Reader) -> None:
    for _ in range(3):
        refused = await reader.ask()
    assert refused.status_code == 401
    solved = await reader.session(altcha=solve(await reader.puzzle()))
    assert solved.status_code == 201
    assert solved.headers["cache-control"] == "no-store"
    assert solved.json()["expires_in"] == 900
    reader.token = solved.json()["token"]
    assert [(await reader.ask()).status_code for _ in range(10)] == [200] * 10


async def test_program_that_does_not_work_is_refused_whatever_it_sends(reader: Reader) -> None:
    for _ in range(2):
        await reader.ask()
    for _ in range(20):
        reader.token = (await reader.session()).json().get("token", "")
        assert (await reader.ask()).status_code == 401


@pytest.mark.parametrize("of_site", [True, False])
@pytest.mark.parametrize(
    ("when", "statuses"),
    [("always", [401, 401]), ("suspicious", [200, 401]), ("never", [200, 200])],
)
async def test_site_decides_when_one_is_needed(
    tmp_path: Path, sqlite_url: str, when: str, statuses: list[int], of_site: bool
) -> None:
    site: dict[str, Any] = {"name": "docs", "key": KEY, "origins": [ORIGIN]}
    options = (
        {"sites": [{**site, "reader_sessions": when}], **guard(network_questions=1)}
        if of_site
        else guard(reader_sessions=when, network_questions=1)
    )
    async with served_with(tmp_path, database_url=sqlite_url, **options) as opened:
        reader = Reader(opened)
        assert [(await reader.ask()).status_code for _ in range(2)] == statuses
        reader.token = (await reader.session()).json()["token"]
        assert (await reader.ask()).status_code == 200


async def test_swarm_makes_the_whole_site_suspicious(tmp_path: Path, sqlite_url: str) -> None:
    async with served_with(tmp_path, database_url=sqlite_url, **guard(site_questions=5)) as opened:
        statuses = [(await Reader(opened).ask()).status_code for _ in range(8)]
        assert statuses == [200] * 5 + [401] * 3


async def test_session_has_a_limit_of_its_own_from_wherever_it_asks(tmp_path: Path, sqlite_url: str) -> None:
    async with served_with(tmp_path, database_url=sqlite_url, rate_limit_session=3) as opened:
        first = Reader(opened)
        token = (await first.session()).json()["token"]
        statuses = []
        for _ in range(5):
            elsewhere = Reader(opened)
            elsewhere.token = token
            statuses.append((await elsewhere.ask()).status_code)
        assert statuses == [200] * 3 + [429] * 2


# work


@pytest.mark.parametrize(
    ("of_network", "of_site", "tries"),
    [
        (1, 1, 0),
        (3, 100, 0),
        (4, 1, 100_000),
        (5, 1, 100_000),
        (6, 1, 200_000),
        (30, 1, 1_000_000),
        (48, 1, 1_600_000),
        (10_000, 1, 1_600_000),
        (1, 101, 100_000),
        (1, 10_000, 100_000),
    ],
)
def test_work_grows_with_what_a_network_asks_for(of_network: int, of_site: int, tries: int) -> None:
    assert readers.work(Guard(), of_network=of_network, of_site=of_site) == tries


def test_who_gets_none_for_nothing_works_from_the_first_on() -> None:
    assert readers.work(Guard(network_sessions=0), of_network=1, of_site=1) == 100_000


# attacks


async def test_solution_is_good_once(reader: Reader) -> None:
    solution = solve(await reader.puzzle())
    assert (await reader.session(altcha=solution)).status_code == 201
    for _ in range(3):
        problem(await reader.session(altcha=solution), 403, "proof-rejected")


@pytest.mark.parametrize("others", [{"took": 12}, {"verified": True}, {"number": None}])
async def test_solution_in_another_wrapping_is_the_same(reader: Reader, others: dict[str, Any]) -> None:
    puzzle = await reader.puzzle()
    assert (await reader.session(altcha=solve(puzzle))).status_code == 201
    again = solve(puzzle, **{"number": number_of(puzzle), **others})
    assert (await reader.session(altcha=again)).status_code == 403


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_of_many_at_once_one_is_taken(
    tmp_path: Path,
    sqlite_url: str,
    kind: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With Redis among two processes."""
    monkeypatch.setattr("askdocs.limits._TIMEOUT", 10)  # the tests' machine is busy
    url = request.getfixturevalue("redis_url") if kind == "redis" else ""
    secret = {"secret_key": "s" * 40}
    options = {"database_url": sqlite_url, **secret, **guard(network_sessions=0)}
    async with served_with(tmp_path, url, **options) as one, served_with(tmp_path, url, **options) as other:
        servers = [one, other] if url else [one]
        for opened in servers:
            await Reader(opened).puzzle()  # connects
        solution = solve(await Reader(one, "10.1.1.1").puzzle())
        sent = [Reader(servers[n % len(servers)], "10.1.1.1").session(altcha=solution) for n in range(20)]
        statuses = [response.status_code for response in await asyncio.gather(*sent)]
    assert sorted(statuses) == [201] + [403] * 19


@pytest.mark.parametrize("stolen", ["network", "origin", "no origin"])
async def test_solution_is_good_for_whom_it_was_given_to(served: Served, stolen: str) -> None:
    puzzle = await Reader(served, "10.9.9.9").puzzle()
    thief = {
        "network": Reader(served, "10.9.9.8"),
        "origin": Reader(served, "10.9.9.9", origin=OTHER),
        "no origin": Reader(served, "10.9.9.9", origin=""),
    }[stolen]
    problem(await thief.session(altcha=solve(puzzle)), 403, "proof-rejected")
    assert (await Reader(served, "10.9.9.9").session(altcha=solve(puzzle))).status_code == 201, "still good"


async def test_solutions_and_sessions_of_one_site_are_nothing_to_another(served: Served) -> None:
    added = await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[ORIGIN])
    elsewhere = f"/api/v1/sites/{added.key}"
    reader = Reader(served)
    solution = solve(await reader.puzzle())
    problem(await reader.session(site=elsewhere, altcha=solution), 403, "proof-rejected")
    reader.token = (await reader.session(altcha=solution)).json()["token"]
    assert [(await reader.ask(site=elsewhere)).status_code for _ in range(3)] == [200, 200, 401]


@pytest.fixture
def claim(served: Served) -> Claim:
    return Claim(served.world.site, ORIGIN, "10.0.0.1")


async def token_of(served: Served, claim: Claim) -> str:
    puzzle = await readers.open_session(served.rt, claim)
    assert not isinstance(puzzle, readers.Session)
    fields = {
        name: getattr(puzzle, name) for name in ("algorithm", "challenge", "salt", "signature", "maxnumber")
    }
    return (await readers.redeem(served.rt, claim, solve(fields))).token


@pytest.mark.parametrize(
    ("seconds", "is_valid"), [(-3600, True), (0, True), (890, True), (901, False), (86_400, False)]
)
async def test_session_lasts_a_quarter_of_an_hour(
    served: Served, claim: Claim, seconds: int, is_valid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the clock of another instance is behind."""
    token, now = await token_of(served, claim), datetime.now(UTC)
    monkeypatch.setattr(served.rt, "now", lambda: now + timedelta(seconds=seconds))
    named = readers.read(served.rt, Claim(claim.site, claim.origin, claim.network, token))
    assert (named is not None) is is_valid


async def test_session_follows_its_reader_to_another_network(served: Served, claim: Claim) -> None:
    token = await token_of(served, claim)
    assert readers.read(served.rt, Claim(claim.site, ORIGIN, "2001:db8::/64", token))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: token + "0",
        lambda token: token[:-1],
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token.replace("r1.", "r2."),
        lambda token: token.replace("r1.", "r1.9"),
        lambda token: token.replace("r1.1", "r1.9"),
        lambda token: token.upper(),
        lambda token: f" {token}",
        lambda token: f"{token}\n",
        lambda token: ".".join([*token.split(".")[:3], "0" * 64]),
        lambda token: ".".join([*token.split(".")[:2], "A" * 16, token.split(".")[3]]),
        lambda token: token.replace(".", ""),
        lambda token: "r1.9999999999.AAAAAAAAAAAAAAAA." + "f" * 64,
        lambda token: "é" * 100,
        lambda token: "x" * 100_000,
    ],
)
async def test_session_that_was_tampered_with_is_none(served: Served, claim: Claim, change: Any) -> None:
    token = change(await token_of(served, claim))
    assert readers.read(served.rt, Claim(claim.site, claim.origin, claim.network, token)) is None


@pytest.mark.parametrize("origin", [OTHER, "", "null", f"{ORIGIN}/", ORIGIN.upper(), "https://evil.test"])
async def test_session_is_good_on_pages_of_its_origin(served: Served, claim: Claim, origin: str) -> None:
    token = await token_of(served, claim)
    assert readers.read(served.rt, Claim(claim.site, origin, claim.network, token)) is None


async def test_page_of_a_foreign_origin_gets_none(served: Served) -> None:
    problem(await Reader(served, origin="https://evil.test").session(), 403, "origin-not-allowed")


@pytest.mark.parametrize(
    "body",
    [
        {"altcha": 7},
        {"altcha": ["x"]},
        {"altcha": {"number": 1}},
        {"altcha": "x" * 1025},
    ],
)
async def test_body_of_another_shape_is_refused(reader: Reader, body: dict[str, Any]) -> None:
    problem(await reader.session(**body), 422, "invalid-request")


@pytest.mark.parametrize(
    "fields", [{}, {"number": 1}, {"number": 10**400}, {"salt": "\x00"}, {"challenge": None}]
)
async def test_solution_without_its_fields_is_refused(reader: Reader, fields: dict[str, Any]) -> None:
    problem(await reader.session(altcha=encode(fields)), 403, "proof-rejected")


async def test_session_that_two_headers_claim_is_none(served: Served, claim: Claim) -> None:
    token = await token_of(served, claim)
    headers = [("x-forwarded-for", "10.77.0.1"), ("origin", ORIGIN), ("x-askdocs-reader", "x")]
    headers.append(("x-askdocs-reader", token))
    asked = [
        (await served.client.post(f"{SITE}/chat", json={"question": "How?"}, headers=headers)).status_code
        for _ in range(3)
    ]
    assert asked == [200, 200, 401]


async def test_redis_that_is_down_lets_nobody_use_a_solution_twice_here(
    tmp_path: Path, sqlite_url: str
) -> None:
    options = {"database_url": sqlite_url, **guard(network_sessions=0)}
    async with served_with(tmp_path, "redis://127.0.0.1:1", **options) as opened:
        reader = Reader(opened)
        solution = solve(await reader.puzzle())
        assert [(await reader.session(altcha=solution)).status_code for _ in range(2)] == [201, 403]


async def test_nothing_is_stored_of_a_session(redis_url: str, tmp_path: Path, sqlite_url: str) -> None:
    """But counts, which name no token, no address but those that the limits know, and last a quarter hour."""
    store = redis.Redis.from_url(redis_url)
    store.flushdb()
    async with served_with(tmp_path, redis_url, database_url=sqlite_url) as opened:
        reader = Reader(opened)
        reader.token = (await reader.session()).json()["token"]
        await reader.ask()
        secret = reader.token.rpartition(".")[2]
    assert store.dbsize() > 0
    for key in store.scan_iter():
        assert secret.encode() not in key
        if store.type(key) == b"string" and b"LIMITS" in key.upper():
            assert 0 < store.ttl(key) <= 1800
