"""Sites as people name them."""

from __future__ import annotations

from askdocs.db import sites
from askdocs.errors import NotFound
from askdocs.runtime import Runtime
from askdocs.types import Site


async def find_site(rt: Runtime, name: str) -> Site:
    """Raises `NotFound`, which names the sites that there are."""
    found = await rt.db.run(sites.by_name, name)
    if found is None:
        known = ", ".join(site.name for site in await rt.db.run(sites.all_sites)) or "none"
        raise NotFound(
            f"There is no site named {name}. Sites: {known}.",
            fix=f"Run: askdocs site add {name} --origin URL",
        )
    return found
