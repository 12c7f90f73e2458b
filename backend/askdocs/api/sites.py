"""Sites by key, as requests need them."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable

from askdocs.db import sites
from askdocs.db.database import Database
from askdocs.types import Site

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class SiteDirectory:
    """Keeps a site for a few seconds: a preflight, its request and its checks then ask the database once.

    A changed origin or a rotated key takes effect after `ttl` seconds. Keys of no site are not kept.
    """

    def __init__(
        self,
        db: Database,
        *,
        ttl: float = 5.0,
        size: int = 1000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._ttl, self._size, self._clock = db, ttl, size, clock
        self._kept: OrderedDict[str, tuple[float, Site]] = OrderedDict()

    async def find(self, key: str) -> Site | None:
        if not _KEY.fullmatch(key):
            return None
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        site = await self._db.run(sites.by_key, key)
        self._kept.pop(key, None)
        if site is not None:
            self._kept[key] = (self._clock() + self._ttl, site)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return site
