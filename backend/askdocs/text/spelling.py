"""The words of a store that a misspelt or an unfinished one may stand for."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Mapping
from itertools import takewhile

_SHORTEST = 5
"""Letters. Words of four have neighbours by chance: "five" would be "file", "poll" "pull", "heat" "head"."""

_TWICE_FROM = 8
"""Letters from which a word may differ in two places."""

_STEM = 4
"""Letters of the shortest stem that a longer word is taken to be a form of."""


class Vocabulary:
    """The terms that a store holds, by first letter and length.

    Among 13,000 terms a word is looked up in 10 to 250 µs: most are told apart by the set of their letters,
    in which an edit changes two at most.
    """

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies
        self._sorted = sorted(frequencies)
        self._terms: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for term in frequencies:
            if term.isalpha():
                self._terms.setdefault((term[0], len(term)), []).append((_letters(term), term))

    def nearest(self, term: str) -> str | None:
        """The most frequent of the terms that differ least, for a term that the store lacks.

        They begin with the same letter and differ by one edit (a letter more, less, another one, or two
        exchanged), from eight letters on by two. None if there is none, and for short terms and identifiers.
        """
        if term in self._frequencies or len(term) < _SHORTEST or not term.isalpha():
            return None
        for edits in (1, 2) if len(term) >= _TWICE_FROM else (1,):
            near = [other for other in self._alike(term, edits) if _distance(term, other) <= edits]
            if near:
                return max(near, key=lambda other: (self._frequencies[other], other))
        return None

    def completions(self, beginning: str, *, most: int) -> list[str]:
        """The most frequent of the terms that begin so, itself included.

        Terms are stems, which a word that is nearly whole has outgrown ("configurati"): if no term begins so,
        the longest one that the beginning itself begins with.
        """
        start = bisect_left(self._sorted, beginning)
        going_on = (self._sorted[place] for place in range(start, len(self._sorted)))
        found = list(takewhile(lambda term: term.startswith(beginning), going_on))
        if found:
            return heapq.nlargest(most, found, key=lambda term: (self._frequencies[term], term))
        stems = (beginning[:length] for length in range(len(beginning) - 1, _STEM - 1, -1))
        return [stem for stem in stems if stem in self._frequencies][:1]

    def _alike(self, term: str, edits: int) -> list[str]:
        letters = _letters(term)
        return [
            other
            for length in range(len(term) - edits, len(term) + edits + 1)
            for mask, other in self._terms.get((term[0], length), ())
            if (mask ^ letters).bit_count() <= 2 * edits
        ]


def _letters(term: str) -> int:
    """The set of a term's letters as bits; a few letters share one."""
    mask = 0
    for letter in term:
        mask |= 1 << ord(letter) % 32
    return mask


def _distance(one: str, other: str) -> int:
    """Edits from one to the other, two neighbours exchanged counting as one (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            least = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, above = above, row
    return above[-1]
