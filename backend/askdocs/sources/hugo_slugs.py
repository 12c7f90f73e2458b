"""Makes the anchors of headings as Hugo does."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field


@dataclass(slots=True)
class HugoSlugs:
    """Anchors that are unique on one page, of the kind that `autoHeadingIDType` names."""

    kind: str = "github"
    _seen: set[str] = field(default_factory=set)

    def slug(self, heading: str) -> str:
        """Of a heading in several lines the last one counts."""
        anchor = base = sanitize(heading.rpartition("\n")[2], self.kind) or "heading"
        number = 0
        while anchor in self._seen:
            number += 1
            anchor = f"{base}-{number}"
        self._seen.add(anchor)
        return anchor


def sanitize(text: str, kind: str) -> str:
    """`github` keeps letters, digits and underscores, with a dash for each blank; `github-ascii` those of
    ASCII, once accents are removed; `blackfriday` has one dash for all between letters and numbers."""
    text = text.strip()
    if kind == "blackfriday":
        return re.sub(r"-+", "-", "".join(_blackfriday(char) for char in text)).strip("-")
    if kind == "github-ascii":
        text = without_accents(text).encode("ascii", "ignore").decode()
    kept = (char for char in text if char in "-_ " or _is_letter_or_digit(char))
    return "".join("-" if char == " " else char.lower() for char in kept)


def without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(char for char in parts if unicodedata.category(char) != "Mn"))


def _blackfriday(char: str) -> str:
    return char.lower() if unicodedata.category(char)[0] in "LN" else "-"


def _is_letter_or_digit(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] == "L" or category == "Nd"
