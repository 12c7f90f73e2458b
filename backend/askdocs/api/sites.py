"""Sites by key, as requests need them."""

from __future__ import annotations

import re

from cachetools import LRUCache

from askdocs.cache.loading import LoadingCache
from askdocs.db import sites
from askdocs.db.database import Database
from askdocs.types import Site

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

_TTL = 5.0
"""Seconds after which a changed origin or a rotated key is in force everywhere."""

_KEPT = 1000


class SiteDirectory:
    """Keeps what was found for a key, also that there is no such site.

    A preflight, its request and its checks then ask the database once.
    """

    def __init__(self, db: Database) -> None:
        self._kept: LoadingCache[str, Site | None] = LoadingCache(
            lambda key: db.run(sites.by_key, key), ttl=_TTL, max_weight=_KEPT
        )
        self._known: LRUCache[str, None] = LRUCache(_KEPT)

    def knows(self, key: str) -> bool:
        """Whether the key was a site's when it was last looked up. To look it up again is then cheap: it
        happens once in `_TTL` seconds, however many readers ask."""
        return key in self._known

    async def find(self, key: str) -> Site | None:
        site = await self._kept.get(key) if _KEY.fullmatch(key) else None
        if site is None:
            self._known.pop(key, None)
        else:
            self._known[key] = None
        return site
