"""The limiter counts per key and minute, in memory and in Redis, and lets requests through when it fails."""

from __future__ import annotations

import json

import pytest
import structlog

from askdocs.config import load
from askdocs.errors import RateLimited
from askdocs.limits import Limiter
from askdocs.observability.metrics import Metrics

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str | None:
    return str(request.getfixturevalue("redis_url")) if request.param == "redis" else None


@pytest.mark.usefixtures("one_minute")
async def test_limit_holds_per_key(url: str | None) -> None:
    limiter = Limiter(load("test", redis_url=url), Metrics())
    ours = f"docs:{id(limiter)}"
    for _ in range(3):
        await limiter.check(ours, limit_per_minute=3)
    with pytest.raises(RateLimited) as caught:
        await limiter.check(ours, limit_per_minute=3)
    assert 1 <= caught.value.retry_after <= 60
    await limiter.check(f"{ours}:another", limit_per_minute=3)
    await limiter.close()


async def test_redis_counts_across_processes(redis_url: str) -> None:
    one, other = (Limiter(load("test", redis_url=redis_url), Metrics()) for _ in range(2))
    key = f"docs:{id(one)}"
    await one.check(key, limit_per_minute=2)
    await other.check(key, limit_per_minute=2)
    with pytest.raises(RateLimited):
        await one.check(key, limit_per_minute=2)
    await one.close()
    await other.close()


async def test_redis_that_refuses_lets_requests_through() -> None:
    metrics = Metrics()
    limiter = Limiter(load("test", redis_url="redis://127.0.0.1:1"), metrics)
    with structlog.testing.capture_logs() as logged:
        for _ in range(5):
            await limiter.check("docs:1.2.3.4", limit_per_minute=1)
    assert metrics._registry.get_sample_value("askdocs_limiter_errors_total") == 5
    assert [line["event"] for line in logged] == ["doing_without"], json.dumps(logged)
    await limiter.close()
