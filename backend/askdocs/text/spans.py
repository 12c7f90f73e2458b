"""What can be quoted of a passage, as readers see it: sentences, items, rows of tables, lines of code.

Markdown's own marks are no part of it: an item comes without its marker, a row as its cells. The first
sentence of a definition comes with the terms that it defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from askdocs.text import sentences
from askdocs.types import Beside, Block

_PIPE = re.compile(r"\s*\|\s*")
_COLONS = (":", "：")


@dataclass(frozen=True, slots=True)
class Span:
    """The `number`th thing that can be quoted of its block; of a row also the `cells` that have text, of the
    beginning of a definition the terms and the sentence.

    `lead` is what it is read with: the head of its table, the line that announces it, the terms it defines.
    """

    text: str
    block: Block
    number: int
    cells: tuple[str, ...] = ()
    lead: str = ""

    @property
    def beside(self) -> Beside | None:
        """What has to be known beside it to find it on its page, None if it is found without."""
        return next((one for one in self.block.beside if one.number == self.number), None)

    @property
    def can_be_found(self) -> bool:
        return self.beside is None or self.beside.tells


def of(blocks: Iterable[Block]) -> Iterator[Span]:
    """In reading order. No claim rests on a whole block of code, so each of its lines is one."""
    block: Block | None = None
    number, lead = 0, ""
    terms: list[Span] = []  # which are quoted with what defines them, or alone
    for sentence in sentences.of(blocks):
        if sentence.block is not block:
            block, number = sentence.block, 0
            if block.kind == "definition" and terms:
                lead = " ".join(term.text for term in terms)
                cells = (*(term.text for term in terms), sentence.text)
                yield Span(" ".join(cells), block, 0, cells=cells, lead=lead)
                terms, number = [], 1
                continue
            if block.kind != "term":
                yield from terms
                terms = []
            if block.kind in ("prose", "term") and not block.is_code:
                lead = ""
        if block.kind == "term":
            terms += _spans(sentence, number, lead)
            continue
        for span in _spans(sentence, number, lead):
            yield span
            number += 1
        if not block.is_code and sentence.text.endswith(_COLONS):
            lead = sentence.text
    yield from terms


def cells(block: Block) -> tuple[str, ...]:
    """What the cells of a row, or of a table's head, say to readers; those without text left out.

    A pipe in code, a link or an image is part of a cell.
    """
    row = block.text.split("\n", 1)[0]
    found, at = [], 0
    for pipe in _PIPE.finditer(row):
        if not any(one.start <= pipe.start() and pipe.end() <= one.end for one in block.inlines):
            found.append(_seen(block, at, pipe.start()))
            at = pipe.end()
    return tuple(filter(None, (*found, _seen(block, at, len(row)))))


def _seen(block: Block, start: int, end: int) -> str:
    """A part of the block's text without what images show."""
    parts, at = [], start
    for one in block.inlines:
        if one.kind == "image" and start <= one.start and one.end <= end:
            parts.append(block.text[at : one.start])
            at = one.end
    return " ".join("".join((*parts, block.text[at:end])).split())


def without_marker(block: Block) -> str:
    """An item's text, or that of any other line."""
    return sentences.MARKER.sub("", block.text, count=1) if block.kind == "item" else block.text.strip()


def _spans(sentence: sentences.Sentence, number: int, lead: str) -> Iterator[Span]:
    block = sentence.block
    if block.is_code:
        lines = filter(None, map(str.strip, sentence.text.split("\n")))
        yield from (Span(line, block, number + at, lead=lead) for at, line in enumerate(lines))
    elif block.kind == "row":
        of_row = cells(block)
        read_with = " ".join(filter(None, (lead, *cells(Block(sentence.head)))))
        yield Span(" ".join(of_row), block, number, cells=of_row, lead=read_with)
    else:
        yield Span(sentence.text, block, number, lead=lead)
