"""Made-up chunks with vectors, as many as wanted, and queries near them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from askdocs.text import codec
from askdocs.types import Block, Chunk, HybridQuery, Point, Scope, SparseVector, Vector
from bench import corpus

STORE = "0f5c1d7e8a9b4c3d9e2f1a0b5c6d7e8f"
SCOPE = Scope(STORE, revision=7, version="2.0", locale="en")
DIMENSIONS = 384

_TOPICS, _SPREAD = 300, 0.06
_TERMS, _VOCABULARY = 60, 30_000
_QUESTION_TERMS = 7
_VERSIONS = ("1.0", "2.0")
_CHUNKS_PER_PAGE = 12
_TEXTS = 50


class Points:
    """The same points in every run. Chunks gather around topics, and terms are as uneven as in any text.

    Half of them are of the version that `SCOPE` sees, and one in ten was closed by an earlier revision.
    """

    def __init__(self) -> None:
        self._chance = np.random.default_rng(7)
        self._topics = self._chance.standard_normal((_TOPICS, DIMENSIONS)).astype(np.float32)
        self._topics /= np.linalg.norm(self._topics, axis=1, keepdims=True)
        rarity = 1 / np.arange(1, _VOCABULARY + 1)
        self._rarity = np.cumsum(rarity / rarity.sum())
        self._texts = [corpus.page(number)[:500] for number in range(_TEXTS)]

    def make(self, start: int, stop: int) -> Iterator[Point]:
        for number in range(start, stop):
            yield Point(
                id=str(uuid.UUID(int=number + 1)),
                dense=self._dense(),
                sparse=self._sparse(_TERMS, 0.2, 1.0),
                payload=self._payload(number),
            )

    def query(self) -> HybridQuery:
        """As one question makes it, with the weights that the settings have."""
        return HybridQuery(self._dense(), self._sparse(_QUESTION_TERMS, 1.0, 8.0), 0.5, 0.02, candidates=200)

    def _dense(self) -> Vector:
        near = self._topics[self._chance.integers(_TOPICS)]
        vector = near + self._chance.standard_normal(DIMENSIONS, np.float32) * np.float32(_SPREAD)
        unit: Vector = vector / np.linalg.norm(vector)
        return unit

    def _sparse(self, terms: int, least: float, most: float) -> SparseVector:
        drawn: NDArray[np.int64] = np.unique(
            np.searchsorted(self._rarity, self._chance.random(terms * 3 // 2))
        )
        drawn = np.sort(self._chance.permutation(drawn)[:terms])
        values = self._chance.uniform(least, most, len(drawn))
        return SparseVector(tuple(drawn.tolist()), tuple(values.tolist()))

    def _payload(self, number: int) -> dict[str, object]:
        page, position = divmod(number, _CHUNKS_PER_PAGE)
        chunk = Chunk(
            path=corpus.page_path(page),
            url=f"/docs/page-{page}",
            anchor=f"section-{position}",
            title=f"Page {page}",
            heading=(f"Section {position}",),
            version=_VERSIONS[page % 2],
            locale="en",
            language="en",
            section=position,
            position=position,
            blocks=(Block(self._texts[number % _TEXTS]),),
        )
        payload = codec.payload(chunk, store_id=STORE, revision=1 + number % SCOPE.revision)
        return payload | {"to_rev": SCOPE.revision - 1} if number % 10 == 0 else payload
