"""What of a section to show beside a hit: the line that says most about the words, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from askdocs.types import Block

LENGTH = 160
"""Characters: two lines of a search dialog on a desktop, four on a phone."""

_BEFORE = 40
"""Characters of the cut text before the first word that was found."""

_WORD = re.compile(r"[^\W_]+(?:[-_.'’/][^\W_]+)*")
_MARKER = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_CELLS = re.compile(r"\s*\|\s*")
_SIGNS = re.compile(r"[`*]+")
_SPACE = re.compile(r"\s+")

Matches = Callable[[str], bool]
"""Whether a word is one of those that were searched for."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`marks` are the places of the words in `text`, from and to, in its order."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


def excerpt(blocks: Iterable[Block], matches: Matches) -> Excerpt:
    """The line with the most different words of those that match, prose before code; the first line if none
    has any. Lines of code count by themselves."""
    lines = [line for line in _lines(blocks) if line]
    if not lines:
        return Excerpt("")
    best = max(lines, key=lambda line: len(_matching(line, matches)))
    return _cut(best, matches)


def mark(text: str, matches: Matches) -> tuple[tuple[int, int], ...]:
    """The places of the words of a text that match."""
    return tuple(word.span() for word in _WORD.finditer(text) if matches(word[0]))


def _lines(blocks: Iterable[Block]) -> Sequence[str]:
    prose: list[str] = []
    code: list[str] = []
    for block in blocks:
        if block.is_code:
            code.extend(_SPACE.sub(" ", line).strip() for line in block.text.splitlines())
        else:
            prose.append(_plain(block))
    return prose + code


def _plain(block: Block) -> str:
    """A line as it looks on the page: without a list's marker, a table's bars and rule, signs of Markdown."""
    text = block.text
    if block.kind == "head":
        text = text.partition("\n")[0]
    if block.kind in ("head", "row"):
        text = _CELLS.sub(" · ", text).strip(" ·")
    if block.kind == "item":
        text = _MARKER.sub("", text, count=1)
    return _SPACE.sub(" ", _SIGNS.sub("", text)).strip()


def _matching(line: str, matches: Matches) -> set[str]:
    return {word[0].lower() for word in _WORD.finditer(line) if matches(word[0])}


def _cut(line: str, matches: Matches) -> Excerpt:
    """From a little before the first word that matches, between words, with dots where something is cut."""
    places = mark(line, matches)
    start = 0
    if len(line) > LENGTH and places and places[0][0] > LENGTH - _BEFORE:
        start = line.rfind(" ", 0, max(1, places[0][0] - _BEFORE)) + 1
    text = line[start:]
    if len(text) > LENGTH:
        end = text.rfind(" ", 0, LENGTH)
        text = text[: end if end > 0 else LENGTH] + "…"
    if start:
        text = "…" + text
    return Excerpt(text, mark(text, matches))
