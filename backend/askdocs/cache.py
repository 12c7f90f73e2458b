"""Short-lived copies of results, in memory or in Redis. Failing open: a broken cache is a miss, counted."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from askdocs.config import Settings
from askdocs.errors import CacheUnavailable
from askdocs.observability.breaker import CircuitBreaker
from askdocs.observability.metrics import Metrics
from askdocs.protocols import Cache

if TYPE_CHECKING:
    from redis.asyncio import Redis

_TIMEOUT = 0.5
"""Seconds that a reader may wait for Redis."""


def open_cache(settings: Settings, metrics: Metrics) -> Cache:
    if settings.redis_url is None:
        return MemoryCache(metrics)
    return RedisCache(settings.redis_url.get_secret_value(), metrics)


class MemoryCache:
    """Of this process. Holds at most `max_bytes` of values; the least recently used goes first."""

    def __init__(
        self, metrics: Metrics, *, max_bytes: int = 16_000_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._metrics, self._max_bytes, self._clock = metrics, max_bytes, clock
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._bytes = 0

    async def get(self, key: str) -> bytes | None:
        expires, value = self._kept.get(key, (0.0, b""))
        if self._clock() >= expires:
            self._drop(key)
            _count(self._metrics, key, "miss")
            return None
        self._kept.move_to_end(key)
        _count(self._metrics, key, "hit")
        return value

    async def set(self, key: str, value: bytes, ttl: float) -> None:
        self._drop(key)
        if len(value) > self._max_bytes:
            return
        self._kept[key] = (self._clock() + ttl, value)
        self._bytes += len(value)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        _, value = self._kept.pop(key, (0.0, b""))
        self._bytes -= len(value)

    async def ping(self) -> None:
        pass

    async def close(self) -> None:
        self._kept.clear()
        self._bytes = 0


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
