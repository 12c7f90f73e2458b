"""Cuts pages into chunks along their headings.

A section's prose is cut at paragraphs, then at lines, sentences and words, as far as it must be. Code stays
whole where it stands and does not count against the prose, so that an explanation keeps its example.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b

from askdocs.types import Block, Chunk, Page, Section

CHUNKER = "1"
"""Changes whenever the chunks or terms of an unchanged page do: collections of different ones do not mix."""

HEADING_WEIGHT = 3
TITLE_WEIGHT = 1
"""How often a section's own heading counts among its terms, and how often the headings above it."""

CODE_SHARE = 3
"""A chunk holds at most this many times `max_chars` of code; a longer block of code is cut."""

GLIMPSE = 300
"""How many characters of code stand in for prose in `dense_text` where a piece has no prose."""

_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_SEAMS = (
    re.compile(r"(\n)"),
    re.compile(r"((?<=[.!?])[^\S\n]+|(?<=[。！？]))"),
    re.compile(r"([^\S\n]+)"),
)
_TABLE = re.compile(r"(?=[^|\n]*\|)([^\n]*\n[ \t|:]*-[-|: \t]*)\n")


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not cut any more. `glue` stands before it within a piece, `head` when it opens a piece."""

    text: str
    glue: str
    head: str = ""
    language: str | None = None

    @property
    def is_code(self) -> bool:
        return self.language is not None

    def opening(self) -> _Unit:
        return replace(self, text=f"{self.head}\n{self.text}" if self.head else self.text, glue="")


def split(page: Page, *, max_chars: int) -> list[Chunk]:
    """The page's chunks in reading order, at least one.

    `dense_text` holds at most `max_chars` characters of prose after the breadcrumb, `text` that prose and at
    most `CODE_SHARE * max_chars` of code.
    """
    pieces = [
        (number, section, piece)
        for number, section in enumerate(_sections(page))
        for piece in _pieces(_units(section.blocks, max_chars), max_chars)
    ]
    return [
        Chunk(
            path=page.path,
            url=page.url,
            anchor=section.anchor,
            title=page.title,
            heading=section.heading,
            version=page.version,
            locale=page.locale,
            language=page.language,
            section=number,
            position=position,
            text=_text(piece),
            dense_text="\n".join((" > ".join((page.title, *section.heading)), _prose(piece))),
        )
        for position, (number, section, piece) in enumerate(pieces)
    ]


def merge(best: Chunk, others: Iterable[Chunk], *, max_chars: int) -> Chunk:
    """A chunk with the text of `others` from its section, most important first, as far as they fit.

    The text is in reading order, with an ellipsis for what was left out between. Readers find more of what
    they asked for in it than in the one piece that matched.
    """
    taken, size = {best.position: best.text}, len(best.text)
    for chunk in others:
        same = (chunk.path, chunk.section) == (best.path, best.section) and chunk.position not in taken
        if same and size + len(chunk.text) <= max_chars:
            taken[chunk.position] = chunk.text
            size += len(chunk.text)
    text = ""
    for position in sorted(taken):
        glue = "\n\n" if position - 1 in taken else "\n\n…\n\n"
        text += (glue if text else "") + taken[position]
    return replace(best, text=text)


def section_terms(page: Page, terms: Callable[[str], list[str]]) -> list[Counter[str]]:
    """How often each term counts in each section: `section_terms(page, terms)[chunk.section]` is a chunk's.

    `terms` makes terms of a text. Code counts like prose, headings by their weights. A section that has no
    chunk has no terms.
    """
    counts = []
    for section in _sections(page):
        body = "\n".join(block.text for block in section.blocks)
        count = Counter(terms(body) if body.strip() else ())
        if count:
            *above, own = (page.title, *section.heading)
            count.update(terms(own) * HEADING_WEIGHT)
            count.update(terms("\n".join(above)) * TITLE_WEIGHT)
        counts.append(count)
    return counts


def content_hash(page: Page) -> str:
    """Changes with anything that a reader, a link or a search can see of the page; `path` is its identity."""
    seen = asdict(page)
    del seen["path"]
    return blake2b(json.dumps(seen, sort_keys=True).encode(), digest_size=16).hexdigest()


def _sections(page: Page) -> Sequence[Section]:
    """A page without any text still has its headings to be found by."""
    if any(block.text.strip() for section in page.sections for block in section.blocks):
        return page.sections
    lines = [page.title, page.description, *(" > ".join(section.heading) for section in page.sections)]
    return [Section("", (), (Block("\n".join(line for line in lines if line.strip()) or page.url),))]


def _units(blocks: Iterable[Block], max_chars: int) -> Iterator[_Unit]:
    for block in blocks:
        if block.language is not None:
            yield from _code_units(block.text, block.language, CODE_SHARE * max_chars)
        else:
            for paragraph in _PARAGRAPH.split(block.text):
                yield from _prose_units(paragraph.strip("\n").rstrip(), max_chars)


def _code_units(code: str, language: str, limit: int) -> Iterator[_Unit]:
    code = code.strip("\n").rstrip()
    lines: list[str] = []
    size = 0
    for line in code.split("\n") if len(code) > limit else [code]:
        for start in range(0, len(line), limit) or [0]:
            part = line[start : start + limit]
            if size + len(part) > limit:
                yield _Unit("\n".join(lines), "\n\n", language=language)
                lines, size = [], 0
            lines.append(part)
            size += len(part) + 1
    if "".join(lines).strip():
        yield _Unit("\n".join(lines), "\n\n", language=language)


def _prose_units(paragraph: str, limit: int) -> Iterator[_Unit]:
    table = _TABLE.match(paragraph)
    if table and len(paragraph) > limit >= 2 * len(table[1]):
        yield from _table_units(table[1], paragraph[table.end() :], limit)
        return
    opening = True
    for glue, text in _cut(paragraph, limit, _SEAMS):
        yield _Unit(text, "\n\n" if opening else glue)
        opening = False


def _table_units(head: str, rows: str, limit: int) -> Iterator[_Unit]:
    """Rows, of which each that opens a piece repeats the table's head."""
    opening = True
    for glue, row in _cut(rows, limit - len(head) - 1, _SEAMS):
        yield _Unit(f"{head}\n{row}", "\n\n") if opening else _Unit(row, glue, head=head)
        opening = False


def _cut(text: str, limit: int, seams: Sequence[re.Pattern[str]]) -> Iterator[tuple[str, str]]:
    """Parts of at most `limit` characters, each with what stood before it; cut at the first seams that do."""
    if len(text) <= limit:
        if text.strip():
            yield "", text
    elif not seams:
        yield from (("", text[start : start + limit]) for start in range(0, len(text), limit))
    else:
        parts = seams[0].split(text)  # a part, a seam, a part, …
        for seam, part in zip(["", *parts[1::2]], parts[::2], strict=True):
            for number, (glue, small) in enumerate(_cut(part, limit, seams[1:])):
                yield glue if number else seam, small


def _pieces(units: Iterable[_Unit], max_chars: int) -> Iterator[list[_Unit]]:
    piece: list[_Unit] = []
    prose = code = 0
    for unit in units:
        size = len(unit.glue) + len(unit.text)
        full = code + size > CODE_SHARE * max_chars if unit.is_code else prose + size > max_chars
        if piece and full:
            yield piece
            piece, prose, code = [], 0, 0
        piece.append(unit if piece else unit.opening())
        size = len(piece[-1].glue) + len(piece[-1].text)
        prose, code = (prose, code + size) if unit.is_code else (prose + size, code)
    if piece:
        yield piece


def _text(piece: Sequence[_Unit]) -> str:
    return "".join(
        unit.glue + (_fenced(unit.text, unit.language) if unit.language is not None else unit.text)
        for unit in piece
    )


def _fenced(code: str, language: str) -> str:
    """As Markdown, with a fence that is longer than any in the code."""
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", code)), default=0))
    return f"{fence}{language}\n{code}\n{fence}"


def _prose(piece: Sequence[_Unit]) -> str:
    prose = "".join(unit.glue + unit.text for unit in piece if not unit.is_code).strip()
    return prose or "\n".join(unit.text for unit in piece)[:GLIMPSE]
