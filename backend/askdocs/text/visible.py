"""Takes out of a text what readers do not see, and what changes the order of what they see.

Invisible characters carry orders to a model past whoever reviews a page, and data past whoever reads an
answer; marks of direction show another command than the one that is copied; controls reach terminals.
"""

from __future__ import annotations

import re

_SPACES = re.compile("[\v\f\x1c-\x1f\x85\u2028\u2029]")
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"
_LOOKS = "\ufe0e\ufe0f"
_MEANT = re.compile(f"[{_JOINERS}{_LOOKS}]")


class VisibleText:
    """A reducer: `feed` a text in pieces, take what it returns; nothing is held back.

    Joiners are left where scripts and emoji use them: one, behind a character that is not ASCII. So is what
    chooses an emoji's look. Line breaks and tabs stay, other white space of old is a space.
    """

    def __init__(self) -> None:
        self._last = ""

    def feed(self, delta: str) -> str:
        text = _HIDDEN.sub("", _SPACES.sub(" ", delta))
        if _MEANT.search(text):
            text = "".join(filter(self._is_seen, text))
        self._last = text[-1:] or self._last
        return text

    def _is_seen(self, character: str) -> bool:
        if character in _JOINERS and (self._last.isascii() or self._last in _JOINERS):
            return False
        if character in _LOOKS and (not self._last or self._last in _JOINERS + _LOOKS):
            return False
        self._last = character
        return True


def visible(text: str) -> str:
    """A whole text, as `VisibleText` leaves it."""
    return VisibleText().feed(text)
