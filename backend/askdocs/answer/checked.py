"""What is let out of an answer's text, whoever composed it."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.text import tokens
from askdocs.text.citations import CitationStream
from askdocs.text.links import LinkFilter
from askdocs.types import Citation, Hit, Site, Support


class CheckedText:
    """Checked citations, and links to the answer's sources or its site; anything else stays behind."""

    def __init__(self, site: Site, hits: Sequence[Hit]) -> None:
        self._citations = CitationStream(hits, terms=tokens.terms)
        self._links = LinkFilter([*site.origins, *(hit.chunk.link for hit in hits)])

    @property
    def citations(self) -> tuple[Citation, ...]:
        return self._citations.citations

    @property
    def support(self) -> Support:
        return self._citations.support

    def feed(self, delta: str) -> str:
        return self._links.feed(self._citations.feed(delta))

    def close(self) -> str:
        return self._links.feed(self._citations.close()) + self._links.close()
