"""Who may administer a site: what routes below `/api/v1/admin/sites/{site}` ask for.

Credentials come in the header Authorization alone, never in a cookie, so that no page can have a browser send
them along; and no page of another origin is let in by CORS.
"""

from __future__ import annotations

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

_bearer = HTTPBearer(
    auto_error=False,
    description="An API key of the site, from `askdocs key create`, an access token of one of its members, "
    "from `/api/v1/auth/sign-in`, or a token that a CI provider signed for a job that it trusts.",
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
        response.headers["cache-control"] = "no-store"
        if given is None:
            raise CredentialsMissing(
                "Nobody has said who asks.",
                fix="Send the header Authorization: Bearer with an API key or an access token.",
            )
        principal = await _identify(rt, request, given.credentials)
        actor, found = principal.actor, await rt.db.run(sites.by_name, site)
        permissions = principal.grants.get(found.id) if found else None
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


async def _identify(rt: Runtime, request: Request, credentials: str) -> Principal:
    """Who sent them. Raises `CredentialsInvalid`, and `RateLimited` to who guesses."""
    try:
        if not credentials.startswith(api_keys.PREFIX) and credentials.count(".") == 2:
            return await publishers.check(rt, credentials) or await sign_ins.check(rt, credentials)
        key = await api_keys.check(rt, credentials)
    except CredentialsInvalid:
        sender = pseudonym(request.scope, rt)
        await rt.limiter.check(Quota("credentials", f"credentials:{sender}", _FAILURES))
        raise
    return Principal(Actor("key", key.id, key.name), {key.site_id: key.permissions})
