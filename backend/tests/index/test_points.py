"""A page's points show its sections twice, as readers ask for them and with their code."""

from __future__ import annotations

import numpy as np

from askdocs.index import points
from askdocs.index.counts import TermCounts
from askdocs.index.points import Piece
from askdocs.types import Block, Page, Section

FLAGS = "\n".join(f"--flag-{number} does thing {number}" for number in range(100))


def page(*blocks: Block) -> Page:
    return Page("cli.md", "/cli", "CLI", (Section("flags", ("Flags",), blocks),))


def cut(page: Page, *, code_view: bool = True, chunk_chars: int = 500) -> list[Piece]:
    counts = TermCounts()
    counts.count(page)
    _, sections = counts.take(page)
    return points.cut(page, sections, average_length=50.0, chunk_chars=chunk_chars, code_view=code_view)


def test_section_without_code_that_fits_is_embedded_once() -> None:
    pieces = cut(page(Block("One paragraph."), Block("Another one.")))

    assert [piece.dense_text for piece in pieces] == ["CLI > Flags\nOne paragraph.\n\nAnother one."]


def test_code_view_embeds_code_beside_its_text() -> None:
    chunk, view = cut(page(Block("Run this:"), Block("askdocs index", "bash")))

    assert chunk.dense_text == "CLI > Flags\nRun this:"
    assert view.dense_text == "CLI > Flags\nRun this:\naskdocs index"
    assert view.chunk == chunk.chunk


def test_pieces_of_the_code_view_lead_to_the_chunk_they_begin_in() -> None:
    first, second, *views = cut(page(Block("All flags."), Block(FLAGS, "text")), chunk_chars=400)

    assert [view.chunk for view in views] == [first.chunk, first.chunk, second.chunk]
    assert "\n".join(view.dense_text.partition("\n")[2] for view in views) == f"All flags.\n{FLAGS}"
    assert all(len(view.dense_text) < 950 for view in views)


def test_code_view_can_be_left_out() -> None:
    pieces = cut(page(Block("Run this:"), Block("askdocs index", "bash")), code_view=False)

    assert [piece.dense_text for piece in pieces] == ["CLI > Flags\nRun this:"]


def test_terms_of_the_piece_itself_weigh_more_than_those_of_its_section() -> None:
    near, far = cut(page(Block("alpha " * 20), Block("omega " * 20)), chunk_chars=130, code_view=False)

    weights = [dict(zip(piece.sparse.indices, piece.sparse.values, strict=True)) for piece in (near, far)]
    assert weights[0].keys() == weights[1].keys()
    assert sum(weights[0][place] > weights[1][place] for place in weights[0]) == 1
    assert sum(weights[1][place] > weights[0][place] for place in weights[0]) == 1


def test_embeddings_are_drawn_to_their_page_and_keep_their_length() -> None:
    vectors = np.eye(3, dtype=np.float32)

    drawn = points.towards_page(vectors)

    assert np.allclose(np.linalg.norm(drawn, axis=1), 1)
    assert np.all(drawn @ drawn.T > 0)
    assert np.allclose(points.towards_page(vectors[:1]), vectors[:1])
