"""Cuts pages into chunks along their headings, and puts the chunks of a section together again.

A section's text is cut at paragraphs, then at lines, sentences and words, as far as it must be. Code stays
whole where it stands and does not count against the text, so that an explanation keeps its example.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from hashlib import blake2b
from typing import Any

from askdocs.text import fragments, sentences
from askdocs.types import Block, BlockKind, Chunk, Page, Section, markdown

CHUNKER = "4"
"""Changes whenever the points of an unchanged page do: collections of different ones do not mix."""

HEADING_WEIGHT = 3
TITLE_WEIGHT = 1
"""How often a section's own heading counts among its terms, and how often the headings above it."""

CODE_SHARE = 3
"""A chunk holds at most this many times `max_chars` of code; a longer block of code is cut."""

GLIMPSE = 300
"""How many characters of code stand in for prose in `dense_text` where a piece has no prose."""

GAP = Block("…")
"""Stands for what is left out between two chunks of a section."""

Split = Callable[[str], list[str]]
"""Parts of a text, each with the white space after it."""

_SEAMS: Sequence[Split] = (sentences.split, re.compile(r"\S+\s*|\s+").findall)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Blocks that are not parted any more. `head` is that of their table, to stand above those that open a
    chunk without it."""

    blocks: tuple[Block, ...]
    head: Block | None = None

    @property
    def is_code(self) -> bool:
        return self.blocks[0].is_code

    def opening(self) -> tuple[Block, ...]:
        return (self.head, *self.blocks) if self.head else self.blocks


def split(page: Page, *, max_chars: int) -> list[Chunk]:
    """The page's chunks in reading order, at least one.

    `dense_text` holds at most `max_chars` characters of prose after the breadcrumb, `blocks` that prose and
    at most `CODE_SHARE * max_chars` of code.
    """
    cut = [
        (number, section, piece)
        for number, section in enumerate(_sections(page))
        for piece in _pieces(_units(section.blocks, max_chars), max_chars)
    ]
    annotated = fragments.annotate(page, (piece for _, _, piece in cut))
    pieces = [(number, section, piece) for (number, section, _), piece in zip(cut, annotated, strict=True)]
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
            blocks=piece,
            dense_text="\n".join((" > ".join((page.title, *section.heading)), _prose(piece))),
            kind=page.kind,
            source=page.source,
        )
        for position, (number, section, piece) in enumerate(pieces)
    ]


def passage(section: Sequence[Chunk], found: Sequence[Chunk], *, max_chars: int) -> Chunk:
    """The best of the `found` chunks, which come best first, with what fits of the others of its section.

    A section that fits comes whole. Of another one come the best chunk and, as far as they fit, the first,
    which says what the section is about, the others that were found, and the nearest. Chunks that a block of
    code or a table was cut into come together, if they fit. The text has at most `max_chars` characters,
    fences and gaps included, unless the best chunk alone has more.

    They are in reading order, with `GAP` for what was left out between. `section` may lack chunks.
    """
    best = found[0]
    known = {chunk.position: chunk for chunk in (*section, *found)}
    parts = list(_parts([known[position] for position in sorted(known)], max_chars))
    part_of = {chunk.position: part for part in parts for chunk in part}
    near = sorted(parts, key=lambda part: abs(part[0].position - best.position))
    taken = _placed(part_of[best.position])
    merged = _merged(best, taken)
    wanted = (parts[0], *(part_of[chunk.position] for chunk in found))
    for number, part in enumerate((*wanted, *near)):
        more = taken | _placed(part)
        longer = _merged(best, more) if len(more) > len(taken) else merged
        if len(longer.text) <= max_chars:
            taken, merged = more, longer
        elif number >= len(wanted):
            break
    return merged


def beginning(section: Sequence[Chunk], *, max_chars: int) -> Chunk | None:
    """The first chunks of a section as far as they fit, None if not even the first one does."""
    merged: Chunk | None = None
    for count in range(1, len(section) + 1):
        longer = _merged(section[0], _placed(section[:count]))
        if len(longer.text) > max_chars:
            break
        merged = longer
    return merged


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
            count.update(heading_terms(page.title, section.heading, terms))
        counts.append(count)
    return counts


def heading_terms(title: str, heading: Sequence[str], terms: Callable[[str], list[str]]) -> list[str]:
    """The terms of a section's headings and its page's title, each as often as it counts."""
    *above, own = (title, *heading)
    return terms(own) * HEADING_WEIGHT + terms("\n".join(above)) * TITLE_WEIGHT


def content_hash(page: Page) -> str:
    """Changes with anything that a reader, a link or a search can see of the page; `path` is its identity."""
    about = [page.url, page.title, page.description, page.version, page.locale, page.language]
    if page.kind != "docs":  # pages that were indexed before there were kinds need not be written anew
        about.append(page.kind)
    sections = [_content(section) for section in page.sections]
    return blake2b(json.dumps((about, sections)).encode(), digest_size=16).hexdigest()


def section_hashes(page: Page) -> dict[str, tuple[int, str]]:
    """By anchor: the number that a section's chunks carry, and a hash of all that is read there."""
    return {
        section.anchor: (
            number,
            blake2b(json.dumps(_content(section)).encode(), digest_size=16).hexdigest(),
        )
        for number, section in enumerate(_sections(page))
    }


def _content(section: Section) -> tuple[Any, ...]:
    blocks = [
        (block.text, block.language, block.kind, block.glue, *map(astuple, block.inlines))
        for block in section.blocks
    ]
    return section.anchor, section.heading, blocks


def _sections(page: Page) -> Sequence[Section]:
    """A page without any text still has its headings to be found by."""
    if any(block.text.strip() for section in page.sections for block in section.blocks):
        return page.sections
    lines = [page.title, page.description, *(" > ".join(section.heading) for section in page.sections)]
    said = [line for line in lines if line.strip()] or [page.url]
    return [Section("", (), tuple(Block(line, glue="\n") for line in said))]


# cutting


def _units(blocks: Iterable[Block], max_chars: int) -> Iterator[_Unit]:
    for group in _paragraphs(blocks):
        if group[0].is_code:
            yield from (_Unit((part,)) for part in _cut_code(group[0], CODE_SHARE * max_chars))
        elif _size(group) - len(group[0].glue) <= max_chars:
            yield _Unit(group)
        else:
            yield from _cut_lines(group, max_chars)


def _paragraphs(blocks: Iterable[Block]) -> Iterator[tuple[Block, ...]]:
    """Blocks that stand together: a paragraph, a list, a table with what names it, a block of code."""
    group: list[Block] = []
    for block in blocks:
        if not block.text.strip():
            continue
        if group and (block.is_code or group[0].is_code or block.glue == "\n\n"):
            yield tuple(group)
            group = []
        group.append(block)
    if group:
        yield tuple(group)


def _cut_lines(lines: Sequence[Block], limit: int) -> Iterator[_Unit]:
    """Each line by itself, rows with the head of their table where it leaves them room, a definition's first
    line with the terms."""
    head: Block | None = None
    waiting: tuple[Block, ...] = ()  # the head or the terms, until something stands below
    for line in lines:
        if line.kind == "term" and _size((*waiting, line)) <= limit // 2:
            head, waiting = None, (*waiting, line)
            continue
        if line.kind == "definition" and waiting:
            first, *rest = _cut(line, limit - _size(waiting))
            yield _Unit((*waiting, first))
            yield from (_Unit((part,)) for part in rest)
            waiting = ()
            continue
        if head and line.kind == "row":
            for row in _cut(line, limit - len(head.text) - 1):
                yield _Unit((*waiting, row), None if waiting or row.continues else head)
                waiting = ()
            continue
        if waiting:
            yield _Unit(waiting)
        is_head = line.kind == "head" and limit >= 2 * len(line.text)
        head, waiting = (line, (line,)) if is_head else (None, ())
        if not is_head:
            yield from (_Unit((part,)) for part in _cut(line, limit))
    if waiting:
        yield _Unit(waiting)


def _cut(block: Block, limit: int, seams: Sequence[Split] = _SEAMS) -> Iterator[Block]:
    """Parts of at most `limit` characters; cut at the first seams that do."""
    if len(block.text) <= limit:
        yield block
        return
    if seams:
        parts = seams[0](block.text)
    else:
        parts = [block.text[start : start + limit] for start in range(0, len(block.text), limit)]
    kind: BlockKind = "prose" if block.kind == "head" else block.kind
    glue, at = block.glue, 0
    for part in parts:
        if said := part.rstrip():
            inlines = block.within(at, at + len(said))
            yield from _cut(Block(said, kind=kind, glue=glue, inlines=inlines), limit, seams[1:])
            kind, glue = "prose", part[len(said) :]
        at += len(part)


def _cut_code(block: Block, limit: int) -> Iterator[Block]:
    """Parts of at most `limit` characters, between lines where these are not longer themselves."""
    code = block.text.strip("\n").rstrip()
    if len(code) <= limit:
        yield replace(block, text=code)
        return
    lines: list[str] = []
    glue, size = block.glue, 0
    for line in code.split("\n"):
        for start in range(0, len(line), limit) or [0]:
            part = line[start : start + limit]
            if lines and size + len(part) > limit:
                yield replace(block, text="\n".join(lines), glue=glue)
                lines, size, glue = [], 0, "" if start else "\n"
            lines.append(part)
            size += len(part) + 1
    if "".join(lines).strip():
        yield replace(block, text="\n".join(lines), glue=glue)


# putting together


def _pieces(units: Iterable[_Unit], max_chars: int) -> Iterator[tuple[Block, ...]]:
    piece: list[Block] = []
    prose = code = 0
    for unit in units:
        size = _size(unit.blocks)
        full = code + size > CODE_SHARE * max_chars if unit.is_code else prose + size > max_chars
        if piece and full:
            yield tuple(piece)
            piece, prose, code = [], 0, 0
        added = unit.blocks if piece else unit.opening()
        size = _size(added) - (0 if piece else len(added[0].glue))
        _extend(piece, added)
        prose, code = (prose, code + size) if unit.is_code else (prose + size, code)
    if piece:
        yield tuple(piece)


def _parts(chunks: Sequence[Chunk], max_chars: int) -> Iterator[tuple[Chunk, ...]]:
    """Chunks of a section, in order, by what should not be parted."""
    part: tuple[Chunk, ...] = ()
    for chunk in chunks:
        if (
            part
            and _goes_on(part[-1], chunk)
            and len(_merged(chunk, _placed((*part, chunk))).text) <= max_chars
        ):
            part = (*part, chunk)
            continue
        if part:
            yield part
        part = (chunk,)
    if part:
        yield part


def _goes_on(above: Chunk, below: Chunk) -> bool:
    """Whether a block of code, a table or a line was cut between two chunks."""
    if below.position != above.position + 1:
        return False
    first = below.blocks[0]
    if first.kind == "head":
        return first.text == _head_above(above.blocks)
    return first.continues and first.is_code is above.blocks[-1].is_code


def _placed(chunks: Iterable[Chunk]) -> dict[int, Chunk]:
    return {chunk.position: chunk for chunk in chunks}


def _merged(best: Chunk, taken: Mapping[int, Chunk]) -> Chunk:
    return replace(best, blocks=_together([taken[position] for position in sorted(taken)]))


def _together(chunks: Sequence[Chunk]) -> tuple[Block, ...]:
    """The blocks of chunks of one section, which come in reading order."""
    blocks: list[Block] = []
    for number, chunk in enumerate(chunks):
        first, *rest = chunk.blocks
        if number and chunk.position != chunks[number - 1].position + 1:
            blocks += [GAP, replace(first, glue="\n\n"), *rest]
        elif first.kind == "head" and first.text == _head_above(blocks):
            _extend(blocks, rest)
        else:
            _extend(blocks, chunk.blocks)
    return tuple(blocks)


def _extend(blocks: list[Block], more: Iterable[Block]) -> None:
    """Add blocks; what was cut in two becomes one again."""
    for block in more:
        last = blocks[-1] if blocks else None
        if last and block.continues and block.is_code is last.is_code:
            blocks[-1] = last.joined(block)
        else:
            blocks.append(block)


def _head_above(blocks: Sequence[Block]) -> str:
    """The head of the table whose row stands last, "" if no row does."""
    if not blocks or blocks[-1].kind != "row":
        return ""
    above = next((block for block in reversed(blocks) if block.kind != "row"), None)
    return above.text if above and above.kind == "head" else ""


def _size(blocks: Iterable[Block]) -> int:
    """Characters, without the fences of code."""
    return sum(len(block.glue) + len(block.text) for block in blocks)


def _prose(piece: Sequence[Block]) -> str:
    prose = markdown(block for block in piece if not block.is_code).strip()
    return prose or "\n".join(block.text for block in piece)[:GLIMPSE]
