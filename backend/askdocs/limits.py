"""Rate limits per minute, in memory or in Redis. A broken limiter lets requests through, counted."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from askdocs.config import Settings
from askdocs.errors import RateLimited
from askdocs.observability.breaker import CircuitBreaker
from askdocs.observability.metrics import Metrics

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

_TIMEOUT = 0.25
"""Seconds that a request may wait for Redis."""


class Limiter:
    """Counts requests by key over a sliding minute."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._breaker = CircuitBreaker("rate limiter")
        self._pool: ConnectionPool | None = None
        storage: Storage = MemoryStorage()
        if settings.redis_url is not None:
            self._pool, storage = _redis_storage(settings.redis_url.get_secret_value())
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def check(self, key: str, *, limit_per_minute: int) -> None:
        """Count one request. Raises `RateLimited` when the last minute holds `limit_per_minute` already."""
        if self._breaker.is_open:
            self._metrics.limiter_errors.inc()
            return
        limit = RateLimitItemPerMinute(limit_per_minute, namespace="askdocs")
        try:
            if await self._limiter.hit(limit, key):
                return
            reset_time, _ = await self._limiter.get_window_stats(limit, key)
        except (StorageError, OSError) as error:
            self._breaker.failed(error)
            self._metrics.limiter_errors.inc()
            return
        raise RateLimited(
            "Too many requests in the last minute.",
            retry_after=max(1, math.ceil(reset_time - time.time())),
        )

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.disconnect()


def _redis_storage(url: str) -> tuple[ConnectionPool, Storage]:
    # Imported here since it costs 120 ms and 29 MB that an installation without Redis need not pay.
    from limits.aio.storage import RedisStorage
    from redis.asyncio import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    pool = ConnectionPool.from_url(
        url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=Retry(NoBackoff(), 0)
    )
    options: dict[str, Any] = {"connection_pool": pool}
    return pool, RedisStorage(f"async+{url}", wrap_exceptions=True, implementation="redispy", **options)
