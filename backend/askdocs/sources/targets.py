"""Where the links of a page lead."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urljoin

SUFFIXES = (".md", ".mdx", ".markdown")
"""Of files that hold Markdown."""

INDEXES = frozenset({"index", "readme", "_index"})
"""Names of the files that stand for their folder."""

LONGEST = 2000
"""Characters of an address: what browsers and servers agree on."""

_WEB = re.compile(r"https?://[^/\s]|/(?![/\\])", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z\d+.-]*:|//", re.IGNORECASE)


def web_address(base: str, href: str) -> str:
    """The address on the web, or from the site's root, of a link on the page at `base`; "" for any other."""
    href = href.strip()
    if not href or (_SCHEME.match(href) and not _WEB.match(href)):
        return ""
    try:
        found = urljoin(base, href)
    except ValueError:  # such as http://[
        return ""
    return found if _WEB.match(found) and len(found) <= LONGEST and found.isprintable() else ""


def file_address(path: str, url: str, find: Callable[[str], str], href: str) -> str:
    """The address of a link in the file at `path`, whose page is at `url`.

    Links within the docs name files, as editors and GitHub follow them, or pages, as the built site has them.
    `find` gives the address of the page that a file holds. "" if there is none: no link is better than one
    that leads nowhere.
    """
    if not href or href.startswith("#") or _SCHEME.match(href):
        return web_address(url, href)
    name, mark, anchor = href.partition("#")
    name = unquote(name.partition("?")[0])
    folder = "" if name.startswith("/") else posixpath.dirname(path)
    target = posixpath.normpath(posixpath.join(folder, name.lstrip("/")))
    found = next(filter(None, map(find, _files(target))), "")
    return web_address(url, found + mark + anchor) if found else ""


def _files(target: str) -> Iterator[str]:
    """The files that may hold the page that a link names."""
    if target.lower().endswith(SUFFIXES):
        yield target
        return
    stem = target.removesuffix(".html")
    for suffix in SUFFIXES:
        yield stem + suffix
        yield from (posixpath.normpath(posixpath.join(target, index + suffix)) for index in sorted(INDEXES))
