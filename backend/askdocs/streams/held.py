"""One stream: produced in a task of its own, kept from its beginning, read by as many as come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from askdocs.observability.logging import log

MOST_BYTES = 1_000_000
"""Of a stream that are kept. A long answer of the model has some 60 kB; 40,000 characters of one each, the
most that `answers.max_chars` lets through, have 2.4 MB. What is older is then let go: who still needs it is
told that the stream broke."""

PIECE = 64 * 1024
"""Bytes that a reader gets at a time, which is what a slow one holds beside the stream itself."""

BROKE = "The answer broke off. Please try again."
STOPPED = "The answer was stopped."
ERASED = "The conversation was deleted."
RESTARTING = "The server is restarting. Please ask again in a moment."
TOO_LATE = "The connection was too slow for this answer. Please ask again."


class StreamBroke(Exception):
    """A stream has come to its end before it was complete. Its message is for readers."""


class Held:
    """Takes `chunks` in as fast as they come, whether anybody reads or not.

    Once nobody has read for `grace` seconds, it is stopped. A reader who is slow, or leaves, holds up nobody.
    """

    def __init__(
        self,
        chunks: AsyncGenerator[bytes],
        *,
        opening: bytes,
        grace: float,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        noticed: Callable[[Held], None],
    ) -> None:
        """`chunks` has begun and follows `opening`. `noticed` is called after each change."""
        self._chunks, self._grace, self._start, self._noticed = chunks, grace, start, noticed
        self._kept, self._dropped = bytearray(opening), 0
        self._readers = 0
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._begun, self._reason = False, ""
        self.ended = False
        self.broke = ""
        """Why the stream ended before it was complete, in words for readers; "" if it did not."""
        self.task = start(self._run())
        self.task.add_done_callback(self._end)
        self._wait_for_readers()

    @property
    def size(self) -> int:
        """Bytes produced so far."""
        return self._dropped + len(self._kept)

    @property
    def is_whole(self) -> bool:
        """Whether it can still be read from its beginning."""
        return self._dropped == 0

    def piece(self, start: int) -> bytes:
        """What was produced from byte `start` on, at most `PIECE` bytes. Raises `StreamBroke` when that is no
        longer kept."""
        if start < self._dropped:
            raise StreamBroke(TOO_LATE)
        return bytes(self._kept[start - self._dropped : start - self._dropped + PIECE])

    async def follow(self) -> AsyncGenerator[bytes]:
        """The stream from its beginning to its end. Raises `StreamBroke` if it ends before it is complete."""
        self._readers += 1
        self._stop_waiting()
        try:
            seen = 0
            while True:
                while seen < self.size:
                    piece = self.piece(seen)
                    seen += len(piece)
                    yield piece
                if self.ended:
                    break
                await self._changed.wait()
            if self.broke:
                raise StreamBroke(self.broke)
        finally:
            self._readers -= 1
            self._wait_for_readers()

    def is_read(self) -> None:
        """Somebody reads it whom this process does not see."""
        self._wait_for_readers()

    def stop(self, reason: str) -> None:
        """End it now, for a reason in words for readers. The first one counts, but for `ERASED`."""
        is_first = not self._reason
        if is_first or reason == ERASED:
            self._reason = reason
        if is_first:
            self.task.cancel()

    async def _run(self) -> None:
        self._begun = True
        async with aclosing(self._chunks) as chunks:
            async for chunk in chunks:
                self._take(chunk)

    def _end(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            self.broke = self._reason or RESTARTING
        elif error := task.exception():
            log.error("stream_broke", exc_info=error)
            self.broke = BROKE
        if not self._begun:
            # Stopped before its first step, so that nothing has closed what it would have read.
            self._start(self._close())
        self.ended = True
        self._stop_waiting()
        self._wake()

    async def _close(self) -> None:
        await self._chunks.aclose()

    def _take(self, chunk: bytes) -> None:
        self._kept += chunk
        if len(self._kept) > MOST_BYTES:
            # By a quarter, since each time moves what is left.
            excess = len(self._kept) - MOST_BYTES * 3 // 4
            del self._kept[:excess]
            self._dropped += excess
        self._wake()

    def _wake(self) -> None:
        """Let the readers look again, each of which waits for the change that it saw last."""
        self._changed.set()
        self._changed = asyncio.Event()
        self._noticed(self)

    def _wait_for_readers(self) -> None:
        self._stop_waiting()
        if not self._readers and not self.ended:
            self._timer = asyncio.get_running_loop().call_later(self._grace, self.stop, BROKE)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
