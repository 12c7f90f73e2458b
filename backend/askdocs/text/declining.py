"""Recognizes an answer that the model declines to give, by a marker of ours and not by what it says."""

from __future__ import annotations

import re
import unicodedata

MARKER = "NO_ANSWER_IN_PASSAGES"
"""What the model is told to write, before anything else, when the passages do not answer. No language says
this by chance, and an answer that began with these words would be none."""

_NO_LETTER = re.compile(r"[\W_]+")
_LETTERS = _NO_LETTER.sub("", MARKER).casefold()

_LONGEST = 2 * len(MARKER)
"""Characters that the marker may take with emphasis, quotes and spaces around and in it."""


class DeclineReader:
    """A reducer over the text of one answer: `feed` deltas, let out what it returns, `close` at the end.

    The marker counts as the very beginning, in any case and with any punctuation or spaces around and within
    it. Then nothing is let out, and `has_declined` is true. So at most the first `_LONGEST` characters are
    held back, and only while they spell the beginning of the marker. Later on the marker, as it stands, is
    not let out either.
    """

    def __init__(self) -> None:
        self.has_declined = False
        self._has_begun = False
        self._held = ""

    def feed(self, delta: str) -> str:
        self._held += delta
        return self._advance(final=False)

    def close(self) -> str:
        return self._advance(final=True)

    def _advance(self, *, final: bool) -> str:
        if not self._has_begun and not self._begin(final=final):
            return ""
        text = self._held.replace(MARKER, " ")  # what stood around it makes no other
        end = len(text) if final else len(text) - _begun_marker(text)
        self._held = text[end:]
        return text[:end]

    def _begin(self, *, final: bool) -> bool:
        """Whether the answer begins with what has come."""
        spelled = _NO_LETTER.sub("", unicodedata.normalize("NFKC", self._held).casefold())
        if self.has_declined or spelled.startswith(_LETTERS):
            self.has_declined, self._held = True, ""
            return False
        may_decline = _LETTERS.startswith(spelled) and len(self._held) < _LONGEST
        self._has_begun = final or not may_decline
        return self._has_begun


def _begun_marker(text: str) -> int:
    """How many characters at the end of a text may be the beginning of the marker."""
    lengths = range(min(len(text), len(MARKER) - 1), 0, -1)
    return next((length for length in lengths if text.endswith(MARKER[:length])), 0)
