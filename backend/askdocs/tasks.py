"""Tasks that outlive whoever started them, and end before what they use is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from askdocs.observability.logging import log

T = TypeVar("T")

CLOSING = 1.2
"""Seconds for what is left to end by itself. A server that stops has five for everything, of which requests
that are cut short may take two, and commands one. Storing an answer takes milliseconds; undoing 10,000 chunks
on the embedded engine took 1.1 s."""

HURRYING = 0.5
"""Seconds for a task to end after it was cancelled: enough for the one statement that gives a lease back."""


class Tasks:
    """A set of running tasks of two kinds: flows, which are cancelled when the set is closed, and work to be
    finished, which is not. Not thread-safe."""

    def __init__(self) -> None:
        self._flows: set[asyncio.Task[Any]] = set()
        self._unfinished: set[asyncio.Task[Any]] = set()

    def start(self, flow: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run a flow that its caller may leave: it ends by itself, or when the set is closed."""
        return self._keep(flow, self._flows)

    async def finish(self, work: Coroutine[Any, Any, T]) -> T:
        """Await work that must be done even if the caller is cancelled meanwhile; it then goes on alone."""
        return await asyncio.shield(self._keep(work, self._unfinished))

    def stop_flows(self) -> None:
        """Cancel all flows, without waiting for their end."""
        for flow in self._flows:
            flow.cancel()

    async def close(self, *, within: float = CLOSING) -> bool:
        """Cancel the flows, then wait until all tasks have ended. Returns whether none had to be cut short.

        What has not after `within` seconds is cancelled too, and so is everything when `close` itself is:
        whoever stops a program twice is in a hurry. The wait then ends after `HURRYING` seconds at most.
        """
        self.stop_flows()
        try:
            await self._ended(within)
        finally:
            left = self._flows | self._unfinished
            if left:
                log.warning("tasks_cut_short", count=len(left))
                for task in left:
                    task.cancel()
                await self._ended(HURRYING)
        return not left

    def _keep(self, work: Coroutine[Any, Any, T], kind: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        kind.add(task)

        def forget(task: asyncio.Task[T]) -> None:
            kind.discard(task)
            if not task.cancelled():
                task.exception()  # whose caller, if it has left, is not to be told by a warning of asyncio

        task.add_done_callback(forget)
        return task

    async def _ended(self, within: float) -> None:
        """Wait for all, also for those that others start while they end."""
        deadline = asyncio.get_running_loop().time() + within
        while left := self._flows | self._unfinished:
            rest = deadline - asyncio.get_running_loop().time()
            if rest <= 0:
                return
            await asyncio.wait(left, timeout=rest)
