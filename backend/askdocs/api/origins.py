"""Which web origins may ask a site."""

from __future__ import annotations

from starlette.datastructures import Headers

from askdocs.errors import OriginNotAllowed
from askdocs.types import Site


def admits(site: Site, headers: Headers) -> bool:
    """Whether a request with these headers may ask: none of a page of a foreign origin may.

    A page of the very host that is asked counts as ours: it is the site that this process serves.
    """
    origin = headers.get("origin")
    if origin is None or origin in site.origins:
        return True
    scheme, _, host = origin.partition("://")
    return scheme in ("http", "https") and host == headers.get("host")


def refusal(headers: Headers) -> OriginNotAllowed:
    origin = headers.get("origin", "")[:200] or "an origin without a name"
    return OriginNotAllowed(
        f"Pages of {origin} may not ask this site.",
        fix="Ask on a page of the site, or have its operator allow this origin.",
    )
