"""Runs operations for commands that connect to this process through a Unix socket.

A command writes one line, {"operation": …, "arguments": {…}}, and reads a line for each event. One that
leaves stops its operation. The socket's file is its owner's alone, and no network leads to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from askdocs.control import operations
from askdocs.control.events import LONGEST_LINE, Event, describe
from askdocs.errors import AskdocsError, InputError
from askdocs.observability.logging import log
from askdocs.runtime import Runtime

_LAST_WORDS = 1.0
"""Seconds for a publish that is stopped to be undone before its command is told no more."""


@asynccontextmanager
async def listening(rt: Runtime, path: Path) -> AsyncIterator[None]:
    """Take commands at `path` until the block ends; then stop those that still run, and wait for them."""
    commands: set[asyncio.Task[None]] = set()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = asyncio.create_task(_serve(rt, reader, writer))
        commands.add(command)
        command.add_done_callback(commands.discard)

    server = await asyncio.start_unix_server(take, sock=_bind(path), limit=LONGEST_LINE)
    try:
        yield
    finally:
        server.close()
        rt.tasks.stop_flows()
        if commands:
            await asyncio.wait(commands, timeout=_LAST_WORDS)
        for command in commands:
            command.cancel()
        if commands:
            await asyncio.wait(commands)


def _bind(path: Path) -> socket.socket:
    path.unlink(
        missing_ok=True
    )  # a killed process left it: whoever holds the lock of the home may take its place
    bound = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        bound.bind(str(path))
    finally:
        os.umask(before)
    return bound


async def _serve(rt: Runtime, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Run the command of one connection until it has ended, or until whoever gave it has left."""
    try:
        request = await _read(reader)
        work = asyncio.create_task(_relay(rt, request, writer))
        left = asyncio.create_task(reader.read())  # a command says nothing more: this ends when it leaves
        try:
            await asyncio.wait({work, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, left):
                task.cancel()
            await asyncio.wait({work, left})
    finally:
        writer.close()


async def _relay(rt: Runtime, request: bytes, writer: asyncio.StreamWriter) -> None:
    with suppress(_CommandLeft):
        try:
            operation, arguments = _parse(request)
            async with aclosing(operations.named(operation)(rt, **arguments)) as events:
                async for event in events:
                    await _write(writer, event)
        except AskdocsError as error:
            await _write(writer, describe(error))
        except _CommandLeft:
            raise
        except Exception as error:
            log.exception("operation_failed")
            failure = AskdocsError(f"The server failed: {type(error).__name__}. See its log.")
            await _write(writer, describe(failure))


class _CommandLeft(Exception):
    """Nobody reads what is written any more."""


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except (ValueError, OSError):  # a line without end, or one that was cut
        return b""


def _parse(request: bytes) -> tuple[str, dict[str, Any]]:
    try:
        command = json.loads(request)
    except (ValueError, RecursionError):
        command = None
    match command:
        case {"operation": str(operation), "arguments": dict(arguments)} if operation in operations.MODULES:
            return operation, arguments
        case {"operation": str(operation)}:
            raise InputError(f"There is no operation {operation}.", fix="Update the askdocs command.")
    raise InputError("This is no command.", fix="Use the askdocs command.")


async def _write(writer: asyncio.StreamWriter, event: Event) -> None:
    """In ASCII: a path may hold bytes that are no UTF-8, which Python keeps as halves of characters."""
    try:
        writer.write(json.dumps(event, default=str).encode() + b"\n")
        await writer.drain()
    except OSError as error:
        raise _CommandLeft from error
