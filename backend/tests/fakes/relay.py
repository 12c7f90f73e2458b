"""A port that passes bytes on to another one, until it is told to stop: a network that can fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self


class Relay:
    """To a loopback `target`, from `port`, which is known while it listens."""

    def __init__(self, target: int, connections: set[object]) -> None:
        """`connections` is given the address and port of every client."""
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._frozen: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[object]] = set()
        self._connections = connections
        self.port = 0

    @asynccontextmanager
    async def listening(self, port: int, host: str = "127.0.0.1") -> AsyncIterator[Self]:
        server = await asyncio.start_server(self._accept, host, port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()
            if self._passing:
                await asyncio.wait(self._passing)

    def cut(self) -> None:
        """Reset the connections there are; new ones are taken."""
        for writer in self._open:
            writer.transport.abort()

    def freeze(self) -> None:
        """Let the connections there are stay open and carry nothing any more; new ones are as before."""
        self._frozen |= self._open

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer.get_extra_info("peername"))
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        self._open.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            onward_reader, onward = await asyncio.open_connection("127.0.0.1", self._target)
            self._open.add(onward)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_on(reader, onward))
                tasks.create_task(self._pass_on(onward_reader, writer))
        except ConnectionError:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        finally:
            self._open.discard(writer)
            if onward:
                self._open.discard(onward)
            self._passing.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(2**16):
                if writer not in self._frozen:
                    writer.write(data)
                    await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
