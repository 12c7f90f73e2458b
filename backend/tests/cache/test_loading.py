"""Copies are loaded once, bounded, and as fresh as was asked for."""

from __future__ import annotations

import asyncio
import gc

import pytest

from askdocs.cache.loading import LoadingCache
from askdocs.errors import DatabaseUnavailable

pytestmark = pytest.mark.anyio


class Source:
    """Counts how often each key was loaded; `gate` holds loads back, `broken` makes them fail."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False
        self.value = "first"

    async def load(self, key: str) -> str:
        self.loads.append(key)
        value = self.value
        await self.gate.wait()
        if self.broken:
            raise DatabaseUnavailable("gone")
        return f"{key} {value}"

    async def until(self, loads: int) -> None:
        """Wait until so many loads have begun."""
        while len(self.loads) < loads:  # noqa: ASYNC110 - a tick of the loop is all there is to wait for
            await asyncio.sleep(0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_value_is_loaded_once_until_it_is_old() -> None:
    source, clock = Source(), Clock()
    cache = LoadingCache(source.load, ttl=5, max_weight=10, clock=clock)

    found = [await cache.get("a"), await cache.get("a")]
    clock.now = 5.1
    source.value = "second"

    assert [*found, await cache.get("a")] == ["a first", "a first", "a second"]
    assert source.loads == ["a", "a"]


async def test_those_who_ask_at_once_share_one_load() -> None:
    source = Source()
    source.gate.clear()
    cache = LoadingCache(source.load, ttl=5, max_weight=10)

    asking = [asyncio.create_task(cache.get("a")) for _ in range(20)]
    await source.until(1)
    source.gate.set()

    assert await asyncio.gather(*asking) == ["a first"] * 20
    assert source.loads == ["a"]


async def test_one_who_leaves_does_not_take_the_value_from_the_others() -> None:
    source = Source()
    source.gate.clear()
    cache = LoadingCache(source.load, ttl=5, max_weight=10)
    leaving, staying = (asyncio.create_task(cache.get("a")) for _ in range(2))
    await source.until(1)

    leaving.cancel()
    source.gate.set()

    assert await staying == "a first"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_load_that_began_before_forgetting_is_not_kept() -> None:
    source = Source()
    source.gate.clear()
    cache = LoadingCache(source.load, ttl=5, max_weight=10)
    early = asyncio.create_task(cache.get("a"))
    await source.until(1)

    source.value = "second"
    cache.forget("a")
    late = asyncio.create_task(cache.get("a"))
    await source.until(2)
    source.gate.set()

    assert (await early, await late, await cache.get("a")) == ("a first", "a second", "a second")


async def test_failed_load_is_told_to_all_who_wait_and_tried_again() -> None:
    source = Source()
    source.broken = True
    cache = LoadingCache(source.load, ttl=5, max_weight=10)

    failed = await asyncio.gather(cache.get("a"), cache.get("a"), return_exceptions=True)
    source.broken = False

    assert [type(error) for error in failed] == [DatabaseUnavailable, DatabaseUnavailable]
    assert await cache.get("a") == "a first"


async def test_failed_load_that_nobody_waits_for_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    source = Source()
    source.broken = True
    source.gate.clear()
    cache = LoadingCache(source.load, ttl=5, max_weight=10)
    leaving = asyncio.create_task(cache.get("a"))
    await source.until(1)

    leaving.cancel()
    source.gate.set()
    await asyncio.wait([leaving])
    await asyncio.sleep(0)
    gc.collect()

    assert "never retrieved" not in caplog.text


async def test_weight_is_bounded_and_the_least_recently_used_goes() -> None:
    source = Source()
    cache = LoadingCache(source.load, ttl=5, max_weight=20, weigh=len)

    for key in ("a", "b", "a", "c"):  # 7 characters each
        await cache.get(key)
    for key in ("a", "b"):
        await cache.get(key)

    assert source.loads == ["a", "b", "c", "b"]


async def test_what_is_too_heavy_alone_is_handed_on_but_not_kept() -> None:
    source = Source()
    cache = LoadingCache(source.load, ttl=5, max_weight=3, weigh=len)

    assert [await cache.get("a"), await cache.get("a")] == ["a first", "a first"]
    assert source.loads == ["a", "a"]


async def test_closing_ends_the_loads_under_way() -> None:
    source = Source()
    source.gate.clear()
    cache = LoadingCache(source.load, ttl=5, max_weight=10)
    asking = asyncio.create_task(cache.get("a"))
    await source.until(1)

    await cache.close()

    with pytest.raises(asyncio.CancelledError):
        await asking
