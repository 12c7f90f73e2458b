"""Which web origins may ask a site."""

from __future__ import annotations

from starlette.datastructures import Headers

from askdocs.errors import OriginNotAllowed
from askdocs.tenancy import origins
from askdocs.types import Site


def admits(site: Site, headers: Headers) -> bool:
    """Whether a request with these headers may ask: none of a page of a foreign origin may.

    A page of the very host that is asked counts as ours, being of the site that this process serves, where
    nobody else can give that host a name: else a page of theirs would lead it here (DNS rebinding).
    """
    origin = headers.get("origin")
    if origin is None or any(origins.matches(pattern, origin) for pattern in site.origins):
        return True
    scheme, _, host = origin.partition("://")
    return scheme in ("http", "https") and host == headers.get("host") and origins.is_local(host)


def check(site: Site, headers: Headers) -> None:
    """Raises `OriginNotAllowed`, which names the very origin that the browser sent."""
    if admits(site, headers):
        return
    origin = headers.get("origin", "")[:200]
    if origin in ("", "null"):
        raise OriginNotAllowed(
            "A page without an origin may not ask this site: a file from disk, or a sandboxed frame.",
            fix="Open the page through a web server, such as `python -m http.server`.",
        )
    raise OriginNotAllowed(
        f"Pages of {origin} may not ask this site.",
        fix=f"If the site is yours, give it this origin beside its others: `askdocs site set-origins NAME "
        f"--origin … --origin {origin}`.",
    )
