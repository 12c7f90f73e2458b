"""Copies of what another system holds, loaded when asked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from cachetools import TTLCache

K = TypeVar("K")
V = TypeVar("V")


class LoadingCache(Generic[K, V]):
    """What `load` returned for a key, for `ttl` seconds from then on.

    Holds at most `max_weight` in all, of which a value takes what `weigh` says; the least recently used goes
    first, and what is heavier alone is not kept. Whoever asks for a key that is being loaded waits for that
    load. A load that fails is not kept; whoever waits for it gets its error.
    """

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        *,
        ttl: float,
        max_weight: float,
        weigh: Callable[[V], float] = lambda _: 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._weigh, self._max_weight = load, weigh, max_weight
        self._kept: TTLCache[K, V] = TTLCache(max_weight, ttl, timer=clock, getsizeof=weigh)
        self._loads: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K) -> V:
        try:
            return self._kept[key]
        except KeyError:
            pass
        load = self._loads.get(key)
        if load is None:
            load = self._loads[key] = asyncio.create_task(self._run(key))
            load.add_done_callback(_retrieve)
        # Shielded, since one who leaves must not take the value from the others.
        return await asyncio.shield(load)

    def forget(self, key: K) -> None:
        """Load the key anew when it is next asked for; a load under way counts as old."""
        self._kept.pop(key, None)
        self._loads.pop(key, None)

    async def close(self) -> None:
        loads = set(self._loads.values())
        for load in loads:
            load.cancel()
        if loads:
            await asyncio.wait(loads)

    async def _run(self, key: K) -> V:
        try:
            value = await self._load(key)
            if self._is_current(key) and self._weigh(value) <= self._max_weight:
                self._kept[key] = value
            return value
        finally:
            if self._is_current(key):
                del self._loads[key]

    def _is_current(self, key: K) -> bool:
        return self._loads.get(key) is asyncio.current_task()


def _retrieve(load: asyncio.Task[V]) -> None:
    """The error of a load that nobody waits for any more needs no warning."""
    if not load.cancelled():
        load.exception()
