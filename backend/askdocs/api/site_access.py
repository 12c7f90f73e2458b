"""Which requests reach a site: those that its origins, its keys and its limits let through."""

from __future__ import annotations

import re
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askdocs.api import clients, problems, state
from askdocs.api.origins import admits, check
from askdocs.errors import (
    AskdocsError,
    RateLimited,
    ReaderSessionRequired,
    SiteDisabled,
    Unauthorized,
    UserTokenRequired,
)
from askdocs.guard import quotas, readers
from askdocs.guard.quotas import Asker, Kind
from askdocs.guard.readers import Claim
from askdocs.runtime import Runtime
from askdocs.types import Site

SITE_PATH = re.compile(r"/api/v1/sites/([^/]+)(?:/|$)")
_PAID_PATH = re.compile(r"/api/v1/sites/[^/]+/(chat|search)")
_LIMITS = "limits"
"""Where a request's state has the fields that tell of its quotas."""


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
                headers = MutableHeaders(scope=message)
                headers.update(cors)
                for name, value in scope["state"].get(_LIMITS, {}).items():
                    headers.setdefault(name, value)  # a refusal names the quota that it is for
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
            await _count_stranger(rt, scope, "unknown")
        elif preflight:
            await _count_stranger(rt, scope, "preflight")
        return await directory.find(key)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        site: Site | None = scope["state"]["site"]
        if site is not None:
            structlog.contextvars.bind_contextvars(site=site.name)
            try:
                user = await _count_for(site, state.runtime(scope["app"]), scope)
                scope["state"]["user"] = user
                check(site, Headers(scope=scope))
                _admit_user(site, user, state.runtime(scope["app"]))
            except AskdocsError as error:
                await problems.render_error(scope, error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _count_for(site: Site, rt: Runtime, scope: Scope) -> bytes | None:
    """Count the request and return who has signed for it, if anybody has.

    Whoever sends a token that is none is counted by address. Raises `RateLimited` and `Unauthorized`.
    """
    kind, claim = _kind(scope), claim_of(scope, rt, site)
    try:
        user = await state.users(scope["app"]).identify(site, Headers(scope=scope))
    except Unauthorized:
        await rt.limiter.check(*quotas.of_request(rt, site, kind, Asker(claim.network)))
        raise
    counted = quotas.of_request(rt, site, kind, Asker(claim.network, user))
    try:
        if kind == "question" and user is None and admits(site, Headers(scope=scope)):
            counted = (*counted, *readers.quotas(rt, claim))
        standings = await rt.limiter.check(*counted)
    except RateLimited as refusal:
        raise readers.explain(refusal) from None
    except ReaderSessionRequired:
        await rt.limiter.check(counted[0])
        raise
    if standings:
        # How much all readers of a site ask is none of a reader's business.
        own, quota = standings[0], standings[0].quota
        scope["state"][_LIMITS] = problems.limit_fields(
            quota.name, quota.amount, quota.seconds, left=own.remaining, reset=own.reset
        )
    return user


def claim_of(scope: Scope, rt: Runtime, site: Site) -> Claim:
    """What the request says, and its connection, of a reader whom nobody has signed for."""
    headers = Headers(scope=scope)
    network = clients.pseudonym(scope, rt)
    return Claim(site, headers.get("origin", ""), network, headers.get(readers.HEADER, ""))


def _admit_user(site: Site, user: bytes | None, rt: Runtime) -> None:
    """Raises `SiteDisabled`, and `UserTokenRequired` where members alone may ask."""
    if site.is_disabled:
        raise SiteDisabled("This chat is switched off.", fix="Ask the people of the site.")
    if user is None and rt.options(site).access == "members":
        raise UserTokenRequired(
            "This chat answers signed-in users alone.",
            fix="Send a token of your application about its user in the header X-Askdocs-User.",
        )


def _kind(scope: Scope) -> Kind:
    paid = _PAID_PATH.fullmatch(scope["path"])
    if paid is None:
        return "other"
    return "question" if paid[1] == "chat" else "search"


async def _count_stranger(rt: Runtime, scope: Scope, what: str) -> None:
    await rt.limiter.check(quotas.of_stranger(rt, what, clients.pseudonym(scope, rt)))


_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, DELETE",
    "access-control-allow-headers": "content-type, x-askdocs-session, x-askdocs-user, x-askdocs-reader",
    "access-control-max-age": "600",
}


def _cors_headers(origin: str | None, *, admitted: bool) -> Mapping[str, str]:
    if origin is None:
        return {"vary": "Origin"}
    if not admitted:
        return {"access-control-allow-origin": "*", "vary": "Origin"}
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "x-request-id, retry-after, ratelimit, ratelimit-policy, "
        "x-vercel-ai-ui-message-stream",
        "vary": "Origin",
    }
