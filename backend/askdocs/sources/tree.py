"""Parses HTML into a tree."""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser

from askdocs.errors import SourceError

MAX_DEPTH = 12_000
"""Levels of nested elements. Browsers stop at 512; the parser's time grows with the square of the depth."""

MAX_STYLES = 1_000
"""Open `<b>`, `<font>` … at a time: by the standard, each of them is opened again in every paragraph."""

_OPENING = re.compile(r"<([a-z]+)")
_STYLES = ("b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u")
# Only elements that must be closed: others end where the next begins.
_NESTING = re.compile(
    rf"<(/?)(?:({'|'.join(_STYLES)})|article|aside|blockquote|details|div|dl|fieldset|figure|form|header|kbd"
    r"|main|mark|nav|ol|pre|q|section|span|sub|sup|table|ul)\b",
    re.IGNORECASE,
)


def parse(html: str) -> LexborHTMLParser:
    """The page's tree. Raises SourceError when the page nests deeper than anybody would write it."""
    if _nests_too_deep(html):
        raise SourceError("the page's elements nest too deep, so it was skipped.")
    return LexborHTMLParser(html)


def _nests_too_deep(html: str) -> bool:
    """Judged by the text alone, so that the parser never sees what it would choke on."""
    if html.count("<") <= MAX_STYLES:
        return False
    opened = Counter(_OPENING.findall(html.lower()))
    if opened.total() <= MAX_DEPTH and sum(opened[name] for name in _STYLES) <= MAX_STYLES:
        return False
    depth = styles = 0
    for tag in _NESTING.finditer(html):
        step = -1 if tag[1] else 1
        if tag[2]:
            styles = max(0, styles + step)
        else:
            depth = max(0, depth + step)
        if depth > MAX_DEPTH or styles > MAX_STYLES:
            return True
    return False
