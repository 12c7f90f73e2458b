"""Text directives: what follows `:~:` in an address, so that browsers scroll to a sentence and mark it.

`text=[prefix-,]start[,end][,-suffix]`, percent-encoded. Browsers find each of the parts within one block
only, so what runs over several cells, or is long, is named by its first and last words.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from askdocs.text.spans import Span

WHOLE = 80
"""Characters up to which a text is named whole."""

END_WORDS = 5
"""Words by which either end of a longer text is named."""


@dataclass(frozen=True, slots=True)
class Directive:
    start: str
    end: str = ""
    prefix: str = ""
    suffix: str = ""

    def __str__(self) -> str:
        parts = (
            f"{_encode(self.prefix)}-" if self.prefix else "",
            _encode(self.start),
            _encode(self.end),
            f"-{_encode(self.suffix)}" if self.suffix else "",
        )
        return f"text={','.join(filter(None, parts))}"


def directive(span: Span) -> str:
    """The one that leads to the span, as far as the span alone can tell."""
    return str(_usual(span))


def _usual(span: Span, *, words: int = END_WORDS) -> Directive:
    texts = [cell for cell in span.cells if any(map(str.isalnum, cell))] or [span.text]
    first, last = texts[0].split(" "), texts[-1].split(" ")
    if len(texts) == 1 and (len(texts[0]) <= WHOLE or len(first) < 2 * words):
        return Directive(texts[0])
    return Directive(" ".join(first[:words]), " ".join(last[-words:]))


def _encode(text: str) -> str:
    """The hyphen, which `quote` leaves, means something in a directive as comma and ampersand do."""
    return quote(text, safe="").replace("-", "%2D")
