"""Rate limits over sliding windows, in memory or in Redis. A broken limiter lets through, and counts that."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.errors import StorageError

from askdocs.config import Settings
from askdocs.errors import RateLimited
from askdocs.observability.breaker import CircuitBreaker
from askdocs.observability.metrics import Metrics

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

_TIMEOUT = 0.25
"""Seconds that a request may wait for Redis."""

_CONNECTIONS = 4
"""Connections to Redis, each good for some thousand requests a second. With one for each request, 40 at once
took longer to connect than a request may wait, so that a burst would have switched the limits off."""


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests in so many seconds, counted by `key`. The name is what clients are told."""

    name: str
    key: str
    amount: int
    seconds: int = 60

    @property
    def item(self) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(self.amount, self.seconds, namespace="askdocs")

    @property
    def place(self) -> str:
        """Where the library keeps what is counted."""
        return self.item.key_for(self.key)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a quota, and in how many seconds the next request is given back."""

    quota: Quota
    remaining: int
    reset: int


@dataclass(frozen=True, slots=True)
class _Window:
    """What is counted in the running window and in the one before it, and the seconds that each has left."""

    previous: int
    previous_left: float
    current: int
    current_left: float

    def counted(self, quota: Quota) -> int:
        """Of the window before counts as much as overlaps with the last `seconds`."""
        return math.floor(self.previous * self.previous_left / quota.seconds) + self.current

    def standing(self, quota: Quota, *, taken: int) -> Standing:
        left = max(0, quota.amount - self.counted(quota) - taken)
        waits = [float(quota.seconds)]
        if self.previous:
            waits.append(self.previous_left % (quota.seconds / self.previous))
        if self.current:
            waits.append(self.current_left % quota.seconds)
        # At the very end of a window all of it still counts.
        return Standing(quota, left, math.floor(min(waits)) + 1)


class _Counters(Protocol):
    async def take(self, quotas: Sequence[Quota]) -> Sequence[_Window]:
        """The windows as they were; one more is counted in each unless one of them is full."""

    async def count(self, key: str, seconds: int) -> int:
        """Count one more for the key, and say how many that makes since the first, which `seconds` forget."""


class Limiter:
    """Counts requests against quotas: against all of a request's, or against none if one of them is used up.

    So whoever is over a limit of their own takes nothing from what all share.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._metrics = metrics
        self._breaker = CircuitBreaker("rate limiter")
        self._spare = _InMemory()
        self._redis = _InRedis(settings.redis_url.get_secret_value()) if settings.redis_url else None
        self._counters: _Counters = self._redis or self._spare
        self._connections = asyncio.Semaphore(_CONNECTIONS)

    async def check(self, *quotas: Quota) -> Sequence[Standing]:
        """Count one request; what is left of each quota, which is nothing known where the limiter is broken.

        Raises `RateLimited` for the first of them that is used up.
        """
        try:
            async with self._connections:
                if self._is_resting():
                    return ()
                windows = await self._counters.take(quotas)
        except (StorageError, OSError) as error:
            self._failed(error)
            return ()
        pairs = list(zip(quotas, windows, strict=True))
        for quota, window in pairs:
            if window.counted(quota) >= quota.amount:
                raise _refusal(window.standing(quota, taken=0))
        return [window.standing(quota, taken=1) for quota, window in pairs]

    async def count(self, key: str, *, seconds: int) -> int:
        """How often this was called for the key since the first time, this one included; it is forgotten
        `seconds` after that. While Redis is down this process counts by itself."""
        try:
            async with self._connections:
                if not self._is_resting():
                    return await self._counters.count(key, seconds)
        except (StorageError, OSError) as error:
            self._failed(error)
        return await self._spare.count(key, seconds)

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.close()

    def _is_resting(self) -> bool:
        if self._breaker.is_open:
            self._metrics.limiter_errors.inc()
            return True
        return False

    def _failed(self, error: Exception) -> None:
        self._breaker.failed(error)
        self._metrics.limiter_errors.inc()


def _refusal(standing: Standing) -> RateLimited:
    quota = standing.quota
    return RateLimited(
        f"Too many requests: {quota.amount} in {quota.seconds} seconds are the most.",
        retry_after=standing.reset,
        policy=quota.name,
        amount=quota.amount,
        seconds=quota.seconds,
    )


class _InMemory:
    """Nothing here waits, so that nobody else counts between a look and what follows from it."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()

    async def take(self, quotas: Sequence[Quota]) -> Sequence[_Window]:
        windows = [
            _Window(*await self._storage.get_sliding_window(quota.place, quota.seconds)) for quota in quotas
        ]
        if all(window.counted(quota) < quota.amount for quota, window in zip(quotas, windows, strict=True)):
            for quota in quotas:
                await self._storage.acquire_sliding_window_entry(quota.place, quota.amount, quota.seconds)
        return windows

    async def count(self, key: str, seconds: int) -> int:
        return await self._storage.incr(f"askdocs/{key}", seconds)


_TAKE = """
local function look(KEYS, ARGV)
  %s
end
local full, windows = false, {}
for i = 1, #KEYS, 2 do
  local seconds, amount = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  local window = look({KEYS[i], KEYS[i + 1]}, {seconds})
  local previous = tonumber(window[1] or 0) * math.max(0, window[2]) / (seconds * 1000)
  full = full or math.floor(previous) + tonumber(window[3] or 0) >= amount
  windows[#windows + 1] = window
end
if not full then
  for i = 1, #KEYS, 2 do
    if redis.call('incr', KEYS[i + 1]) == 1 and windows[(i + 1) / 2][4] < 0 then
      redis.call('pexpire', KEYS[i + 1], tonumber(ARGV[i]) * 2000)
    end
  end
end
return windows
"""
"""The library's own script looks, once for each quota, and moves windows on: a request costs one round trip
however many quotas it counts against."""


class _InRedis:
    def __init__(self, url: str) -> None:
        # Imported here since it costs 120 ms and 29 MB that an installation without Redis need not pay.
        from limits.aio.storage import RedisStorage
        from redis.asyncio import ConnectionPool, Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        self._pool: ConnectionPool = ConnectionPool.from_url(
            url,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        options: dict[str, Any] = {"connection_pool": self._pool}
        self._storage = RedisStorage(
            f"async+{url}", wrap_exceptions=True, implementation="redispy", **options
        )
        self._take = Redis(connection_pool=self._pool).register_script(
            _TAKE % self._storage.bridge.SCRIPT_SLIDING_WINDOW.decode()
        )

    async def take(self, quotas: Sequence[Quota]) -> Sequence[_Window]:
        from redis.exceptions import RedisError

        keys, arguments = [], []
        for quota in quotas:
            current = self._storage.bridge.prefixed_key(f"{{{quota.place}}}")
            keys += [f"{current}/-1", current]
            arguments += [quota.seconds, quota.amount]
        try:
            found = await self._take(keys, arguments)
        except RedisError as error:
            raise StorageError(error) from error
        return [
            _Window(
                int(previous or 0),
                max(0, previous_left) / 1000,
                int(current or 0),
                max(0, current_left) / 1000,
            )
            for previous, previous_left, current, current_left in found
        ]

    async def count(self, key: str, seconds: int) -> int:
        return await self._storage.incr(f"askdocs/{key}", seconds)

    async def close(self) -> None:
        await self._pool.disconnect()
