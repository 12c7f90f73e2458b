"""Parses HTML into a tree."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser

from askdocs.errors import SourceError

MAX_DEPTH = 30_000
"""Levels of nested elements. Browsers stop at 512; the parser's time grows with the square of the depth."""

_NESTING = re.compile(
    r"<(/?)(?:a|article|aside|b|big|blockquote|code|dd|del|details|div|dl|dt|em|fieldset|figure|font|form|i|"
    r"ins|kbd|li|main|mark|nav|ol|pre|q|s|section|small|span|strike|strong|sub|sup|table|tbody|td|th|tr|tt|u|ul"
    r")\b",
    re.IGNORECASE,
)


def parse(html: str) -> LexborHTMLParser:
    """The page's tree. Raises SourceError when it nests deeper than `MAX_DEPTH`."""
    if len(html) > MAX_DEPTH and _depth(html) > MAX_DEPTH:
        raise SourceError("the page's elements nest too deep, so it was skipped.")
    return LexborHTMLParser(html)


def _depth(html: str) -> int:
    """How deep elements nest at most, taking the text by its word."""
    depth = deepest = 0
    for tag in _NESTING.finditer(html):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
    return deepest
