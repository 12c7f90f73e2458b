"""Which requests reach a site: those that its origins, its keys and its limits let through."""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api import problems, state
from askdocs.api.clients import client
from askdocs.api.origins import admits, check
from askdocs.errors import AskdocsError, Unauthorized
from askdocs.runtime import Runtime
from askdocs.types import Site

SITE_PATH = re.compile(r"/api/v1/sites/([^/]+)(?:/|$)")
_SEARCH_PATH = re.compile(r"/api/v1/sites/[^/]+/search")


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
        site_path = SITE_PATH.match(scope["path"]) if scope["type"] == "http" else None
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
