"""Web origins of sites, as they are written down and as browsers send them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from askdocs.config import Settings
from askdocs.errors import InputError
from askdocs.types import Site

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\]", re.ASCII)
_SUBDOMAIN = re.compile(rf"(https?://){_LABEL}(\.[^/]+)", re.ASCII)


def read(value: str, settings: Settings) -> str:
    """The origin as browsers send it: in lower case, without the port that goes without saying.

    `https://*.example.com` stands for each host of one label before that domain. Raises `InputError` for
    what is no origin, and outside development for `*`, which would let in every page of the web.
    """
    if value.strip() == "*":
        if settings.environment == "development":
            return "*"
        raise InputError(
            "* would let every page of the web ask.", fix="Name each origin, or https://*.example.com"
        )
    try:
        parts = urlsplit(value.strip())
        host, port = (parts.hostname or "").encode("idna").decode() if parts.hostname else "", parts.port
    except ValueError:  # of UnicodeError, too
        host, port, parts = "", None, urlsplit("")
    if (
        parts.scheme not in ("http", "https")
        or not _HOST.fullmatch(f"[{host}]" if ":" in host else host)
        or (host.startswith("*.") and host.count(".") < 2)
        or parts.username is not None
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise InputError(
            f"{value} is not a web origin.",
            fix="An origin is like https://docs.example.com, or https://*.example.com for one label.",
        )
    usual = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{'' if port in (None, usual) else f':{port}'}"


def matches(pattern: str, origin: str) -> bool:
    """Whether the origin that a browser sent is what the pattern allows."""
    if "*" not in pattern:
        return pattern == origin
    if pattern == "*":
        return True
    found = _SUBDOMAIN.fullmatch(origin)
    return found is not None and f"{found[1]}*{found[2]}" == pattern


def lacking(site: Site, origins: Sequence[str]) -> Sequence[str]:
    """Those of the origins whose pages may not ask the site."""
    return [origin for origin in origins if not any(matches(allowed, origin) for allowed in site.origins)]


def is_local(host: str) -> bool:
    """Whether a host, with or without its port, cannot be a public name that somebody else leads here: an
    address, localhost, a name without a dot, or one that is looked up on the local network alone."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and ("." not in name or name.endswith((".localhost", ".local")))
    return True
