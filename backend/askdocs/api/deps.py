"""What routes ask for, as `Annotated` aliases. Requests are refused here, before their answer begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, HTTPException, Path, Request

from askdocs.api import clients, state
from askdocs.api.users import HEADER
from askdocs.errors import SiteNotFound
from askdocs.runtime import Runtime
from askdocs.types import Site


async def site(
    request: Request,
    site_key: Annotated[str, Path(description="The site's public key.")],
) -> Site:
    """The site that is asked. Raises `SiteNotFound`; pages that may not ask it do not come so far."""
    found: Site | None = request.state.site
    if found is None:
        raise SiteNotFound("There is no site with this key.", fix="`askdocs site list` shows the keys.")
    return found


async def json_only(request: Request) -> None:
    """A page of any origin may send text/plain without a preflight, but not JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"The body is {kind or 'of no type'}, not application/json.")


async def opened(request: Request) -> Runtime:
    return state.runtime(request.app)


async def network(request: Request) -> str:
    """What the reader's address counts as."""
    rt = state.runtime(request.app)
    return clients.client(request.scope, proxy_hops=rt.settings.proxy_hops)


_UserToken = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="A JSON web token of the host application about its user, signed with a key of the site. "
        "The conversation then belongs to that user.",
    ),
]


async def user(request: Request, _token: _UserToken = None) -> bytes | None:
    """The digest of the signed user; wrong tokens do not come so far."""
    found: bytes | None = request.state.user
    return found


async def signed_user(
    request: Request, _token: Annotated[str, Header(alias=HEADER, description="As elsewhere, required.")]
) -> bytes:
    found: bytes = request.state.user
    return found


RuntimeDep = Annotated[Runtime, Depends(opened)]
SiteDep = Annotated[Site, Depends(site)]
Token = Annotated[
    str,
    Header(
        alias="X-Askdocs-Session",
        description="The session's token, which an answer's `start` holds in `messageMetadata`.",
    ),
]
UserDep = Annotated[bytes | None, Depends(user)]
SignedUserDep = Annotated[bytes, Depends(signed_user)]
NetworkDep = Annotated[str, Depends(network)]
JsonOnly = Depends(json_only)
