"""Text directives: what follows `:~:` in an address, so that browsers scroll to a sentence and mark it.

`text=[prefix-,]start[,end][,-suffix]`, percent-encoded. Browsers find each of the parts within one block
only, so what runs over several cells, or is long, is named by its first and last words. They take the first
place of the page that fits: while the whole page is at hand, `annotate` notes what stands beside a span that
would be found elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from urllib.parse import quote

from askdocs.text import spans
from askdocs.text.spans import Span
from askdocs.types import Beside, Block, Page

WHOLE = 80
"""Characters up to which a text is named whole."""

END_WORDS = 5
"""Words by which either end of a longer text is named."""

SHORT = 32
"""Characters below which what is no sentence is named with what stands beside it: a menu may say the same. Of
100 links into Docusaurus' docs two, of 20 characters, led to the title of another page."""

LINES_ABOVE = 12
"""Lines above a text, at most, where a link may begin that ends with it: both are in view then."""

TELLING = 6
"""Letters and digits below which nothing is quoted alone: `return {` or a bracket of code."""

LONGEST_PAGE = 200_000
"""Characters of a page beyond which its spans are not looked for elsewhere on it, which takes the square of
that: some 150,000 characters take a second. The longest page of the four evaluation corpora has 149,000."""

CONTEXT_WORDS = (4, 10)
"""Words of what stands beside a text: few, and more where these do not tell it apart."""


MOST_PLACES = 100
"""Places of a page that say the same, among which one is looked for: no reader would, either."""

_SPACE = 8
"""White space that may stand between a text and what is beside it."""


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
    """What leads to the span, "" if nothing does."""
    if not span.can_be_found:
        return ""
    return str(_told_apart(_usual(span), span.beside or Beside(span.number)))


def annotate(page: Page, pieces: Iterable[Sequence[Block]]) -> Iterator[tuple[Block, ...]]:
    """The pieces of a page, in reading order, with what has to be known beside their spans."""
    text = _PageText(page)
    if len(text) > LONGEST_PAGE:
        yield from map(tuple, pieces)
        return
    for piece in pieces:
        needed: dict[int, list[Beside]] = {}
        for span in spans.of(piece):
            found = text.beside(span)
            if found is not None:
                needed.setdefault(id(span.block), []).append(found)
        yield tuple(
            replace(block, beside=tuple(needed[id(block)])) if id(block) in needed else block
            for block in piece
        )


class _PageText:
    """What a browser finds on the page, a line for each of its blocks and each line of code.

    Menus that repeat the headings may stand before the text, so they do here. Case makes no difference.
    """

    def __init__(self, page: Page) -> None:
        lines = [(line, True) for line in (page.title, *_headings(page))]
        self._cursor = sum(len(line) + 1 for line, _ in lines)
        for section in page.sections:
            lines += [(line, True) for line in section.heading[-1:]]
            lines += [(line, False) for block in section.blocks for line in _lines(block)]
        self._text = "\n".join(line for line, _ in lines)
        self._lower = _lower(self._text)
        self._starts = list(accumulate((len(line) + 1 for line, _ in lines), initial=0))
        self._is_heading = [is_heading for _, is_heading in lines]

    def __len__(self) -> int:
        return len(self._text)

    def beside(self, span: Span) -> Beside | None:
        """What leads to the span where the page says it next, None if it needs nothing."""
        said = "\n".join(span.cells) or span.text
        start = self._lower.find(_lower(said), self._cursor)
        if start < 0:  # It was cut within a word.
            return None
        end = self._cursor = start + len(said)
        if _has_image(span) or sum(map(str.isalnum, said)) < TELLING:
            return None
        usual = _usual(span)
        is_found, may_be_title = self._leads_to(usual, start, end), _may_be_title(span, usual)
        if is_found and not may_be_title:
            return None
        for prefix, suffix in self._contexts(start, end, headings=not is_found):
            if self._leads_to(replace(usual, prefix=prefix, suffix=suffix), start, end):
                return Beside(span.number, prefix, suffix)
        if is_found:
            return None
        return Beside(span.number, start=self._start_before(usual, start, end))

    def _start_before(self, usual: Directive, start: int, end: int) -> str:
        """The beginning of the nearest line above, in the same section, that is found at its place."""
        line = bisect(self._starts, start) - 1
        for above in range(line - 1, max(0, line - LINES_ABOVE), -1):
            first, at = _first_words(self._line(above), END_WORDS), self._starts[above]
            if self._is_heading[above]:
                break
            named = Directive(first, usual.end or usual.start)
            if len(first) >= SHORT // 2 and self._find(_lower(first)) == at and self._ends_at(named, at, end):
                return first
        return ""

    def _contexts(self, start: int, end: int, *, headings: bool) -> Iterator[tuple[str, str]]:
        """Prefix and suffix, either or both, those first that are surest to stand beside the text; `headings`
        says that these will do, too."""
        pairs = []
        for words in CONTEXT_WORDS:
            nothing, before, after = _Context("", 0), self._before(start, words), self._after(end, words)
            pairs += [(before, nothing), (nothing, after), (before, after)]
        for prefix, suffix in sorted(pairs, key=lambda pair: max(pair[0].doubt, pair[1].doubt)):
            if (prefix.text or suffix.text) and (headings or max(prefix.doubt, suffix.doubt) < 2):
                yield prefix.text, suffix.text

    def _before(self, at: int, words: int) -> _Context:
        line = bisect(self._starts, at) - 1
        if text := _last_words(self._text[self._starts[line] : at], words):
            return _Context(text, 0)
        return _Context(_last_words(self._line(line - 1), words), 1 + self._is_heading[line - 1])

    def _after(self, at: int, words: int) -> _Context:
        line = bisect(self._starts, at - 1) - 1
        if text := _first_words(self._text[at : self._starts[line + 1]], words):
            return _Context(text, 0)
        if line + 1 == len(self._is_heading):
            return _Context("", 0)
        return _Context(_first_words(self._line(line + 1), words), 1 + self._is_heading[line + 1])

    def _line(self, number: int) -> str:
        return self._text[self._starts[number] : self._starts[number + 1] - 1]

    def _leads_to(self, directive: Directive, start: int, end: int) -> bool:
        """Whether the first place that fits is this one."""
        prefix, first, suffix = map(_lower, (directive.prefix, directive.start, directive.suffix))
        if not directive.end:
            return self._find(first, prefix=prefix, suffix=suffix) == start and end == start + len(first)
        return self._find(first, prefix=prefix) == start and self._ends_at(directive, start, end)

    def _ends_at(self, directive: Directive, start: int, end: int) -> bool:
        """Whether what ends first after a directive's beginning is this."""
        last, after = _lower(directive.end), start + len(directive.start)
        return self._find(last, after=after, suffix=_lower(directive.suffix)) == end - len(last)

    def _find(self, text: str, *, after: int = 0, prefix: str = "", suffix: str = "") -> int:
        """Where the text first stands between the two, parted by white space at most; -1 for nowhere."""
        at = self._lower.find(text, after)
        for _ in range(MOST_PLACES):
            end = at + len(text)
            before = self._lower[max(0, at - len(prefix) - _SPACE) : at].rstrip()
            behind = self._lower[end : end + len(suffix) + _SPACE].lstrip()
            if at < 0 or (before.endswith(prefix) and behind.startswith(suffix)):
                return at
            at = self._lower.find(text, at + 1)
        return -1


@dataclass(frozen=True, slots=True)
class _Context:
    """What stands beside a text. `doubt` is 0 within its block, where nothing can come between; 1 in another
    block; 2 in a heading, which may end in a link of its own."""

    text: str
    doubt: int


def _told_apart(usual: Directive, beside: Beside) -> Directive:
    if beside.start:
        return Directive(beside.start, usual.end or usual.start)
    return replace(usual, prefix=beside.prefix, suffix=beside.suffix)


def _usual(span: Span) -> Directive:
    texts = [cell for cell in span.cells if any(map(str.isalnum, cell))] or [span.text]
    if _has_image(span):  # What it shows is no text of the page.
        texts = [max(_without_images(span), key=len).strip()]
    if len(texts) == 1 and (len(texts[0]) <= WHOLE or len(texts[0].split()) < 2 * END_WORDS):
        return Directive(texts[0])
    return Directive(_first_words(texts[0], END_WORDS), _last_words(texts[-1], END_WORDS))


def _may_be_title(span: Span, usual: Directive) -> bool:
    is_line = not span.block.is_code and not usual.end
    return is_line and len(usual.start) < SHORT and usual.start[-1:].isalnum()


def _has_image(span: Span) -> bool:
    return any(shown and shown in span.text for shown in _shown(span.block))


def _shown(block: Block) -> Iterator[str]:
    """What the images of a line show, in words for those who do not see them."""
    yield from (block.text[one.start : one.end] for one in block.inlines if one.kind == "image")


def _without_images(span: Span) -> Iterator[str]:
    shown = "|".join(map(re.escape, filter(None, _shown(span.block))))
    yield from re.split(shown, span.text)


def _headings(page: Page) -> Iterator[str]:
    yield from (section.heading[-1] for section in page.sections if section.heading)


def _lines(block: Block) -> Iterator[str]:
    if block.is_code:
        yield from filter(None, map(str.strip, block.text.split("\n")))
    elif block.kind in ("row", "head"):
        yield from spans.cells(block)
    else:
        yield spans.without_marker(block)


def _first_words(text: str, most: int) -> str:
    found = re.match(rf"\s*(\S+(?:\s+\S+){{0,{most - 1}}})", text)
    return found[1] if found else ""


def _last_words(text: str, most: int) -> str:
    words = list(re.finditer(r"\S+", text))[-most:]
    return text[words[0].start() : words[-1].end()] if words else ""


def _lower(text: str) -> str:
    """In lower case, unless that changes places."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text


def _encode(text: str) -> str:
    """The hyphen, which `quote` leaves, means something in a directive, as comma and ampersand do."""
    return quote(text, safe="").replace("-", "%2D")
