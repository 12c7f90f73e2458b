"""BM25 as sparse vectors, with statistics that belong to one store.

A document's vector holds how much each term says about its section, between 0 and 1: the term's count,
saturated by `K1` and normalized for length by `B`. A question's vector holds this store's IDF of each of its
terms. So their dot product is BM25 (without its constant factor K1 + 1), and below the sum of those IDFs.

Documents and frequencies are counted per section. A section comes as a mapping from term to count.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import blake2b
from itertools import chain
from math import log
from typing import Any, Self

from askdocs.text.spelling import Vocabulary
from askdocs.types import SparseVector

# Sections are short and much alike in length, which asks for less saturation and less normalization than
# whole documents do: section recall@5 .85 and .92 on the two evaluation sets, against .84 and .88 with the
# usual 1.2 and 0.75.
K1 = 0.9
B = 0.4

FEW = 2
"""Terms of a question so short that its stop words may be what it asks for. Over four evaluation sets neither
recall nor MRR changes at 1, 2 or 3; where stop words always count a little, recall@5 is .007 lower."""

DRIFT = 0.25
"""How far the average length may move, as a share, before the vectors made with the old one mislead."""


@dataclass(frozen=True, slots=True)
class PageTerms:
    """What one page adds to its store's statistics. `frequencies` counts the sections that hold a term."""

    sections: int
    total_terms: int
    frequencies: Mapping[str, int]

    @classmethod
    def count(cls, sections: Iterable[Mapping[str, int]]) -> Self:
        """Of a page's sections; those without terms do not count."""
        filled = [section for section in sections if section]
        frequencies = Counter(term for section in filled for term in section)
        return cls(len(filled), sum(sum(section.values()) for section in filled), frequencies)

    def to_bytes(self) -> bytes:
        return _pack([self.sections, self.total_terms, dict(self.frequencies)])

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises ValueError if these are not the bytes of a PageTerms."""
        sections, total_terms, frequencies = _unpack(data, fields=3)
        return cls(sections, total_terms, frequencies)


@dataclass(frozen=True, slots=True)
class SectionTerms:
    """How often each term counts in a section, where `document_vector` will need it: 8 bytes a term.

    `counts[n]` is that of the term whose place in a vector is `indices[n]`.
    """

    indices: array[int]
    counts: array[int]


@dataclass(frozen=True)
class Statistics:
    """A store's text in numbers, at one revision.

    `average_length` is the number of terms per section that the store's vectors were made with. It stays
    while pages come and go, until the caller makes all vectors again from `restated()`.
    """

    sections: int = 0
    total_terms: int = 0
    average_length: float = 0.0
    frequencies: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Made on first use, in 26 ms of 13,000 terms."""
        return Vocabulary(self.frequencies)

    @property
    def present_length(self) -> float:
        """The number of terms per section as the store is now, 0.0 when it is empty."""
        return self.total_terms / self.sections if self.sections else 0.0

    @property
    def drifted(self) -> bool:
        """Whether the vectors' average length is so far from the present one that they must be made again."""
        return abs(self.present_length - self.average_length) > DRIFT * self.average_length

    def restated(self) -> Self:
        return replace(self, average_length=self.present_length)

    def update(self, *, added: Iterable[PageTerms] = (), removed: Iterable[PageTerms] = ()) -> Self:
        """After these pages came and went. Raises ValueError if a removed page was never added."""
        sections, total_terms, frequencies = self.sections, self.total_terms, dict(self.frequencies)
        for page, sign in chain(((page, 1) for page in added), ((page, -1) for page in removed)):
            sections += sign * page.sections
            total_terms += sign * page.total_terms
            for term, count in page.frequencies.items():
                left = frequencies.pop(term, 0) + sign * count
                if left < 0:
                    raise ValueError(f"The statistics hold fewer sections with {term!r} than are removed.")
                if left:
                    frequencies[term] = left
        if sections < 0 or total_terms < 0:
            raise ValueError("The statistics hold fewer sections or terms than are removed.")
        return replace(self, sections=sections, total_terms=total_terms, frequencies=frequencies)

    def idf(self, term: str) -> float:
        """How much a term narrows down, always above 0; highest for a term that the store lacks."""
        count = self.frequencies.get(term, 0)
        return log(1 + (self.sections - count + 0.5) / (count + 0.5))

    def knows(self, term: str) -> bool:
        """Whether the store holds the term, or one that it may be a misspelling of."""
        return term in self.frequencies or self.vocabulary.nearest(term) is not None

    def to_bytes(self) -> bytes:
        """Equal statistics give equal bytes."""
        return _pack([self.sections, self.total_terms, self.average_length, dict(self.frequencies)])

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises ValueError if these are not the bytes of a Statistics."""
        sections, total_terms, average_length, frequencies = _unpack(data, fields=4)
        return cls(sections, total_terms, average_length, frequencies)


def pack(section: Mapping[str, int]) -> SectionTerms:
    """How often each term counts, by the terms' indices."""
    return SectionTerms(array("I", map(index, section)), array("I", section.values()))


def document_vector(section: SectionTerms, average_length: float) -> SparseVector:
    """What each term says about its section, from 0 to 1."""
    relative = sum(section.counts) / average_length if average_length else 1.0
    norm = K1 * (1 - B + B * relative)
    return _vector(
        (place, count / (count + norm)) for place, count in zip(section.indices, section.counts, strict=True)
    )


def blend(whole: SparseVector, part: SparseVector, *, share: float) -> SparseVector:
    """The weighted mean of two vectors, in which `part` has the weight `share` (0 to 1)."""
    kept = zip(whole.indices, whole.values, strict=True)
    added = zip(part.indices, part.values, strict=True)
    return _vector(
        [
            *((place, (1 - share) * value) for place, value in kept),
            *((place, share * value) for place, value in added),
        ]
    )


def query_vector(
    terms: Iterable[str],
    statistics: Statistics,
    *,
    context: Iterable[str] = (),
    share: float = 0.0,
    spelling: float = 0.0,
    particles: Iterable[str] = (),
) -> tuple[SparseVector, float]:
    """The IDF of each term of a question, once each, and their sum: 0.0 for a question without terms.

    Terms of the `context` that the question does not hold itself count as much as `share` (0 to 1) says. What
    a term that the store lacks may stand for counts besides, as much as `spelling` (0 to 1) says, and
    `particles` count half where hardly any other term is left. The dot product with a document's vector,
    divided by the sum, lies between 0 and 1.
    """
    weight = min(1.0, share / (1 - share)) if share < 1 else 1.0
    own = dict.fromkeys(terms)
    weights = {term: weight * statistics.idf(term) for term in context} if weight else {}
    if spelling:
        meant = filter(None, map(statistics.vocabulary.nearest, own))
        weights.update((term, spelling * statistics.idf(term)) for term in meant)
    if len(own) <= FEW:
        weights.update((term, statistics.idf(term) / 2) for term in particles)
    weights.update((term, statistics.idf(term)) for term in own)
    return _vector((index(term), weight) for term, weight in weights.items()), sum(weights.values())


def coverage(question: Iterable[str], text: Iterable[str], statistics: Statistics) -> float:
    """The share, 0 to 1, of a question's IDF that stands in a text; 0.0 for a question without terms."""
    wanted = {term: statistics.idf(term) for term in question}
    held = set(text)
    total = sum(wanted.values())
    return sum(idf for term, idf in wanted.items() if term in held) / total if total else 0.0


@lru_cache(maxsize=1 << 16)
def index(term: str) -> int:
    """A term's place in every sparse vector: 32 bits that never change."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def _vector(weights: Iterable[tuple[int, float]]) -> SparseVector:
    """Of weights by index; those of one index add up."""
    values: dict[int, float] = {}
    for place, weight in weights:
        values[place] = values.get(place, 0.0) + weight
    return SparseVector(tuple(sorted(values)), tuple(values[i] for i in sorted(values)))


def _pack(values: Sequence[Any]) -> bytes:
    return zlib.compress(json.dumps(values, sort_keys=True, separators=(",", ":")).encode(), 6)


def _unpack(data: bytes, *, fields: int) -> list[Any]:
    try:
        values = json.loads(zlib.decompress(data))
    except zlib.error as error:
        raise ValueError("These bytes are no statistics.") from error
    if not isinstance(values, list) or len(values) != fields or not isinstance(values[-1], dict):
        raise ValueError("These bytes are no statistics of this kind.")
    return values
