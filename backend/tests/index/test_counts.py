import pytest

from askdocs.index.counts import TermCounts
from askdocs.text import bm25, chunking, tokens
from askdocs.text.bm25 import PageTerms
from askdocs.types import Block, Page, Section

PAGE = Page(
    "keys.md",
    "/keys",
    "Keys",
    (
        Section("", (), (Block("Keys sign sessions."),)),
        Section("rotate", ("Rotate",), (Block("Rotate keys, keys and keys."), Block("rotate_keys()", "py"))),
    ),
)


def test_page_is_counted_for_statistics_and_vectors_alike() -> None:
    counts = TermCounts()
    sections = chunking.section_terms(PAGE, tokens.terms)

    counted = counts.count(PAGE)
    terms, packed = counts.take(PAGE)

    assert counted == PageTerms.count(sections)
    assert PageTerms.from_bytes(terms) == counted
    assert packed == tuple(map(bm25.pack, sections))


def test_page_that_is_asked_for_again_counts_the_same() -> None:
    counts = TermCounts()

    assert counts.count(PAGE) == counts.count(PAGE)


def test_page_that_was_taken_is_forgotten() -> None:
    counts = TermCounts()
    counts.count(PAGE)
    counts.take(PAGE)

    with pytest.raises(KeyError):
        counts.take(PAGE)
