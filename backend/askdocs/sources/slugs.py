"""Makes the anchors of headings, as github-slugger does."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Protocol

_KEPT = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Mn", "Mc", "Me", "Pc"})
_CIRCLED = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
"""Letters in circles and squares: alphabetic by Unicode, symbols by category."""


class Slugs(Protocol):
    """Makes the anchors of one page."""

    def slug(self, heading: str) -> str:
        """The anchor of the page's next heading, of which this is the text."""
        ...


@dataclass(slots=True)
class Slugger:
    """Anchors that are unique on one page. `trims` says that blanks at the ends of a heading make no dashes:
    Astro keeps one before a component."""

    trims: bool = True
    _seen: dict[str, int] = field(default_factory=dict)

    def slug(self, heading: str) -> str:
        return self.unique(slugify(heading.strip() if self.trims else heading))

    def unique(self, anchor: str) -> str:
        """The anchor, with a number behind it where the page has it already."""
        base = anchor
        while anchor in self._seen:
            self._seen[base] += 1
            anchor = f"{base}-{self._seen[base]}"
        self._seen[anchor] = 0
        return anchor


def slugify(text: str) -> str:
    return "".join("-" if char == " " else char for char in text.lower() if _is_kept(char))


def _is_kept(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in "-_ "
    return unicodedata.category(char) in _KEPT or any(low <= ord(char) <= high for low, high in _CIRCLED)
