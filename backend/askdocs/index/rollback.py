"""Makes an earlier revision live again."""

from __future__ import annotations

from askdocs.db import revisions, sites
from askdocs.runtime import Runtime
from askdocs.types import Revision, Site


async def roll_back(rt: Runtime, site: Site, *, to: int | None = None, live: int | None = None) -> Revision:
    """Move the live pointer to revision `to`, by default to the published one before. If `live` is given,
    only away from there.

    In force here at once, in other processes after `LIVE_TTL` seconds. Raises `NotFound` and `Conflict`.
    """
    store = await rt.db.run(sites.store, site.id)
    revision = await rt.db.run(revisions.roll_back, site.id, store_id=store.id, to=to, live=live)
    rt.live.forget(site.id)
    return revision
