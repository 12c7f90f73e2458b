"""Whether a question goes on from the one before it, told by what it says itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from askdocs.text.bm25 import Statistics

_OPENINGS = (
    "and",
    "or",
    "but",
    "also",
    "then",
    "so",
    "what about",
    "how about",
    "what if",
    # German
    "und",
    "oder",
    "aber",
    "was ist mit",
    "wie ist es mit",
    "wie sieht es mit",
)
_REFERENCES = (
    *("it", "its", "that", "this", "these", "those", "they", "them", "their", "there", "one", "ones", "too"),
    *("as well", "also", "then", "instead", "afterwards", "other", "others", "another", "opposite", "both"),
    *("same", "else"),
    # German, without "es" and "das", which are articles and fillers more often
    *("dies", "diese", "dieser", "dieses", "diesen", "diesem", "dort", "davon", "damit", "dafür", "dabei"),
    *("dazu", "darin", "auch", "dann", "sonst", "stattdessen", "umgekehrt", "beide", "beides", "andere"),
    *("anderen", "anderer", "anderes"),
)
_SIGNS = re.compile(rf"^\W*(?:{'|'.join(_OPENINGS)})\b|\b(?:{'|'.join(_REFERENCES)})\b", re.IGNORECASE)

_LEANING = 2.0
_STANDING = 0.7
"""Rare words with which a question with a sign of going on, and one without, leans on the one before by a
quarter.

Over 62 follow-ups and 149 changes of subject in four corpora: section MRR@10 .73 for follow-ups, and the
other subject changes the first section of 5 of the latter; without a look at signs or at what the question
says by itself (the square of the former question's share of the IDF of both) .68 and 22. With 1.5 to 3 for
the one and 0.5 to 1 for the other, .73 to .75 and 4 to 9; the corpora taken one at a time agree.
"""


def goes_on(question: str) -> bool:
    """Whether it opens like a follow-up ("and on Windows?") or names something that stands elsewhere ("how do
    I turn it off?"), in English or German."""
    return _SIGNS.search(question) is not None


def context_share(question: str, terms: Iterable[str], statistics: Statistics) -> float:
    """How much of a question's meaning, 0 to 1, is to be sought in the question before it.

    All of it where it has no term of its own, and the less the more its terms narrow down: `(k / (k + s))²`,
    where `s` is the IDF of its terms in units of the highest that there is. What the former question says
    does not matter, so a long one draws no more than a short one.
    """
    said = sum(statistics.idf(term) for term in set(terms)) / statistics.idf("")
    least = _LEANING if goes_on(question) else _STANDING
    return (least / (least + said)) ** 2
