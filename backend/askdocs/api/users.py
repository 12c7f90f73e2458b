"""Who asks, where the host application says so: a signed user of its own."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers

from askdocs.errors import UserTokenInvalid
from askdocs.runtime import Runtime
from askdocs.types import Site

HEADER = "X-Askdocs-User"


async def identify(rt: Runtime, site: Site, headers: Headers) -> bytes | None:
    """The user's digest; None for a request without a user token. Raises `Unauthorized` for any other than a
    valid one, rather than to take its sender for a reader whom nobody knows."""
    tokens = headers.getlist(HEADER)
    if not tokens:
        return None
    if len(tokens) > 1:
        raise UserTokenInvalid(f"There are {len(tokens)} user tokens.", fix=f"Send {HEADER} once.")
    keys = await rt.user_keys.get(site.id)
    return await asyncio.to_thread(rt.user_tokens.identify, tokens[0], site, keys, now=rt.now())
