"""Results that processes share, in Redis or in memory. Failing open: a broken cache is a miss, counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from cachetools import TLRUCache

from askdocs.config import Settings
from askdocs.errors import CacheUnavailable
from askdocs.observability.breaker import CircuitBreaker
from askdocs.observability.metrics import Metrics
from askdocs.protocols import Cache

if TYPE_CHECKING:
    from redis.asyncio import Redis

_TIMEOUT = 0.5
"""Seconds that a reader may wait for Redis."""


def answers_of(site_id: str) -> str:
    """How the keys of a site's answers begin."""
    return f"answer:{site_id}:"


def open_cache(settings: Settings, metrics: Metrics) -> Cache:
    if settings.redis_url is None:
        return MemoryCache(metrics)
    return RedisCache(settings.redis_url.get_secret_value(), metrics)


class MemoryCache:
    """Of this process. Holds at most `max_bytes` of values; the least recently used goes first."""

    def __init__(
        self, metrics: Metrics, *, max_bytes: int = 16_000_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._metrics, self._max_bytes = metrics, max_bytes
        self._kept: TLRUCache[str, tuple[float, bytes]] = TLRUCache(
            max_bytes,
            ttu=lambda _key, kept, now: now + kept[0],
            timer=clock,
            getsizeof=lambda kept: len(kept[1]),
        )

    async def get(self, key: str) -> bytes | None:
        kept = self._kept.get(key)
        _count(self._metrics, key, "miss" if kept is None else "hit")
        return kept and kept[1]

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self._kept.pop(key, None)
        if len(value) <= self._max_bytes:
            self._kept[key] = (ttl, value)

    async def delete(self, key: str) -> None:
        self._kept.pop(key, None)

    async def delete_all(self, prefix: str) -> None:
        for key in [key for key in self._kept if key.startswith(prefix)]:
            self._kept.pop(key, None)

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        self._kept.clear()


class RedisCache:
    """Shared by processes. Every key of ours starts with "askdocs:"."""

    def __init__(self, url: str, metrics: Metrics, *, timeout: float = _TIMEOUT) -> None:
        # Imported here since it costs 120 ms and 29 MB that an installation without Redis need not pay.
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._metrics = metrics
        self._breaker = CircuitBreaker("redis cache")
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout, retry=Retry(NoBackoff(), 0)
        )

    async def get(self, key: str) -> bytes | None:
        from redis.exceptions import RedisError

        if self._breaker.is_open:
            _count(self._metrics, key, "error")
            return None
        try:
            reply = await self._redis.get(f"askdocs:{key}")
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            _count(self._metrics, key, "error")
            return None
        value = reply if isinstance(reply, bytes) else None
        _count(self._metrics, key, "miss" if value is None else "hit")
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        from redis.exceptions import RedisError

        if self._breaker.is_open:
            return
        try:
            await self._redis.set(f"askdocs:{key}", value, px=max(1, round(ttl * 1000)))
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            _count(self._metrics, key, "error")

    async def delete(self, key: str) -> None:
        from redis.exceptions import RedisError

        if self._breaker.is_open:
            return
        try:
            await self._redis.delete(f"askdocs:{key}")
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            _count(self._metrics, key, "error")

    async def delete_all(self, prefix: str) -> None:
        from redis.exceptions import RedisError

        if self._breaker.is_open:
            return
        try:
            async for key in self._redis.scan_iter(f"askdocs:{prefix}*", count=1000):
                await self._redis.unlink(key)
        except (RedisError, OSError) as error:
            self._breaker.failed(error)
            _count(self._metrics, prefix, "error")

    async def ping(self) -> None:
        from redis.exceptions import RedisError

        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise CacheUnavailable(f"Redis does not answer: {error}") from error

    async def close(self) -> None:
        await self._redis.aclose()


def _count(metrics: Metrics, key: str, result: str) -> None:
    metrics.cache.labels(cache=key.partition(":")[0], result=result).inc()
