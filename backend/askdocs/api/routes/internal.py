"""The way in for commands on this machine, which the process that owns the index runs for them."""

from __future__ import annotations

import hmac
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from askdocs.api.deps import RuntimeDep
from askdocs.control import operations, remote
from askdocs.control.operations import Event
from askdocs.errors import AskdocsError, Forbidden, InputError
from askdocs.observability.logging import log
from askdocs.runtime import Runtime


class Command(BaseModel):
    operation: str
    arguments: dict[str, Any] = {}


def routes(token: str) -> APIRouter:
    """The one route, for whoever shows `token`."""
    router = APIRouter(include_in_schema=False)

    @router.post("/internal/run")
    async def run(request: Request, command: Command, rt: RuntimeDep) -> StreamingResponse:
        shown = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), token.encode()):
            raise Forbidden("Only commands on this machine may run operations.")
        if command.operation not in operations.OPERATIONS:
            raise InputError(f"There is no operation {command.operation}.", fix="Update the askdocs command.")
        return StreamingResponse(_lines(rt, command), media_type="application/x-ndjson")

    return router


async def _lines(rt: Runtime, command: Command) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(operations.OPERATIONS[command.operation](rt, **command.arguments)) as events:
            async for event in events:
                yield _line(event)
    except AskdocsError as error:
        yield _line(remote.describe(error))
    except Exception as error:
        log.exception("operation_failed", operation=command.operation)
        yield _line(remote.describe(AskdocsError(f"The server failed: {type(error).__name__}. See its log.")))


def _line(event: Event) -> bytes:
    return orjson.dumps(event, default=str) + b"\n"
