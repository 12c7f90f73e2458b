"""Counts the terms of pages, of each page once: for the store's statistics, and for its sections' vectors."""

from __future__ import annotations

from askdocs.index import analysis
from askdocs.text import bm25, chunking
from askdocs.text.bm25 import PageTerms, SectionTerms
from askdocs.types import Page


class TermCounts:
    """What was counted of the pages that are to be written, until they are.

    They wait because vectors need the average length, which only the statistics of all pages tell. Those of a
    page take 5 to 11 KB, on average over each of four evaluation corpora; the page itself takes 15 to 27.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[bytes, tuple[SectionTerms, ...]]] = {}

    def count(self, page: Page) -> PageTerms:
        """What the page adds to its store's statistics."""
        if page.path in self._waiting:
            return PageTerms.from_bytes(self._waiting[page.path][0])
        sections = chunking.section_terms(page, analysis.of_page(page))
        counted = PageTerms.count(sections)
        self._waiting[page.path] = counted.to_bytes(), tuple(map(bm25.pack, sections))
        return counted

    def take(self, page: Page) -> tuple[bytes, tuple[SectionTerms, ...]]:
        """The bytes of what `count` gave for the page, and its sections' terms, which are then forgotten."""
        return self._waiting.pop(page.path)
