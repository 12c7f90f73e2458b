"""Text that readers and pages send, cleaned."""

from __future__ import annotations

import re
import unicodedata

from pydantic import AfterValidator, BeforeValidator

_UNSAYABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but line breaks and tabs, and halves of characters: databases refuse some of them."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Mn", "Zs", "Zl", "Zp"})
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols of Unicode that show nothing."""


def clean(text: str) -> str:
    """NFC, without what cannot be said. Takes quadratic time where accents follow each other: cut first."""
    return unicodedata.normalize("NFC", _UNSAYABLE.sub("", text)).strip()


def brief(length: int) -> AfterValidator:
    """Cuts and cleans what a page says of itself: readers cannot help its being long."""
    return AfterValidator(lambda text: clean(text[:length]))


def last(count: int) -> BeforeValidator:
    """Takes the last items of a list that may be long, and does not look at the others."""
    return BeforeValidator(lambda items: items[-count:] if isinstance(items, list) else items)


def is_invisible(char: str) -> bool:
    return unicodedata.category(char) in _INVISIBLE or char in _BLANK_LETTERS
