"""Both caches keep, forget and fail open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from askdocs.cache.shared import MemoryCache, RedisCache, open_cache
from askdocs.config import load
from askdocs.errors import CacheUnavailable
from askdocs.observability.metrics import Metrics
from askdocs.protocols import Cache

pytestmark = pytest.mark.anyio


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def counted(metrics: Metrics, result: str) -> float | None:
    return metrics._registry.get_sample_value("askdocs_cache_total", {"cache": "answer", "result": result})


@asynccontextmanager
async def opened(kind: str, request: pytest.FixtureRequest, metrics: Metrics) -> AsyncIterator[Cache]:
    url = request.getfixturevalue("redis_url") if kind == "redis" else None
    cache = open_cache(load("test", redis_url=url), metrics)
    try:
        yield cache
    finally:
        await cache.close()


@pytest.fixture(params=["memory", "redis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_kept_value_is_found(kind: str, request: pytest.FixtureRequest) -> None:
    metrics = Metrics()
    async with opened(kind, request, metrics) as cache:
        key = f"answer:{id(metrics)}"
        assert await cache.get(key) is None
        await cache.set(key, b"\x00kept", ttl=60)
        assert await cache.get(key) == b"\x00kept"
        await cache.ping()
    assert (counted(metrics, "miss"), counted(metrics, "hit")) == (1, 1)


async def test_what_begins_alike_is_deleted_together(kind: str, request: pytest.FixtureRequest) -> None:
    async with opened(kind, request, Metrics()) as cache:
        keys = [f"answer:{site}:{number}" for site in ("gone", "gone2", "kept") for number in range(20)]
        for key in keys:
            await cache.set(key, b"kept", ttl=60)
        await cache.delete_all("answer:gone:")
        left = [key for key in keys if await cache.get(key)]
    assert left == keys[20:]


async def test_redis_is_told_the_ttl(redis_url: str) -> None:
    cache = RedisCache(redis_url, Metrics())
    await cache.set("answer:brief", b"kept", ttl=60)
    assert 0 < await cache._redis.pttl("askdocs:answer:brief") <= 60_000
    await cache.close()


async def test_memory_forgets_after_the_ttl() -> None:
    clock = Clock()
    cache = MemoryCache(Metrics(), clock=clock)
    await cache.set("answer:a", b"kept", ttl=10)
    clock.now = 9.9
    assert await cache.get("answer:a") == b"kept"
    clock.now = 10
    assert await cache.get("answer:a") is None


async def test_memory_drops_what_was_used_least_recently() -> None:
    cache = MemoryCache(Metrics(), max_bytes=10)
    await cache.set("answer:a", b"12345", ttl=60)
    await cache.set("answer:b", b"12345", ttl=60)
    await cache.get("answer:a")
    await cache.set("answer:c", b"12345", ttl=60)
    assert [await cache.get(f"answer:{name}") is not None for name in "abc"] == [True, False, True]


async def test_memory_does_not_keep_what_would_empty_it() -> None:
    cache = MemoryCache(Metrics(), max_bytes=10)
    await cache.set("answer:a", b"12345", ttl=60)
    await cache.set("answer:huge", b"x" * 11, ttl=60)
    assert await cache.get("answer:huge") is None
    assert await cache.get("answer:a") == b"12345"


async def test_redis_that_refuses_is_a_miss() -> None:
    metrics = Metrics()
    cache = RedisCache("redis://127.0.0.1:1", metrics)
    assert await cache.get("answer:a") is None
    await cache.set("answer:a", b"kept", ttl=60)
    assert counted(metrics, "error") == 1
    with pytest.raises(CacheUnavailable):
        await cache.ping()
    await cache.close()


async def test_redis_that_hangs_is_waited_for_once() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    metrics = Metrics()
    cache = RedisCache(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", metrics, timeout=0.05)
    async with server, asyncio.timeout(2):
        for _ in range(100):
            assert await cache.get("answer:a") is None
        await cache.close()
    assert counted(metrics, "error") == 100
