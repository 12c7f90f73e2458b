"""What is let out of an answer's text, whoever composed it."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.text import tokens
from askdocs.text.addresses import AllowedHosts, is_visible
from askdocs.text.citations import CitationStream, Doubt
from askdocs.text.links import LinkFilter
from askdocs.text.spans import Span
from askdocs.text.visible import VisibleText
from askdocs.types import Citation, Hit, Site, Support


class CheckedText:
    """Checked citations, and links to the answer's sources or its site; anything else stays behind.

    What may be code is settled before marks are looked for, so that none stands where a reader sees text and
    we saw code. A mark that is dropped may leave a link behind, so links are looked at again afterwards.
    `doubts` is how often it may wait, at a mark, for somebody to `settle` a `doubt`.
    """

    def __init__(self, site: Site, hits: Sequence[Hit], *, doubts: int = 0) -> None:
        allowed = [*site.origins, *(hit.chunk.link for hit in hits)]
        self._visible = VisibleText()
        self._code = LinkFilter(allowed)
        self._citations = CitationStream(hits, terms=tokens.terms, doubts=doubts)
        self._links = LinkFilter(allowed)
        self._is_over = False
        self._hosts = AllowedHosts(allowed)

    @property
    def citations(self) -> tuple[Citation, ...]:
        return self._citations.citations

    @property
    def support(self) -> Support:
        return self._citations.support

    @property
    def doubt(self) -> Doubt | None:
        return self._citations.doubt

    def allows(self, url: str) -> bool:
        """Whether a link to this address is let out."""
        return is_visible(url) and self._hosts.allow(url)

    def feed(self, delta: str) -> str:
        return self._cite(self._code.feed(self._visible.feed(delta)))

    def settle(self, span: Span | None) -> str:
        return self._links.feed(self._citations.settle(span)) + self._last()

    def close(self) -> str:
        self._is_over = True
        said = self._cite(self._code.close())
        return said + self._links.feed(self._citations.close()) + self._last()

    def _cite(self, text: str) -> str:
        return self._links.feed(self._citations.feed(text))

    def _last(self) -> str:
        return self._links.close() if self._is_over and self.doubt is None else ""
