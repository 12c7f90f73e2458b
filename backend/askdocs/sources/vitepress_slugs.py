"""Makes the anchors of headings as VitePress does."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_COMBINING = re.compile("[̀-ͯ]")
_CONTROL = re.compile(r"[\x00-\x1f]")
_SPECIAL = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'“”‘’<>,.?/]+")


class VitePressSlugs:
    """Anchors that are unique on one page, where those that authors gave themselves are taken beforehand."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def slug(self, heading: str) -> str:
        anchor = base = slugify(heading)
        number = 0
        while anchor in self._taken:
            number += 1
            anchor = f"{base}-{number}"
        self._taken.add(anchor)
        return anchor


def slugify(text: str) -> str:
    bare = _CONTROL.sub("", _COMBINING.sub("", unicodedata.normalize("NFKD", text)))
    slug = re.sub("-{2,}", "-", _SPECIAL.sub("-", bare)).strip("-")
    return re.sub(r"^(\d)", r"_\1", slug, flags=re.ASCII).lower()
