"""A stream that produces what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator


class Produced:
    """Chunks that come when they are said. `closed` says that nothing more is produced."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.closed = False

    def say(self, *chunks: bytes | Exception) -> None:
        for chunk in chunks:
            self._said.put_nowait(chunk)

    def finish(self) -> None:
        self._said.put_nowait(None)

    async def chunks(self) -> AsyncGenerator[bytes]:
        try:
            yield b"<"
            while (chunk := await self._said.get()) is not None:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
            yield b">"
        finally:
            await asyncio.sleep(0)  # as storing an answer takes a moment
            self.closed = True

    async def begun(self) -> AsyncGenerator[bytes]:
        """The chunks after the first one, `<`."""
        chunks = self.chunks()
        assert await anext(chunks) == b"<"
        return chunks
