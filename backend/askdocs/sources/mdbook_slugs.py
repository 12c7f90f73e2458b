"""Makes the anchors of headings as mdBook does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from askdocs.sources.slugs import Slugger

_DASH = re.compile(r"(?<=\s)-{2,3}(?=\s)|(?<=\w)-{2,3}(?=\w)")
"""Two or three hyphens that mdBook makes a dash of. Before a word they are rather an option, in code."""


@dataclass(slots=True)
class MdBookSlugs:
    """As mdBook 0.5 makes them: letters, digits, `-` and `_`, and a hyphen for each blank."""

    _slugger: Slugger = field(default_factory=Slugger)

    def slug(self, heading: str) -> str:
        text = _DASH.sub("", heading.strip().lower())
        kept = ("-" if char.isspace() else char for char in text if _is_kept(char))
        return self._slugger.unique("".join(kept))


def _is_kept(char: str) -> bool:
    return char.isalnum() or char.isspace() or char in "-_"
