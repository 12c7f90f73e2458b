"""Runs operations where the index is: here, or in the server that owns the embedded engine.

The embedded engine belongs to one process. While a server is up, commands hand their work to it over
loopback, with a token that only the owner of its file can read.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

import httpx

from askdocs import errors
from askdocs.config import Settings
from askdocs.control.lock import Server, serving
from askdocs.control.operations import OPERATIONS, Event
from askdocs.errors import AskdocsError, Unavailable
from askdocs.runtime import Runtime, open_runtime

Run = Callable[..., AsyncGenerator[Event]]
"""`run(operation, **arguments)`"""


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Run]:
    """Run operations where the index is: in the server that is up, else here."""
    server = serving(settings.home) if settings.vector_engine == "embedded" else None
    if server is not None:
        yield partial(_run_there, server)
        return
    async with open_runtime(settings) as rt:
        yield partial(_run_here, rt)


async def _run_here(rt: Runtime, operation: str, **arguments: Any) -> AsyncGenerator[Event]:
    async with aclosing(OPERATIONS[operation](rt, **arguments)) as events:
        async for event in events:
            yield event


async def _run_there(server: Server, operation: str, **arguments: Any) -> AsyncGenerator[Event]:
    request = {"operation": operation, "arguments": arguments}
    headers = {"authorization": f"Bearer {server.token}"}
    try:
        async with (
            httpx.AsyncClient(timeout=httpx.Timeout(10, read=None), trust_env=False) as client,
            client.stream("POST", f"{server.url}/internal/run", json=request, headers=headers) as response,
        ):
            if response.is_error:
                raise Unavailable(
                    f"The server (process {server.pid}) refused the command (status {response.status_code}).",
                    fix="If this repeats, stop the server and start it again.",
                )
            async for line in response.aiter_lines():
                event = json.loads(line)
                if "error" in event:
                    raise revive(event["error"])
                yield event
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(
            f"The server (process {server.pid}) stopped answering: {error}.", fix="Look at its log and retry."
        ) from error


def describe(error: AskdocsError) -> Event:
    """The event that ends an operation which failed."""
    return {"error": {"kind": type(error).__name__, "message": str(error), "fix": error.fix}}


def revive(described: Mapping[str, str]) -> AskdocsError:
    """The error that `describe` described, its kind kept so that exit codes are."""
    kind = getattr(errors, described["kind"], AskdocsError)
    error: AskdocsError = kind.__new__(kind)
    AskdocsError.__init__(error, described["message"], fix=described["fix"])
    return error
