"""A page as points: which texts of it are embedded, and how much each term says about them.

A section is seen in two ways. Its chunks are embedded without their code, which says little in the words that
readers use. The code view, further points that lead to the same chunks, is embedded in longer pieces with
their code, in which an option's name stands beside what it does. A section is as near as its nearest point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from askdocs.index import analysis
from askdocs.text import bm25, chunking
from askdocs.text.bm25 import SectionTerms
from askdocs.types import Chunk, Page, SparseVector, Vector

CODE_VIEW_CHARS = 900
"""Characters of a piece of the code view: about the 256 tokens that the local model reads."""

PAGE_SHARE = 0.2
"""How far a point's embedding is drawn to the mean of its page.

A section often leaves out what its page is about. Section recall@5 over four evaluation sets: .893 at 0, .899
at .1, .909 at .2, .912 at .3; MRR@10 .733, .736, .737, .734. Drawn apart from their page by as much, sections
that look alike are found less often.
"""

PIECE_SHARE = 1 / 3
"""How much of a point's terms is counted in its own text rather than in its whole section.

MRR@10 over the same sets: .729 at 0, .741 at .3, .737 at .4 and .5, where recall@5 is the same within .003.
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """What a point is made of: the chunk it leads to, the text that is embedded, and its terms' weights."""

    chunk: Chunk
    dense_text: str
    sparse: SparseVector


def cut(
    page: Page, sections: Sequence[SectionTerms], *, average_length: float, chunk_chars: int, code_view: bool
) -> list[Piece]:
    """The page's pieces: one for each chunk in reading order, then those of the code view.

    `sections` are the terms of the page's sections, `average_length` the terms of one in the whole store.
    """
    terms = analysis.of_page(page)
    chunks = chunking.split(page, max_chars=chunk_chars)
    seen = [(chunk, chunk.dense_text, "\n".join(_lines(chunk))) for chunk in chunks]
    if code_view:
        for _, of_section in groupby(chunks, key=lambda chunk: chunk.section):
            seen.extend(_code_view(list(of_section)))
    wholes = [bm25.document_vector(section, average_length) for section in sections]
    pieces = []
    for chunk, dense_text, text in seen:
        count = Counter(terms(text))
        count.update(chunking.heading_terms(chunk.title, chunk.heading, terms))
        part = bm25.document_vector(bm25.pack(count), average_length)
        sparse = bm25.blend(wholes[chunk.section], part, share=PIECE_SHARE)
        pieces.append(Piece(chunk, dense_text, sparse))
    return pieces


def towards_page(vectors: Vector) -> Vector:
    """The embeddings of all pieces of a page, of shape (n, d), each drawn to their mean; of length 1."""
    mixed = (1 - PAGE_SHARE) * vectors + PAGE_SHARE * vectors.mean(axis=0)
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), np.float32)


def _code_view(chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, str, str]]:
    """Of the chunks of one section: where a piece begins, what is embedded of it, and its text.

    Pieces that say what a chunk says already are left out: most sections are short and have no code.
    """
    known = {_squeezed(chunk.dense_text) for chunk in chunks}
    for chunk, text in _pieces(chunks):
        dense_text = f"{chunk.breadcrumb}\n{text}"
        if _squeezed(dense_text) not in known:
            yield chunk, dense_text, text


def _pieces(chunks: Sequence[Chunk]) -> Iterator[tuple[Chunk, str]]:
    """Lines put together as far as they fit, with the chunk that holds the first of them."""
    start, lines, size = chunks[0], list[str](), 0
    for chunk in chunks:
        for line in _lines(chunk):
            for at in range(0, len(line), CODE_VIEW_CHARS):
                part = line[at : at + CODE_VIEW_CHARS]
                if lines and size + len(part) > CODE_VIEW_CHARS:
                    yield start, "\n".join(lines)
                    lines, size = [], 0
                start = start if lines else chunk
                lines.append(part)
                size += len(part) + 1
    if lines:
        yield start, "\n".join(lines)


def _lines(chunk: Chunk) -> list[str]:
    return [line for block in chunk.blocks for line in block.text.split("\n")]


def _squeezed(text: str) -> str:
    """To an embedding model all white space is one."""
    return " ".join(text.split())
