"""What happens around every request, in pure ASGI: identity, access log, limits, CORS, the last resort."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any, cast

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api import problems
from askdocs.api.body_limits import BodyLimit
from askdocs.api.site_access import SITE_PATH, SiteAccess
from askdocs.config import Settings
from askdocs.observability import trace_context
from askdocs.observability.logging import log
from askdocs.observability.metrics import Metrics

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SITE_ROUTE = "/api/v1/sites/{site_key}"
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


_DATA = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
}
"""Of answers that are no part of a page: a browser that is led to one loads and runs nothing, shows it in no
frame, and hands it to no other site's page that does not ask by CORS."""

_DATA_TYPES = frozenset({"application/json", "application/problem+json", "text/event-stream"})


_LAST_WORDS = 2.0
"""Seconds for answers that are cut short to say so, which takes up to one, and to be handed to the log."""


def surround(app: FastAPI, settings: Settings) -> None:
    """Put the middleware around the app. The last one added is the outermost."""
    app.add_middleware(LastResort)
    app.add_middleware(BodyLimit, limit=settings.max_content_length)
    app.add_middleware(SiteAccess)
    app.add_middleware(LastResort)  # of what fails in that itself, before anybody is admitted
    app.add_middleware(Stopping)
    app.add_middleware(AccessLog)


def security(headers: Headers) -> Mapping[str, str]:
    """What tells browsers to be careful with a response that has these headers."""
    kind = headers.get("content-type", "").partition(";")[0]
    return {**SECURITY, **_DATA} if kind in _DATA_TYPES else SECURITY


def route_of(scope: Scope) -> str:
    """The template of the route that answered.

    Requests below a site that reached none, as when they are too many, share a name; so do all other
    addresses that do not exist.
    """
    otherwise = _SITE_ROUTE if SITE_PATH.match(scope.get("path", "")) else "unknown"
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
                for name, value in security(sending).items():
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
