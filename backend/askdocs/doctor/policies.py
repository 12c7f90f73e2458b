"""Reads content security policies: what of the chat one would block."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def blocked(policies: Iterable[str], *, page: str, script: str, api: str) -> list[str]:
    """What the page's policies keep from loading, with what a directive lacks. Addresses are whole.

    Every policy must allow a thing, as browsers have it.
    """
    found: list[str] = []
    for policy in policies:
        directives = _directives(policy)
        for names, address, what in (
            (("script-src-elem", "script-src", "default-src"), script, "the chat's script"),
            (("connect-src", "default-src"), api, "its connection to the server"),
        ):
            name = next((name for name in names if name in directives), None)
            if name is not None and not _allows(directives[name], address, page):
                least = "'self'" if _origin(address) == _origin(page) else _origin(address)
                found.append(f"{what}: {names[-2] if name == 'default-src' else name} lacks {least}")
    return list(dict.fromkeys(found))


def _directives(policy: str) -> dict[str, list[str]]:
    """Of two of one name, the first counts."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        name, *sources = part.split()[:1] + part.split()[1:] if part.split() else [""]
        if name:
            found.setdefault(name.lower(), sources)
    return found


def _allows(sources: list[str], address: str, page: str) -> bool:
    lowered = [source.lower() for source in sources]
    if "'strict-dynamic'" in lowered:
        return False  # hosts do not count then: the tag needs the page's nonce
    return any(_matches(source, address, page) for source in lowered)


def _matches(source: str, address: str, page: str) -> bool:
    url = urlsplit(address.lower())
    if source == "*":
        return url.scheme in ("http", "https", "ws", "wss")
    if source == "'self'":
        return _origin(address) == _origin(page)
    if source.endswith(":"):
        return url.scheme == source[:-1] or (source == "http:" and url.scheme == "https")
    if source.startswith("'"):
        return False
    scheme, separator, rest = source.partition("://")
    if not separator:
        scheme, rest = urlsplit(page).scheme, source
        schemes = {scheme, "https"} if scheme == "http" else {scheme}
    else:
        schemes = {scheme, "https"} if scheme == "http" else {scheme}
    host, _, path = rest.partition("/")
    name, _, port = host.partition(":")
    return (
        url.scheme in schemes
        and _host_matches(name, url.hostname or "")
        and (port == "*" or _port_matches(port, url.scheme, url.port))
        and (not path or url.path == f"/{path}" or (path.endswith("/") and url.path.startswith(f"/{path}")))
    )


def _host_matches(pattern: str, host: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _port_matches(pattern: str, scheme: str, port: int | None) -> bool:
    usual = _PORTS.get(scheme)
    return int(pattern) == (port or usual) if pattern.isdecimal() else (port or usual) == usual


def _origin(address: str) -> str:
    parts = urlsplit(address.lower())
    return f"{parts.scheme}://{parts.netloc}"
