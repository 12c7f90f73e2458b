"""What is indexed: chunks, their vectors, and what is found of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from askdocs.types.documentation import Block, PageKind, markdown

if TYPE_CHECKING:  # most commands have no vector in their hands, and NumPy takes them a tenth of a second
    import numpy as np
    from numpy.typing import NDArray

Vector: TypeAlias = "NDArray[np.float32]"

OPEN = 2**31 - 1
"""`to_rev` of a chunk or document that no revision has closed yet."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is embedded and retrieved: a piece of one section of one page.

    `blocks` are what readers and models see, code included; `dense_text` is what is embedded, "" in a chunk
    that was found. `section` counts the page's sections and `position` its chunks, both from 0.
    """

    path: str
    url: str
    anchor: str
    title: str
    heading: tuple[str, ...]
    version: str
    locale: str
    language: str
    section: int
    position: int
    blocks: tuple[Block, ...]
    dense_text: str = ""
    kind: PageKind = "docs"
    source: str = ""

    @property
    def text(self) -> str:
        """The blocks as Markdown."""
        return markdown(self.blocks)

    @property
    def link(self) -> str:
        """The page's URL, at this chunk's heading."""
        return f"{self.url}#{self.anchor}" if self.anchor else self.url

    @property
    def breadcrumb(self) -> str:
        return " > ".join((self.title, *self.heading))


@dataclass(frozen=True, slots=True)
class SparseVector:
    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A chunk with its vectors. `dense` has shape (d,) and length 1; `payload` is `codec.payload(…)`."""

    id: str
    dense: Vector
    sparse: SparseVector
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which chunks a query may see: one store at one revision, and, where given, one version and locale.

    A version or locale admits the chunks that carry it and those that carry none ("").
    """

    store_id: str
    revision: int
    version: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class HybridQuery:
    """A question as vectors. A chunk's score is `dense_weight · cosine + sparse_weight · dot(sparse)`.

    `dense` is None when the question could not be embedded: the query is then sparse alone. `candidates` is
    how many chunks each of the two lists contributes.
    """

    dense: Vector | None
    sparse: SparseVector
    dense_weight: float
    sparse_weight: float
    candidates: int = 100


MOST_SECTION_CHUNKS = 1000
"""Chunks that one request for sections brings: half a million characters, where a question needs 20,000."""


@dataclass(frozen=True, slots=True)
class ScoredPoint:
    id: str
    score: float
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hit:
    """`scores` say how well each block of the chunk fits, by the piece of its section in which it was
    found; () where that is not known."""

    chunk: Chunk
    score: float
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Features:
    """What tells whether the docs answer a question; also the weight that each of it has.

    `nearest` is the cosine of the chunk that is nearest in meaning, 0 where nothing could be compared, and
    `lead` by how much the score of the best section is above the mean of the best ones of the next pages.
    `coverage` is the share of the question's IDF that the best passage holds, and `missing` the highest IDF
    of a term that it lacks, as a share of the highest that there is.
    """

    nearest: float
    coverage: float
    lead: float
    missing: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How features of questions that one model embeds become the probability that the docs answer them.

    That is the logistic function of their weighted sum and `bias`. Below `decline` nothing is answered; from
    `sure` on an answer is not in doubt.
    """

    weights: Features
    bias: float
    decline: float
    sure: float
