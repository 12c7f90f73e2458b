"""Quotas hold in memory and in Redis, among processes too, and a limiter that fails lets requests through."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import redis
import structlog

from askdocs.config import load
from askdocs.errors import RateLimited
from askdocs.limits import Limiter, Quota, Standing
from askdocs.observability.metrics import Metrics
from tests import services

pytestmark = pytest.mark.anyio

KINDS = [("client", 5, 60), ("session", 3, 60), ("site", 7, 60), ("client-searches", 2, 60), ("slow", 2, 900)]
WHEN = ["below", "at", "over", "one window later", "half a window later"]


class Clock:
    """Moves the time by which a limiter counts: Redis has its own, so what it keeps is made older there."""

    def __init__(self, url: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
        self._redis = redis.Redis.from_url(url) if url else None
        self._now = time.time() // 900 * 900 + 1.5  # the windows in memory begin by the clock
        if url is None:
            for module in ("limits.aio.storage.memory", "limits.aio.strategies"):
                monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=lambda: self._now))

    def move(self, seconds: float) -> None:
        self._now += seconds
        if self._redis is not None:
            for key in self._redis.scan_iter():
                left = self._redis.pttl(key) - round(seconds * 1000)
                self._redis.pexpire(key, max(0, left))


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "memory":
        return None
    found: str = request.getfixturevalue("redis_url")
    redis.Redis.from_url(found).flushdb()
    return found


@pytest.fixture
def clock(url: str | None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(url, monkeypatch)


@asynccontextmanager
async def opened(url: str | None, metrics: Metrics | None = None) -> AsyncIterator[Limiter]:
    limiter = Limiter(load("test", redis_url=url), metrics or Metrics())
    yield limiter
    await limiter.close()


def some_quota(name: str = "client", amount: int = 3, seconds: int = 60) -> Quota:
    return Quota(name, uuid.uuid4().hex, amount, seconds)


async def passes(limiter: Limiter, *quotas: Quota) -> bool:
    try:
        await limiter.check(*quotas)
    except RateLimited:
        return False
    return True


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize(("name", "amount", "seconds"), KINDS)
async def test_quota_holds_over_its_window(
    url: str | None, clock: Clock, name: str, amount: int, seconds: int, when: str
) -> None:
    quota = some_quota(name, amount, seconds)
    async with opened(url) as limiter:
        if when == "below":
            (standing,) = await limiter.check(quota)
            assert standing.remaining == amount - 1
            return
        assert [await passes(limiter, quota) for _ in range(amount)] == [True] * amount
        match when:
            case "at":
                assert await passes(limiter, some_quota(name, amount, seconds)), (
                    "another key is another count"
                )
            case "over":
                with pytest.raises(RateLimited) as caught:
                    await limiter.check(quota)
                refused = caught.value
                assert (refused.policy, refused.amount, refused.seconds) == (name, amount, seconds)
                assert 1 <= refused.retry_after <= seconds + 1
                clock.move(refused.retry_after)
                assert await passes(limiter, quota), "who comes back when told is let in"
            case "one window later":
                clock.move(2 * seconds)
                assert [await passes(limiter, quota) for _ in range(amount)] == [True] * amount
            case _:
                clock.move(1.5 * seconds)
                again = [await passes(limiter, quota) for _ in range(amount)]
                assert amount / 2 <= sum(again) <= amount / 2 + 1, "half of the window before still counts"
                assert not await passes(limiter, quota)


async def test_who_is_over_a_limit_of_their_own_takes_nothing_from_the_others(url: str | None) -> None:
    own, shared = some_quota("client", 2), some_quota("site", 4)
    async with opened(url) as limiter:
        assert [await passes(limiter, own, shared) for _ in range(6)] == [True] * 2 + [False] * 4
        others = [await passes(limiter, some_quota("client", 2), shared) for _ in range(3)]
        assert others == [True, True, False]
        with pytest.raises(RateLimited) as caught:
            await limiter.check(some_quota(), shared)
        assert caught.value.policy == "site"


async def test_what_is_left_is_told_for_each_quota(url: str | None, clock: Clock) -> None:
    quotas = [some_quota("client", 3), some_quota("site", 10)]
    async with opened(url) as limiter:
        left = [[standing.remaining for standing in await limiter.check(*quotas)] for _ in range(3)]
        assert left == [[2, 9], [1, 8], [0, 7]]
        clock.move(90)
        (own, _) = await limiter.check(*quotas)
        assert isinstance(own, Standing)
        assert own.remaining in (0, 1)
        assert 1 <= own.reset <= 61


async def test_requests_at_once_do_not_pass_together(
    url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askdocs.limits._TIMEOUT", 10)  # the tests' machine is busy
    own, shared = some_quota("client", 10), some_quota("site", 7)
    async with opened(url) as limiter:
        assert sum(await asyncio.gather(*(passes(limiter, own, shared) for _ in range(200)))) == 7


async def test_keys_are_counted_once_and_forgotten(url: str | None, clock: Clock) -> None:
    key = uuid.uuid4().hex
    async with opened(url) as limiter:
        assert [await limiter.count(key, seconds=120) for _ in range(3)] == [1, 2, 3]
        clock.move(119)
        assert await limiter.count(key, seconds=120) == 4
        clock.move(2)
        assert await limiter.count(key, seconds=120) == 1


def test_processes_share_what_redis_counts(redis_url: str) -> None:
    key = uuid.uuid4().hex
    program = f"""
import asyncio
from askdocs.config import load
from askdocs.errors import RateLimited
from askdocs.limits import Limiter, Quota
from askdocs.observability.metrics import Metrics

async def main():
    limiter, allowed = Limiter(load("test", redis_url={redis_url!r}), Metrics()), 0
    for _ in range(50):
        try:
            await limiter.check(Quota("client", {key!r}, 60))
            allowed += 1
        except RateLimited:
            pass
    print(allowed)

asyncio.run(main())
"""
    running = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) for _ in range(2)]
    allowed = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(allowed) == 60


async def test_request_costs_one_round_trip_however_many_quotas(redis_url: str) -> None:
    async with opened(redis_url) as limiter:
        quotas = [some_quota(str(number)) for number in range(5)]
        await limiter.check(*quotas)
        monitor = redis.Redis.from_url(redis_url)
        before = _calls(monitor)
        await limiter.check(*quotas)
        assert _calls(monitor) - before == 1


def _calls(client: redis.Redis) -> int:
    return int(client.info("commandstats")["cmdstat_evalsha"]["calls"])


async def test_redis_that_refuses_lets_requests_through() -> None:
    metrics = Metrics()
    async with opened("redis://127.0.0.1:1", metrics) as limiter:
        with structlog.testing.capture_logs() as logged:
            for _ in range(5):
                assert await limiter.check(some_quota(amount=1)) == ()
    assert errors(metrics) == 5
    assert [line["event"] for line in logged] == ["doing_without"]


@pytest.mark.parametrize("name", [name for name, *_ in KINDS])
async def test_redis_that_dies_lets_requests_through(name: str) -> None:
    quota, metrics = some_quota(name, 2), Metrics()
    with services.redis_server() as server:
        async with opened(server.url, metrics) as limiter:
            assert [await passes(limiter, quota) for _ in range(3)] == [True, True, False]
            server.stop()
            assert [await passes(limiter, quota) for _ in range(5)] == [True] * 5
            assert errors(metrics) == 5
            assert [await limiter.count("solution", seconds=60) for _ in range(2)] == [1, 2]


async def test_redis_that_hangs_holds_up_one_request_for_a_quarter_of_a_second() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    metrics = Metrics()
    async with server, opened(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", metrics) as limiter:
        took = [await timed(lambda: limiter.check(some_quota())) for _ in range(10)]
    assert 0.2 < took[0] < 0.6
    assert sum(took[1:]) < 0.1
    assert errors(metrics) == 10


async def timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    await do()  # type: ignore[misc]  # it is a coroutine
    return time.perf_counter() - began


def errors(metrics: Metrics) -> float | None:
    return metrics._registry.get_sample_value("askdocs_limiter_errors_total")
