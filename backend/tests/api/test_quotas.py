"""What each reader, site and deployment may ask in a minute, and what clients are told of that."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tests.served import KEY, ORIGIN, SITE, Served, problem, serve, session_of

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("one_minute")]

ROOM: dict[str, Any] = {"server": {"proxy_hops": 1}}


@pytest.fixture(params=["memory", "redis"])
def shared(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "memory":
        return {}
    url = request.getfixturevalue("redis_url")
    redis.Redis.from_url(url).flushdb()
    return {"redis_url": url}


async def ask(served: Served, address: str = "1.1.1.1", **body: Any) -> httpx.Response:
    headers = {"x-forwarded-for": address, "origin": ORIGIN}
    return await served.client.post(f"{SITE}/chat", json={"question": "How?", **body}, headers=headers)


async def search(served: Served, address: str = "1.1.1.1") -> httpx.Response:
    headers = {"x-forwarded-for": address}
    return await served.client.post(f"{SITE}/search", json={"query": "how"}, headers=headers)


def of_site(**options: int) -> dict[str, Any]:
    return {"sites": [{"name": "docs", "key": KEY, "origins": [ORIGIN], **options}]}


@pytest.mark.parametrize(
    ("options", "policy"),
    [
        ({"rate_limit_requests": 3}, "client"),
        (of_site(rate_limit_requests=3), "client"),
        ({"rate_limit_site": 3}, "site"),
        ({"rate_limit_site": 99, **of_site(rate_limit_site=3)}, "site"),
        ({"rate_limit_all_sites": 3}, "all-sites"),
    ],
    ids=["client", "client of a site", "site", "site of its own", "all sites"],
)
async def test_one_question_too_many_is_refused_by_the_limit_that_it_breaks(
    tmp_path: Path, sqlite_url: str, shared: dict[str, Any], options: dict[str, Any], policy: str
) -> None:
    async with serve(tmp_path, database_url=sqlite_url, **shared, **ROOM, **options) as served:
        statuses = [(await ask(served)).status_code for _ in range(3)]
        refused = await ask(served)
        another = await ask(served, "2.2.2.2")
    assert statuses == [200] * 3
    problem(refused, 429, "rate-limited")
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["ratelimit-policy"] == f'"{policy}";q=3;w=60'
    assert re.fullmatch(rf'"{policy}";r=0;t=\d+', refused.headers["ratelimit"])
    assert another.status_code == (200 if policy == "client" else 429)


@pytest.mark.parametrize("options", [{"rate_limit_session": 2}, of_site(rate_limit_session=2)])
async def test_conversation_is_limited_wherever_it_is_asked_from(
    tmp_path: Path, sqlite_url: str, shared: dict[str, Any], options: dict[str, Any]
) -> None:
    async with serve(tmp_path, database_url=sqlite_url, **shared, **ROOM, **options) as served:
        session = session_of(await ask(served))
        asked = [await ask(served, f"1.1.1.{n}", session=session) for n in range(3)]
        assert [response.status_code for response in asked] == [200, 200, 429]
        assert asked[2].headers["ratelimit-policy"] == '"session";q=2;w=60'
        assert (await ask(served)).status_code == 200, "a conversation that begins is another"


@pytest.mark.parametrize("options", [{"rate_limit_searches": 2}, of_site(rate_limit_searches=2)])
async def test_searches_are_counted_apart(
    tmp_path: Path, sqlite_url: str, shared: dict[str, Any], options: dict[str, Any]
) -> None:
    limits: dict[str, Any] = {"rate_limit_requests": 50, "rate_limit_site": 1, **options}
    async with serve(tmp_path, database_url=sqlite_url, **shared, **ROOM, **limits) as served:
        searched = [await search(served) for _ in range(3)]
        assert [response.status_code for response in searched] == [200, 200, 429]
        assert searched[0].headers["ratelimit"].startswith('"client-searches";r=1;')
        assert (await ask(served)).status_code == 200


async def test_clients_are_told_what_is_left_to_them_and_nothing_of_others(
    tmp_path: Path, sqlite_url: str, shared: dict[str, Any]
) -> None:
    async with serve(
        tmp_path, database_url=sqlite_url, rate_limit_requests=5, rate_limit_site=9, **shared, **ROOM
    ) as served:
        told = [(await ask(served)).headers for _ in range(2)]
    assert [headers["ratelimit-policy"] for headers in told] == ['"client";q=5;w=60'] * 2
    assert [headers["ratelimit"].partition(";t=")[0] for headers in told] == ['"client";r=4', '"client";r=3']
    exposed = told[0]["access-control-expose-headers"].split(", ")
    assert {"retry-after", "ratelimit", "ratelimit-policy"} <= set(exposed)


async def test_who_is_refused_takes_nothing_from_other_readers(
    tmp_path: Path, sqlite_url: str, shared: dict[str, Any]
) -> None:
    limits: dict[str, Any] = {"rate_limit_requests": 2, "rate_limit_site": 4}
    async with serve(tmp_path, database_url=sqlite_url, **shared, **ROOM, **limits) as served:
        loop = [(await ask(served)).status_code for _ in range(10)]
        others = [(await ask(served, f"2.2.2.{n}")).status_code for n in range(3)]
    assert loop == [200] * 2 + [429] * 8
    assert others == [200, 200, 429]


async def test_without_its_redis_a_site_answers(tmp_path: Path, sqlite_url: str) -> None:
    limits: dict[str, Any] = {"rate_limit_requests": 1, "redis_url": "redis://127.0.0.1:1"}
    async with serve(tmp_path, database_url=sqlite_url, **limits) as served:
        asked = [await ask(served) for _ in range(3)]
        assert [response.status_code for response in asked] == [200] * 3
        assert "ratelimit" not in asked[0].headers
        assert (served.metric("askdocs_limiter_errors_total") or 0) >= 3
