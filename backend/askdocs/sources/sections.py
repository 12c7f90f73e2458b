"""Collects text in reading order into the sections and blocks of a page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from askdocs.sources.inlines import Line
from askdocs.types import Block, BlockKind, Section

MAX_HEADING = 200
"""Characters of a heading that make its name: every chunk below carries it. The rest is kept as prose."""

MAX_ANCHOR = 500


def squeeze(text: str) -> str:
    """One line with single spaces, which any database and any encoding takes."""
    line = " ".join(text.replace("\0", "").split())
    return line.encode("utf-8", "replace").decode() if not line.isascii() else line


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold() or text


def shorten(line: str) -> str:
    return line if len(line) <= MAX_HEADING else line[: MAX_HEADING - 1].rstrip() + "…"


@dataclass(slots=True)
class SectionWriter:
    """What was read so far. `title` is the page's; when unknown (""), a leading h1 gives it.

    A first heading of level 1 is the page's title as printed, whatever its id: what follows is still the
    introduction. Without `h1_is_title` that goes for one that says what the title says.
    """

    title: str
    h1_is_title: bool = True
    sections: list[Section] = field(default_factory=list)
    _anchor: str = ""
    _headings: list[tuple[int, str, str]] = field(default_factory=list)
    """The level, name and anchor of each heading above what is read now."""
    _is_new: bool = True
    _seen_heading: bool = False
    _blocks: list[Block] = field(default_factory=list)

    def add_heading(self, level: int, text: str, *, anchor: str | None) -> None:
        """Begin a section. Without an anchor of its own it keeps the nearest one above."""
        text = squeeze(text)
        if not text:
            return
        name = shorten(text)
        first, self._seen_heading = not self._seen_heading, True
        if first and level == 1 and (self._is_title(name) or (self.h1_is_title and not self._blocks)):
            if self._is_title(name):
                self.title = name
            if self.title != text:
                self.add_line(Line(text))
            return
        self._end_section()
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._begin_section(level, name, anchor)
        if name != text:
            self.add_line(Line(text))

    def begin_entry(self, name: str, *, anchor: str) -> None:
        """Begin the section of an object of an API, a level below what it is described in."""
        self._end_section()
        level = self._headings[-1][0] if self._headings else 1
        self._begin_section(level + 1, shorten(squeeze(name)), anchor)

    @property
    def depth(self) -> int:
        """How many headings and entries stand above what is read now."""
        return len(self._headings)

    def return_to(self, depth: int) -> None:
        """End the section, and go on with the one at this depth."""
        self._end_section()
        del self._headings[depth:]
        self._anchor = self._headings[-1][2] if self._headings else ""
        self._is_new = False

    def add_line(self, line: Line, *, kind: BlockKind = "prose", tight: bool = False) -> None:
        """Add a paragraph, or a line that continues the paragraph, list or table above it."""
        follows = tight and self._blocks and not self._blocks[-1].is_code
        glue = "\n" if follows else "\n\n"
        self._blocks.append(Block(line.text, kind=kind, glue=glue, inlines=line.inlines))

    def add_code(self, text: str, language: str) -> None:
        code = text.strip("\n").rstrip()
        if code.strip():
            self._blocks.append(Block(code, squeeze(language)))

    def finish(self) -> tuple[Section, ...]:
        self._end_section()
        return tuple(self.sections)

    def _is_title(self, text: str) -> bool:
        """Whatever marks either carries: Docusaurus names a page `The *title*` whose h1 is set in italics."""
        return not self.title or _letters(text) == _letters(self.title)

    def _begin_section(self, level: int, name: str, anchor: str | None) -> None:
        if anchor and len(anchor) <= MAX_ANCHOR:
            self._anchor = anchor
        self._headings.append((level, name, self._anchor))
        self._is_new = True

    def _end_section(self) -> None:
        if self._blocks or (self._headings and self._is_new):
            path = tuple(name for _, name, _ in self._headings)
            self.sections.append(Section(self._anchor, path, tuple(self._blocks)))
            self._blocks = []
