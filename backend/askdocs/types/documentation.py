"""What is read: pages, their sections and blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

BlockKind = Literal["prose", "item", "head", "row", "term", "definition"]
InlineKind = Literal["code", "link", "image"]
PageKind = Literal["docs", "landing", "changelog", "blog", "contributing"]
"""What a page is for: `docs` is what readers ask for; the others come after it, unless asked for."""


@dataclass(frozen=True, slots=True)
class Inline:
    """What the characters from `start` to `end` of a line are: code, the text of a link to `url`, or what an
    image shows."""

    kind: InlineKind
    start: int
    end: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands on the page beside the `number`th quotable thing of a block, which would be found elsewhere
    on the page first. Where that does not tell the two places apart, `start` is the beginning of a line above
    that does; all three are "" if there is none."""

    number: int
    prefix: str = ""
    suffix: str = ""
    start: str = ""

    @property
    def tells(self) -> bool:
        return bool(self.prefix or self.suffix or self.start)


@dataclass(frozen=True, slots=True)
class Block:
    """A line of text or a piece of code, in reading order.

    Code has a `language`, "" if nobody named it. A line of text has none and is prose, the first line of a
    list's item with its indentation and marker, a table's head with the rule below it, a table's row, the
    last two in Markdown, a term that is defined, or a line of its definition. `glue` is the white space
    between it and the block before it in its section. `inlines` of a line of text are in reading order, those
    that hold others before these.
    """

    text: str
    language: str | None = None
    kind: BlockKind = "prose"
    glue: str = "\n\n"
    inlines: tuple[Inline, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def is_code(self) -> bool:
        return self.language is not None

    @property
    def continues(self) -> bool:
        """Whether it goes on with the line, or the code, of the block before it, from which it was cut."""
        return self.glue != "\n\n" if self.is_code else "\n" not in self.glue

    def within(self, start: int, end: int) -> tuple[Inline, ...]:
        """The inlines of a part of the text, counted from its beginning; those that it cuts are cut."""
        return tuple(
            Inline(one.kind, max(one.start, start) - start, min(one.end, end) - start, one.url)
            for one in self.inlines
            if one.start < end and one.end > start
        )

    def joined(self, other: Block) -> Block:
        """This block, which goes on with `other`, from which it was cut."""
        shift = len(self.text) + len(other.glue)
        moved = (Inline(one.kind, one.start + shift, one.end + shift, one.url) for one in other.inlines)
        text = self.text + other.glue + other.text
        return replace(self, text=text, inlines=(*self.inlines, *moved), beside=self._beside_joined(other))

    def _beside_joined(self, other: Block) -> tuple[Beside, ...]:
        """Of code that was cut between lines; a line that was cut is found as a whole."""
        if not self.is_code or "\n" not in other.glue:
            return ()
        lines = sum(bool(line.strip()) for line in self.text.split("\n"))
        return (*self.beside, *(replace(one, number=one.number + lines) for one in other.beside))

    @property
    def markdown(self) -> str:
        """As readers and models see it; code with a fence that is longer than any within."""
        if self.language is None:
            return self.text
        fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", self.text)), default=0))
        return f"{fence}{self.language}\n{self.text}\n{fence}"


def markdown(blocks: Iterable[Block]) -> str:
    """The text of blocks that follow each other. What stands before the first is no part of it."""
    parts = [part for block in blocks for part in (block.glue, block.markdown)]
    return "".join(parts[1:])


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between one heading and the next.

    `anchor` is the id in the page's URL, "" for the page's introduction; `heading` is the path of headings
    below the page's title, outermost first, () for the introduction.
    """

    anchor: str
    heading: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of documentation as readers see it.

    `path` is its identity within the store and `source` the name of the source that it is from, "" for one
    without a name; `version` and `locale` are "" where the docs have none;
    `language` is the language the text is really written in, which differs from `locale` on a page that
    nobody has translated yet.
    """

    path: str
    url: str
    title: str
    sections: tuple[Section, ...]
    description: str = ""
    version: str = ""
    locale: str = ""
    language: str = ""
    kind: PageKind = "docs"
    source: str = ""
