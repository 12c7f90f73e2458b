"""What people name, and what is said when it is not there."""

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


def no_pin(site: str, pin_id: str) -> NotFound:
    return NotFound(f"{site} has no pinned answer {pin_id}.", fix=f"Run: askdocs pin list --site {site}")


def unpublished(site: str) -> NotFound:
    return NotFound(f"{site} has nothing published yet.", fix=f"Run: askdocs index PATH --site {site}")
