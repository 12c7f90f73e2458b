"""Finds the JSX tags in a line of MDX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Literal

from askdocs.sources.fences import code_spans

MAX_TAG = 4000
"""Characters that a tag may have; what runs on longer is text."""

MAX_LINE = 10_000
"""Characters of a line in which tags are looked for."""

_FLOW = """
    article aside center dd details div dl dt figcaption figure footer header li main ol p section summary
    table
    tbody td tfoot th thead tr ul
"""
FLOW_TAGS = frozenset(_FLOW.split())

_NAME = re.compile(r"<(/?)([A-Za-z][\w.:-]*|(?=>))")
_ATTRIBUTE = re.compile(
    r"""\s*(?:([A-Za-z_][\w:.-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|(?=(\{))))?|(?=(\{)))"""
)
_END = re.compile(r"\s*(/?)>")
_STRING = re.compile(r"""[`"']|[{}]""")
_PLAIN = re.compile(r"""\{\s*(?:"([^"]*)"|'([^']*)'|`([^`$]*)`)\s*\}""")


@dataclass(frozen=True, slots=True)
class Tag:
    start: int
    end: int
    name: str
    kind: Literal["open", "close", "void"]
    attributes: Mapping[str, str] = field(default_factory=dict)
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
            f' {key}="{escape(value)}"'
            for key, value in self.attributes.items()
            if not value.startswith("{") and key != "style"
        )
        return f"<{self.name}{kept}{' /' if self.kind == 'void' else ''}>"


def tags(line: str) -> Iterator[Tag]:
    """The tags outside inline code, in order."""
    if len(line) > MAX_LINE:
        return
    spans = code_spans(line)
    position = 0
    for found in re.finditer("<(?=[A-Za-z/>])", line):
        if found.start() < position:
            continue
        while spans and spans[0][1] <= found.start():
            spans.pop(0)
        if spans and spans[0][0] < found.start():
            continue
        tag = tag_at(line, found.start())
        if tag is not None:
            position = tag.end
            yield tag


def tag_at(text: str, start: int) -> Tag | None:
    """The tag that begins here; None if it is none, or goes on beyond the end of the text."""
    named = _NAME.match(text, start)
    if not named:
        return None
    attributes: dict[str, str] = {}
    position, is_plain = named.end(), True
    while not (end := _END.match(text, position)):
        found = _ATTRIBUTE.match(text, position)
        if not found or position - start > MAX_TAG:
            return None
        position = found.end()
        key, double, single, assigned, spread = found.groups()
        value = double or single or ""
        if assigned or spread:
            is_plain = False
            closing = _closing_brace(text, position)
            if closing is None:
                return None
            value, position = text[position:closing], closing
            if plain := _PLAIN.fullmatch(value):
                value = next(filter(None, plain.groups()), "")
        if key:
            attributes[key] = value
    kind: Literal["open", "close", "void"] = "close" if named[1] else "void" if end[1] else "open"
    return Tag(start, end.end(), named[2] or "", kind, attributes, is_plain)


def pairs(tags: Sequence[Tag]) -> set[int]:
    """The numbers of those tags that are closed, or opened, by another of them."""
    paired: set[int] = set()
    opened: list[int] = []
    for number, tag in enumerate(tags):
        if tag.kind == "open":
            opened.append(number)
        elif tag.kind == "close" and opened and tags[opened[-1]].name == tag.name:
            paired |= {number, opened.pop()}
    return paired


def stand_in_text(text: str, tags: Sequence[Tag], paired: set[int]) -> bool:
    """Whether some of the text is outside of the tags, so that they are part of a sentence."""
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


def _closing_brace(text: str, start: int) -> int | None:
    """Behind the brace that closes the one at `start`; strings may hold others."""
    depth, position = 0, start
    limit = min(len(text), start + MAX_TAG)
    while found := _STRING.search(text, position, limit):
        position = found.end()
        if found[0] == "{":
            depth += 1
        elif found[0] == "}":
            depth -= 1
            if depth == 0:
                return position
        else:
            closing = text.find(found[0], position, limit)
            position = closing + 1 if closing >= 0 else position
    return None
