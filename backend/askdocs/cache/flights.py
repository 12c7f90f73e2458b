"""Work that several ask for at the same time, done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Streams of events by key. While one runs, whoever asks for its key gets its events from the first on.

    Work runs in a task of its own, as fast as it can: a slow follower holds up nobody, and its events are
    kept until it ends. Its error is that of every follower. When the last follower leaves, it is cancelled.
    """

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[T]] = {}
        self._running: set[asyncio.Task[None]] = set()

    def is_running(self, key: str) -> bool:
        return key in self._flights

    async def follow(self, key: str, start: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[T]:
        """The events of the work under `key`, which `start` begins unless it is running."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(start())
            task = flight.task = asyncio.create_task(self._run(key, flight))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            task.add_done_callback(flight.wake)
        flight.followers += 1
        try:
            seen = 0
            while True:
                while seen < len(flight.events):
                    yield flight.events[seen]
                    seen += 1
                if flight.task.done():
                    flight.task.result()
                    return
                await flight.changed.wait()
        finally:
            flight.followers -= 1
            if flight.followers == 0 and not flight.task.done():
                self._forget(key, flight)
                flight.task.cancel()
                await asyncio.wait([flight.task])

    async def close(self) -> None:
        running = set(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _run(self, key: str, flight: _Flight[T]) -> None:
        try:
            async with aclosing(flight.work) as events:
                async for event in events:
                    flight.events.append(event)
                    flight.wake()
        finally:
            self._forget(key, flight)

    def _forget(self, key: str, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


class _Flight(Generic[T]):
    task: asyncio.Task[None]

    def __init__(self, work: AsyncGenerator[T]) -> None:
        self.work = work
        self.events: list[T] = []
        self.followers = 0
        self.changed = asyncio.Event()

    def wake(self, ended: asyncio.Task[None] | None = None) -> None:
        """Let the followers look again, each of which waits for the event that it saw last."""
        self.changed.set()
        self.changed = asyncio.Event()
        if ended is not None and not ended.cancelled():
            ended.exception()  # whose followers may all have left, and want no warning
