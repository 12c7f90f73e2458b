"""Runs operations where the index is: here, or in the server that owns the embedded engine.

The embedded engine belongs to one process. While a server is up, commands hand their work to it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

from askdocs.config import Settings
from askdocs.control import operations
from askdocs.control.events import LONGEST_LINE, Event, revive
from askdocs.control.lock import Owner, owner_of
from askdocs.errors import Unavailable
from askdocs.runtime import Runtime, open_runtime

Run = Callable[..., AsyncGenerator[Event]]
"""`run(operation, **arguments)`"""

_STARTING = 20.0
"""Seconds that a server which has just begun may take until it listens."""

_PAUSE = 0.05


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Run]:
    """Run operations where the index is: in the server that is up, else here."""
    there = server_of(settings)
    if there is not None:
        yield there
        return
    async with open_runtime(settings) as rt:
        yield partial(_run_here, rt)


async def last(events: AsyncGenerator[Event]) -> dict[str, Any]:
    """The result of an operation, its other events passed over."""
    result: dict[str, Any] = {}
    async with aclosing(events):
        async for event in events:
            result = event.get("result", result)
    return result


def server_of(settings: Settings) -> Run | None:
    """Run operations in the server that owns the embedded engine; None if none does."""
    owner = owner_of(settings.home) if settings.vector_engine == "embedded" else None
    return partial(_run_there, owner) if owner else None


async def _run_here(rt: Runtime, operation: str, **arguments: Any) -> AsyncGenerator[Event]:
    async with aclosing(operations.named(operation)(rt, **arguments)) as events:
        async for event in events:
            yield event


async def _run_there(owner: Owner, operation: str, **arguments: Any) -> AsyncGenerator[Event]:
    reader, writer = await _dial(owner)
    try:
        writer.write(json.dumps({"operation": operation, "arguments": arguments}).encode() + b"\n")
        await writer.drain()
        done = False
        async for line in reader:
            event = json.loads(line)
            if "error" in event:
                raise revive(event["error"])
            done = "result" in event
            yield event
        if not done:
            raise _stopped_answering(owner, "it broke off")
    except (OSError, ValueError) as error:
        raise _stopped_answering(owner, str(error)) from error
    finally:
        writer.close()


async def _dial(owner: Owner) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server. One that has the lock already may not be listening yet."""
    deadline = asyncio.get_running_loop().time() + _STARTING
    while True:
        try:
            return await asyncio.open_unix_connection(owner.socket, limit=LONGEST_LINE)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise _stopped_answering(owner, str(error)) from error
        except OSError as error:
            raise _stopped_answering(owner, str(error)) from error
        await asyncio.sleep(_PAUSE)


def _stopped_answering(owner: Owner, reason: str) -> Unavailable:
    return Unavailable(
        f"The server (process {owner.pid}) does not answer: {reason}.", fix="Look at its log and retry."
    )
