"""Who may administer a site: what routes below `/api/v1/admin/sites/{site}` ask for.

Credentials come in the header Authorization alone, never in a cookie, so that no page can have a browser send
them along; and no page of another origin is let in by CORS.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from askdocs.api import problems
from askdocs.api.clients import pseudonym
from askdocs.api.deps import RuntimeDep
from askdocs.db import sites
from askdocs.errors import CredentialsInvalid, CredentialsMissing, NotFound, PermissionMissing
from askdocs.limits import Quota
from askdocs.runtime import Runtime
from askdocs.tenancy import api_keys, publishers, sign_ins
from askdocs.types import Actor, Permission, Principal, Site

DOCUMENTED = problems.documented(400, 401, 403, 404, 408, 413, 415, 422, 429, 503, 507)
"""What every route of this kind may answer."""

_FAILURES = 20
"""Wrong credentials that a client may send in a minute."""

_OPERATOR = Actor("operator", "", "admin token")

_bearer = HTTPBearer(
    auto_error=False,
    description="An API key of the site, from `askdocs key create`, an access token of one of its members, "
    "from `/api/v1/auth/sign-in`, a token that a CI provider signed for a job that it trusts, or the "
    "deployment's ADMIN_TOKEN.",
)


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody who was let in, and the site that it is about."""

    actor: Actor
    site: Site


def authorize(needed: Permission) -> Callable[..., Awaitable[Access]]:
    """A dependency that lets in who has this permission for the site of the path.

    It raises `CredentialsMissing`, `CredentialsInvalid` and `PermissionMissing`; `NotFound` for a site that
    is somebody else's, just as for one that does not exist.
    """

    async def authorized(
        request: Request,
        response: Response,
        rt: RuntimeDep,
        site: Annotated[str, Path(description="The site, by name.")],
        given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
    ) -> Access:
        principal = await _principal(rt, request, response, given)
        actor, found = principal.actor, await rt.db.run(sites.by_name, site)
        permissions = principal.permissions(found.id) if found else None
        if found is None or permissions is None:
            raise NotFound(
                f"There is no site {site} for {actor.name}.", fix="Check the name, and whose key it is."
            )
        if needed not in permissions:
            raise PermissionMissing(
                f"{actor.name} may {', '.join(sorted(permissions))} here; this takes {needed}.",
                fix="Ask an owner of the site.",
            )
        return Access(actor, found)

    return authorized


async def authorize_operator(
    request: Request,
    response: Response,
    rt: RuntimeDep,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> Actor:
    """Lets in who has the admin token, whom the deployment's sites belong to.

    Raises `CredentialsMissing`, `CredentialsInvalid`, and `PermissionMissing` to people and keys of sites.
    """
    principal = await _principal(rt, request, response, given)
    if not principal.is_operator:
        raise PermissionMissing(
            f"{principal.actor.name} is of single sites.", fix="Send the deployment's ADMIN_TOKEN."
        )
    return principal.actor


async def _principal(
    rt: Runtime, request: Request, response: Response, given: HTTPAuthorizationCredentials | None
) -> Principal:
    response.headers["cache-control"] = "no-store"
    if given is None:
        raise CredentialsMissing(
            "Nobody has said who asks.",
            fix="Send the header Authorization: Bearer with an API key or an access token.",
        )
    return await _identify(rt, request, given.credentials)


async def _identify(rt: Runtime, request: Request, credentials: str) -> Principal:
    """Who sent them. Raises `CredentialsInvalid`, and `RateLimited` to who guesses."""
    admin_token = rt.settings.admin_token
    if admin_token and hmac.compare_digest(credentials.encode(), admin_token.get_secret_value().encode()):
        return Principal(_OPERATOR, {}, is_operator=True)
    try:
        if not credentials.startswith(api_keys.PREFIX) and credentials.count(".") == 2:
            return await publishers.check(rt, credentials) or await sign_ins.check(rt, credentials)
        key = await api_keys.check(rt, credentials)
    except CredentialsInvalid:
        sender = pseudonym(request.scope, rt)
        await rt.limiter.check(Quota("credentials", f"credentials:{sender}", _FAILURES))
        raise
    return Principal(Actor("key", key.id, key.name), {key.site_id: key.permissions})
