"""Which addresses an answer may lead to: relative ones, and those of the hosts that are allowed.

Readers of Markdown differ in whether they resolve references to characters and escapes in an address, in
what they trim from it, and in what they make of `\\`, `@` and dots of other scripts. So what decides where it
leads, its beginning, must be plain as it stands: then every reading of it leads to the same host.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_ABSOLUTE = re.compile(r"(?:https?://|(?=www\.))([^/?#]*)", re.IGNORECASE)
_RELATIVE = re.compile(r"/(?![/\\&])|(?!/)[^/\\&:?#]*(?:[/?#]|\Z)")
# Not seen, though Unicode counts them among letters, marks and symbols: fillers and variation selectors.
_BLANK = re.compile(
    "[ \u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


class AllowedHosts:
    """The hosts of the given addresses; relative ones among these name none.

    Names are compared as they are written, but for their case: what equals an allowed name leads where that
    leads, however browsers map international names. The other spelling of one (`xn--…`) is another name.
    """

    def __init__(self, urls: Iterable[str]) -> None:
        self._hosts = frozenset(_host(urlsplit(url).netloc) for url in urls) - {""}

    def allow(self, url: str) -> bool:
        """Whether an address, as Markdown writes it, is relative or of an allowed host in every reading."""
        if _ABSOLUTE.match(url):
            return self.allow_absolute(url)
        return _RELATIVE.match(url) is not None

    def allow_absolute(self, url: str) -> bool:
        """Whether an address is of an allowed host in every reading; `www.` needs no scheme before it."""
        absolute = _ABSOLUTE.match(url)
        return absolute is not None and _host(absolute[1]) in self._hosts


def is_visible(url: str) -> bool:
    """Whether an address holds no white space and nothing that is not seen, which some readers trim."""
    read = html.unescape(url)
    return read.isprintable() and url.isprintable() and not _BLANK.search(read)


def _host(netloc: str) -> str:
    return re.sub(r":(?:80|443)?\Z", "", netloc.lower())
