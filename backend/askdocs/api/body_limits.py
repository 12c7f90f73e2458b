"""How long the body of a request may be."""

from __future__ import annotations

import re

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api import problems

_CHAT_PATH = re.compile(r"/api/v1/sites/[^/]+/chat")

CHAT_BODY = 256 * 1024
"""Bytes. `useChat` sends the whole transcript each time: four answers with their sources are some 40 kB, so
this is a conversation of two dozen. It is parsed on the event loop, where the worst that we found takes 80 ms
(87,000 empty lists); 5 MB of wrong messages stopped the process for 22 s."""

JSON_BODY = 64 * 1024
"""Bytes. The longest other body is a vote with 2,000 characters of comment, of which JSON may make 24 kB."""


class BodyLimit:
    """Refuses bodies that are longer than their route needs or than `limit` bytes, announced or not."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = min(self._limit, CHAT_BODY if _CHAT_PATH.fullmatch(scope["path"]) else JSON_BODY)
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit:
            detail = f"The body has {announced} bytes; {limit} are the most."
            await problems.render(scope, 413, "ContentTooLarge", detail)(scope, receive, send)
            return
        received, arriving = 0, True

        async def counting() -> Message:
            nonlocal received, arriving
            message = await receive()
            if message["type"] == "http.disconnect" and arriving:
                raise HTTPException(408, "The body did not arrive.")
            arriving = message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, f"The body has more than {limit} bytes.")
            return message

        await self._app(scope, counting, send)
