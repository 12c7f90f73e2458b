"""Makes the anchors of headings as GitBook and HonKit do."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from askdocs.sources.slugs import slugify

_LATIN = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l", "đ": "d"})


@dataclass(slots=True)
class GitBookSlugs:
    """By the links within two published books, of 220 and 130 pages: pictures go, dots stay, and `id-` stands
    before a digit. GitBook writes other scripts in Latin letters, as "hui-hua" for Chinese; a heading in them
    has no anchor here, "", and its text is found under the one above."""

    _seen: dict[str, int] = field(default_factory=dict)

    def slug(self, heading: str) -> str:
        parts = unicodedata.normalize("NFD", heading.lower().translate(_LATIN))
        plain = "".join(char for char in parts if unicodedata.category(char) != "Mn")
        if any(char.isalpha() and not char.isascii() for char in plain):
            return ""
        kept = "".join("-" if char.isspace() else char for char in plain if char.isspace() or _is_kept(char))
        anchor = re.sub(r"-{2,}", "-", kept).strip("-")
        anchor = f"id-{anchor}" if anchor[:1].isdigit() else anchor
        count = self._seen.get(anchor, 0)
        self._seen[anchor] = count + 1
        return f"{anchor}-{count}" if anchor and count else anchor


class HonKitSlugs:
    """As HonKit 6.1 makes them, which does not tell headings of one name apart."""

    def slug(self, heading: str) -> str:
        return slugify(heading).replace("_", "")


def _is_kept(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "-_.")
