"""How long the body of a request may be, and how deep what it holds."""

from __future__ import annotations

import re
from itertools import accumulate

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api import problems

_CHAT_PATH = re.compile(r"/api/v1/sites/[^/]+/chat")
_UPLOAD_PATH = re.compile(r"/api/v1/admin/sites/[^/]+/publishes(/[^/]+/parts/[^/]+)?")

CHAT_BODY = 256 * 1024
"""Bytes. `useChat` sends the whole transcript each time: four answers with their sources are some 40 kB, so
this is a conversation of two dozen. It is parsed on the event loop, where the worst that we found takes 80 ms
(87,000 empty lists); 5 MB of wrong messages stopped the process for 22 s."""

JSON_BODY = 64 * 1024
"""Bytes. The longest other body is a vote with 2,000 characters of comment, of which JSON may make 24 kB."""

UPLOAD_BODY = 4 * 1024 * 1024
"""Bytes, compressed: a manifest of 50,000 pages takes 3 MB, a part 0.2. The routes read them themselves, once
they know who sends them."""

JSON_DEPTH = 64
"""Lists and objects within each other. The deepest that a client of ours sends, a transcript, has 8.
Python's parser ends at its limit of recursion, which is another one in each version."""

_ALIKE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord(b"["): 1, ord(b"]"): -1}
_SLICE = 4096


class BodyLimit:
    """Refuses bodies that are longer than their route needs or than `limit` bytes, announced or not."""

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = min(self._limit, _longest(scope))
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit:
            detail = f"The body has {announced} bytes; {limit} are the most."
            await problems.render(scope, 413, "ContentTooLarge", detail)(scope, receive, send)
            return
        received, arriving = 0, True
        json = bytearray() if _is_json(scope) else None

        async def counting() -> Message:
            nonlocal received, arriving
            message = await receive()
            if message["type"] == "http.disconnect" and arriving:
                raise HTTPException(408, "The body did not arrive.")
            arriving = message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413, f"The body has more than {limit} bytes.")
            if json is not None and message["type"] == "http.request":
                json.extend(message.get("body", b""))
                if not arriving and is_deep(json):
                    raise HTTPException(
                        400, f"The body has more than {JSON_DEPTH} lists and objects within each other."
                    )
            return message

        await self._app(scope, counting, send)


def _longest(scope: Scope) -> int:
    if _CHAT_PATH.fullmatch(scope["path"]):
        return CHAT_BODY
    is_upload = _UPLOAD_PATH.fullmatch(scope["path"]) is not None and not _is_json(scope)
    return UPLOAD_BODY if is_upload else JSON_BODY


def _is_json(scope: Scope) -> bool:
    """As the framework decides whether to parse it."""
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def is_deep(json: bytes | bytearray) -> bool:
    """Whether lists and objects stand in more than `JSON_DEPTH` others, as far as it is JSON.

    Few bodies hold so many at all. Of the others what is in strings is dropped; the worst 256 kB take 20 ms.
    """
    if json.count(b"[") + json.count(b"{") <= JSON_DEPTH:
        return False
    outside = b"".join(json.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])
    # Without the innermost pairs, which are most of what is long and shallow.
    brackets = outside.translate(_ALIKE, delete=_NO_BRACKETS).replace(b"[]", b"")
    depth = 0
    for start in range(0, len(brackets), _SLICE):
        depths = list(accumulate(map(_STEPS.__getitem__, brackets[start : start + _SLICE]), initial=depth))
        if max(depths) >= JSON_DEPTH:
            return True
        depth = depths[-1]
    return False
