"""Tells what kind of page a page is: one of the docs, or one that readers of the docs seldom ask for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from askdocs.types import PageKind, Section

LISTED = 0.4
"""Share of a page's text that is links, from which on a short one is a list of them. Of 336 pages of four
corpora 8 have .25 or more, all below .4 but a directory of 300 exporters, which is longer than `_SHORT`."""

_SHORT = 2000
"""Characters of a page that leads elsewhere; one with more of them says something itself."""

_LEAST_RELEASES = 3

_RELEASE = re.compile(
    r"\[?unreleased\]?"
    r"|\[?(?:version |release )?v?\d+(?:\.\d+)+(?:[-+.]\w+)*\]?(?: *[-–—(:].*)?"  # v3.0-rc.1 (2026-01-31)
    r"|\[?\(?\d{4}-\d{2}(?:-\d{2})?\)?\]?.*"
    r"|(?:\d{1,2}\.? )?[^\W\d_]{3,9}\.? (?:\d{1,2},? )?\d{4}",  # 3 June 2026, June 3, 2026
    re.IGNORECASE,
)
_NAME_BEFORE = re.compile(r"^(?:[^\W\d_]+ ){1,2}(?=v?\d+\.\d)")
"""The product, as in "Vite 6.0"."""

_FOR_CONTRIBUTORS = re.compile(
    r"\b(?:contribut(?:e|ing|ors?|ions?)|adrs?|rfcs?|(?:architecture |design )?decisions?(?: records?)?"
    r"|governance|code of conduct|maintainers?|mitwirken|beitragen)\b",
    re.IGNORECASE,
)


def of_content(sections: Sequence[Section], places: Iterable[str]) -> PageKind:
    """The kind that a page's text shows; `places` are the names of its folders and file, and of the
    categories that it is under.

    A changelog's outermost headings are mostly releases or days. A landing page is short and leads elsewhere.
    """
    if _is_changelog(sections):
        return "changelog"
    if any(_FOR_CONTRIBUTORS.search(re.sub(r"[-_]", " ", place)) for place in places):
        return "contributing"
    return "landing" if _leads_elsewhere(sections) else "docs"


def _is_changelog(sections: Sequence[Section]) -> bool:
    outermost = list(dict.fromkeys(section.heading[0] for section in sections if section.heading))
    releases = [one for one in outermost if _RELEASE.fullmatch(_NAME_BEFORE.sub("", one.strip()))]
    return len(releases) >= _LEAST_RELEASES and 2 * len(releases) >= len(outermost)


def _leads_elsewhere(sections: Sequence[Section]) -> bool:
    blocks = [block for section in sections for block in section.blocks]
    if any(block.is_code for block in blocks):
        return False
    text = sum(len(block.text) for block in blocks)
    links = sum(one.end - one.start for block in blocks for one in block.inlines if one.kind == "link")
    return text <= _SHORT and links >= LISTED * text > 0
