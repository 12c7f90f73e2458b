"""What happens around every request, in pure ASGI: identity, access log, limits, CORS, the last resort."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any, cast

import structlog
from fastapi import FastAPI, HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api import problems, state
from askdocs.api.clients import client
from askdocs.api.origins import admits, check
from askdocs.config import Settings
from askdocs.errors import AskdocsError, Unauthorized
from askdocs.observability import trace_context
from askdocs.observability.logging import log
from askdocs.observability.metrics import Metrics
from askdocs.runtime import Runtime
from askdocs.types import Site

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SITE_PATH = re.compile(r"/api/v1/sites/([^/]+)(?:/|$)")
_SITE_ROUTE = "/api/v1/sites/{site_key}"
_SEARCH_PATH = re.compile(r"/api/v1/sites/[^/]+/search")
_CHAT_PATH = re.compile(r"/api/v1/sites/[^/]+/chat")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset(
    {
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/release",
        "/widget/{path:path}",
        "/{path:page}",
        f"{_SITE_ROUTE}/search",
    }
)
"""Routes whose requests are too many, or too dull, for the log's usual level."""

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "SAMEORIGIN",
}


_LAST_WORDS = 2.0
"""Seconds for answers that are cut short to say so, which takes up to one, and to be handed to the log."""


def surround(app: FastAPI, settings: Settings) -> None:
    """Put the middleware around the app. The last one added is the outermost."""
    app.add_middleware(LastResort)
    app.add_middleware(BodyLimit, limit=settings.max_content_length)
    app.add_middleware(SiteAccess)
    app.add_middleware(Stopping)
    app.add_middleware(AccessLog)


def route_of(scope: Scope) -> str:
    """The template of the route that answered.

    Requests below a site that reached none, as when they are too many, share a name; so do all other
    addresses that do not exist.
    """
    otherwise = _SITE_ROUTE if _SITE_PATH.match(scope.get("path", "")) else "unknown"
    return getattr(scope.get("route"), "path", otherwise)


def request_id(headers: Headers) -> str:
    """The request's own id if it is safe to log, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def enter_trace(headers: Headers) -> dict[str, str | bool]:
    """Note the trace that the request belongs to; what each line of its log is to tell of that."""
    found = trace_context.read(headers)
    trace_context.current.set(found)
    if found is None:
        return {}
    span = {"span_id": found.span} if found.span else {}
    return {"trace_id": found.trace, **span, "trace_sampled": found.sampled}


class AccessLog:
    """Gives each request an id, counts it, and writes its line in the access log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        identity = request_id(headers)
        scope["request_id"] = identity
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=identity, **enter_trace(headers))
        started, status, sent = time.perf_counter(), 0, 0

        async def counting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                sending = MutableHeaders(scope=message)
                sending["x-request-id"] = identity
                for name, value in SECURITY.items():
                    sending.setdefault(name, value)
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            self._log(scope, status, sent, time.perf_counter() - started)

    def _log(self, scope: Scope, status: int, sent: int, seconds: float) -> None:
        """`status` 0 is a request whose client left before anything was answered."""
        route = route_of(scope)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        runtime = getattr(scope["app"].state, "runtime", None)
        if runtime is not None:
            metrics: Metrics = runtime.metrics
            metrics.http_requests.labels(method, route, str(status)).inc()
            metrics.http_request_duration.labels(method, route).observe(seconds)
        tell = log.debug if route in _QUIET and status < 500 else log.info
        tell("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), bytes=sent)


class Stopping:
    """When the server stops and cuts requests short, lets them end before what they need is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._requests: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, self._after_requests(receive), send)
        elif scope["type"] == "http":
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._requests.add(task)
            try:
                await self._run(scope, receive, send)
            finally:
                self._requests.discard(task)
        else:
            await self._app(scope, receive, send)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watching)
        except asyncio.CancelledError:
            # Only a stop cancels requests. Whoever runs them logs a stack trace for each that it raises from.
            if not begun:
                await problems.render_stopping(scope)(scope, receive, send)

    def _after_requests(self, receive: Receive) -> Receive:
        async def wait() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self._requests:
                await asyncio.wait(self._requests, timeout=_LAST_WORDS)
            return message

        return wait


class SiteAccess:
    """Finds the site, as `request.state.site`, and the signed user, as `request.state.user`, counts requests,
    refuses those of pages of foreign origins.

    The site's key is in the path, also of a preflight. A request is counted before its body is read, whatever
    becomes of it: 255 kB that turn out not to be JSON cost 5 ms.

    What a page of a foreign origin gets is always a refusal, and one that it can read: a browser that may not
    read it can only say that the server cannot be reached. So preflights pass from everywhere; they are no
    protection, since programs need none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site_path = _SITE_PATH.match(scope["path"]) if scope["type"] == "http" else None
        if site_path is None:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        try:
            site = await self._find(scope, site_path[1], preflight=preflight)
        except AskdocsError as error:
            await problems.render_error(scope, error)(scope, receive, send)
            return
        scope.setdefault("state", {})["site"] = site
        admitted = site is not None and admits(site, headers)
        cors = _cors_headers(origin, admitted=admitted)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(cors)
            await send(message)

        if preflight:
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, sending)
        else:
            await self._admit(scope, receive, sending)

    async def _find(self, scope: Scope, key: str, *, preflight: bool) -> Site | None:
        """Raises `RateLimited` before it looks: guesses of keys must not reach the database without limit,
        nor may preflights, which do not count as questions."""
        rt, directory = state.runtime(scope["app"]), state.directory(scope["app"])
        if not directory.knows(key):
            await _count(rt, scope, "unknown")
        elif preflight:
            await _count(rt, scope, "preflight")
        return await directory.find(key)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        site: Site | None = scope["state"]["site"]
        if site is not None:
            structlog.contextvars.bind_contextvars(site=site.name)
            try:
                scope["state"]["user"] = await _count_for(site, state.runtime(scope["app"]), scope)
                check(site, Headers(scope=scope))
            except AskdocsError as error:
                await problems.render_error(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _count_for(site: Site, rt: Runtime, scope: Scope) -> bytes | None:
    """Count the request and return who has signed for it, if anybody has.

    Signed users are counted one by one, as many of them may share an address; whoever sends a token that is
    none by address. Searches apart: to type a few words must not use up a reader's questions. Raises
    `RateLimited` and `Unauthorized`.
    """
    searches = _SEARCH_PATH.fullmatch(scope["path"])
    what = f"search:{site.id}" if searches else site.id
    limit = rt.settings.rate_limit_searches if searches else None
    try:
        user = await state.users(scope["app"]).identify(site, Headers(scope=scope))
    except Unauthorized:
        await _count(rt, scope, what, limit=limit)
        raise
    await _count(rt, scope, what, limit=limit, user=user)
    return user


async def _count(
    rt: Runtime, scope: Scope, what: str, *, limit: int | None = None, user: bytes | None = None
) -> None:
    """Raises `RateLimited` if the client, or the user, has asked for too much of this lately: `limit` times a
    minute, or as often as it may ask for anything."""
    reader = f"user {user.hex()}" if user else client(scope, proxy_hops=rt.settings.server.proxy_hops)
    await rt.limiter.check(f"{what}:{reader}", limit_per_minute=limit or rt.settings.rate_limit_requests)


_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, DELETE",
    "access-control-allow-headers": "content-type, x-askdocs-session, x-askdocs-user",
    "access-control-max-age": "600",
}


def _cors_headers(origin: str | None, *, admitted: bool) -> Mapping[str, str]:
    if origin is None:
        return {"vary": "Origin"}
    if not admitted:
        return {"access-control-allow-origin": "*", "vary": "Origin"}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "x-request-id, retry-after, x-vercel-ai-ui-message-stream",
        "vary": "Origin",
    }


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


class LastResort:
    """Answers what nobody expected with a problem, and logs it. Inside CORS, so that browsers can read it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watching(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watching)
        except Exception:
            log.exception("unexpected_error", path=route_of(scope))
            if begun:
                # Half an answer must not look whole: the server drops the connection.
                raise
            await problems.render_unexpected(scope)(scope, receive, send)
