"""Finds the tags of JSX and HTML in text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Literal

MAX_TAG = 4000
"""Characters that a tag may have in a line of text; what runs on longer is text."""

MAX_LINE = 10_000
"""Characters of a line in which tags are looked for."""

_NAME = re.compile(r"<(/?)([A-Za-z][\w.:-]*|(?=>))")
_ATTRIBUTE = re.compile(
    r"""\s*(?:([A-Za-z_][\w:.-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(?=(\{))))?|(?=(\{)))"""
)
_END = re.compile(r"\s*(/?)>")
_STRING = re.compile(r"""[`"']|[{}]""")
_PLAIN = re.compile(r"""\{\s*(?:"([^"]*)"|'([^']*)'|`([^`$]*)`)\s*\}""")
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Tag:
    start: int
    end: int
    name: str
    kind: Literal["open", "close", "void"]
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Their values as the text has them; in braces where they are expressions."""
    is_plain: bool = True
    """Whether it is also a tag of HTML: no attribute holds an expression."""

    @property
    def is_component(self) -> bool:
        return self.name[:1].isupper() or "." in self.name or not self.name

    def as_html(self) -> str:
        """The tag with those attributes that HTML has, too."""
        if self.kind == "close":
            return f"</{self.name}>"
        kept = "".join(
            f' {key}="{escape(unescape(value))}"'
            for key, value in self.attributes.items()
            if not value.startswith("{") and key != "style"
        )
        return f"<{self.name}{kept}{' /' if self.kind == 'void' else ''}>"


def line_tags(text: str, *, max_tag: int = MAX_TAG) -> tuple[list[Tag], int]:
    """The tags of the first line outside inline code, in order, and where the line ends.

    A tag may go on over lines; then the line is the one that it ends in. A line that is too long has none.
    """
    found: list[Tag] = []
    position, end = 0, _line_end(text, 0)
    spans = code_spans(text[:end]) if end <= MAX_LINE else [(0, end)]
    while (position := text.find("<", position, end)) >= 0:
        span = next((span for span in spans if span[0] <= position < span[1]), None)
        tag = tag_at(text, position, max_tag) if span is None else None
        if tag is None:
            position = span[1] if span else position + 1
            continue
        found.append(tag)
        position = tag.end
        if position > end:
            end = _line_end(text, position)
            spans = [(a + position, b + position) for a, b in code_spans(text[position:end])]
    return found, end


def all_tags(text: str) -> Iterator[Tag]:
    """The tags of HTML that is no Markdown, in order."""
    position = 0
    while (position := text.find("<", position)) >= 0:
        tag = tag_at(text, position)
        if tag is not None:
            yield tag
        position = tag.end if tag else position + 1


def tag_at(text: str, start: int, max_tag: int = MAX_TAG) -> Tag | None:
    """The tag that begins here; None if it is none, or goes on beyond the end of the text."""
    limit = min(len(text), start + max_tag)
    named = _NAME.match(text, start, limit)
    if not named:
        return None
    attributes: dict[str, str] = {}
    position, is_plain = named.end(), True
    while not (end := _END.match(text, position, limit)):
        found = _ATTRIBUTE.match(text, position, limit)
        if not found:
            return None
        position = found.end()
        key, double, single, assigned, spread = found.groups()
        value = double or single or ""
        if assigned or spread:
            is_plain = False
            closing = closing_brace(text, position, limit)
            if closing is None:
                return None
            value, position = text[position:closing], closing
            if plain := _PLAIN.fullmatch(value):
                value = next(filter(None, plain.groups()), "")
        if key:
            attributes[key] = value
    kind: Literal["open", "close", "void"] = "close" if named[1] else "void" if end[1] else "open"
    return Tag(start, end.end(), named[2] or "", kind, attributes, is_plain)


def _pairs(tags: Sequence[Tag]) -> set[int]:
    """The numbers of those tags that are closed, or opened, by another of them."""
    paired: set[int] = set()
    opened: list[int] = []
    for number, tag in enumerate(tags):
        if tag.kind == "open":
            opened.append(number)
        elif tag.kind == "close" and opened and tags[opened[-1]].name == tag.name:
            paired |= {number, opened.pop()}
    return paired


def stand_in_text(text: str, tags: Sequence[Tag]) -> bool:
    """Whether some of the text is outside of the tags, so that they are part of a sentence."""
    paired = _pairs(tags)
    depth = position = 0
    for number, tag in enumerate(tags):
        if depth == 0 and text[position : tag.start].strip():
            return True
        position = tag.end
        if tag.kind == "open":
            depth += 1
        elif number in paired:
            depth -= 1
    return depth == 0 and bool(text[position:].strip())


def closing_brace(text: str, start: int, limit: int) -> int | None:
    """Behind the brace that closes the one at `start`; strings may hold others. None before `limit`."""
    depth, position = 0, start
    while found := _STRING.search(text, position, limit):
        position = found.end()
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                return position
        else:
            end = limit if found[0] == "`" else min(limit, _line_end(text, position))
            closing = text.find(found[0], position, end)
            position = closing + 1 if closing >= 0 else position
    return None


def code_spans(line: str) -> list[tuple[int, int]]:
    """Where inline code begins and ends, in linear time."""
    if "`" not in line:
        return []
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(line)]
    later: dict[int, list[int]] = defaultdict(list)
    for number in range(len(runs) - 1, -1, -1):
        later[runs[number][1] - runs[number][0]].append(number)
    spans, number = [], 0
    while number < len(runs):
        start, end = runs[number]
        same = later[end - start]
        while same and same[-1] <= number:
            same.pop()
        if same:
            number = same.pop()
            spans.append((start, runs[number][1]))
        number += 1
    return spans


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
