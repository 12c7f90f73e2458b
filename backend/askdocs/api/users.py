"""Who asks, where the host application says so: a signed user of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.datastructures import Headers

from askdocs.cache.loading import LoadingCache
from askdocs.db import user_keys
from askdocs.errors import UserTokenInvalid
from askdocs.runtime import Runtime
from askdocs.types import Site, UserKey

HEADER = "X-Askdocs-User"

_TTL = 5.0
"""Seconds after which a key that was added or removed is in force everywhere."""

_KEPT = 10_000
"""Keys, half a kilobyte each."""


class UserDirectory:
    """Knows by the tokens of host applications which of their users ask. Keeps the sites' keys for them."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._keys: LoadingCache[str, Sequence[UserKey]] = LoadingCache(
            lambda site_id: rt.db.run(user_keys.listing, site_id),
            ttl=_TTL,
            max_weight=_KEPT,
            weigh=lambda keys: 1 + len(keys),
        )

    async def identify(self, site: Site, headers: Headers) -> bytes | None:
        """The user's digest; None for a request without a user token.

        Raises `Unauthorized` for any other than a valid one, rather than to take its sender for a reader whom
        nobody knows.
        """
        tokens = headers.getlist(HEADER)
        if not tokens:
            return None
        if len(tokens) > 1:
            raise UserTokenInvalid(f"There are {len(tokens)} user tokens.", fix=f"Send {HEADER} once.")
        keys = await self._keys.get(site.id)
        return await asyncio.to_thread(
            self._rt.user_tokens.identify, tokens[0], site, keys, now=self._rt.now()
        )

    def forget(self, site_id: str) -> None:
        """Look the site's keys up anew when they are next asked for."""
        self._keys.forget(site_id)
