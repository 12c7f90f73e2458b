"""Reads shortcodes: Hugo's `{{< name "value" key="value" >}}inner{{< /name >}}`, or the same with `%`, and
GitBook's blocks `{% name key="value" %}inner{% endname %}`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

MAX_VALUES = 200
"""Values and what is between them in a tag; what goes on longer is text."""

MAX_LINE = 1000
"""Characters of a line before a shortcode, and behind it, by which it is told whether it stands alone."""

_VALUE = r'"(?:\\.|[^"\\]){0,2000}+"|`[^`]{0,2000}+`'
HUGO = re.compile(
    r"\{\{(?P<mark>[<%])\s*(?P<close>/)?\s*(?P<name>[\w][\w./-]*)"
    rf"(?P<given>(?:{_VALUE}|(?:(?![%>]\}}\}}|/[%>]\}}\}}|\{{\{{[<%])[^\"`]){{1,2000}}+){{0,{MAX_VALUES}}}+)"
    r"(?P<void>/)?[%>]\}\}"
)
GITBOOK = re.compile(
    r"(?<!`)\{(?P<mark>%)-?\s*(?P<close>end(?=\w))?(?P<name>[@\w][\w./-]*)"
    rf"(?P<given>(?:{_VALUE}|(?:(?!-?%\}}|\{{%)[^\"`]){{1,2000}}+){{0,{MAX_VALUES}}}+)(?P<void>(?!))?-?%\}}"
)
_ARGUMENT = re.compile(rf"(?:([\w-]+)\s*=\s*)?({_VALUE}|[^\s\"`=]+)")
_COMMENTED = re.compile(r"\{\{([<%])/\*(.{0,2000}?)\*/([%>])\}\}", re.DOTALL)
_TAGGED = "\0"
"""Stands for each character of a tag; files are read without it."""

_INDENT = re.compile(r"([ \t>]*)((?:[-*+]|\d+[.)])[ \t]+)?[ \t]*")
_FENCE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(`{3,}|~{3,})(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shortcode:
    """A use of a shortcode. `inner` is what it encloses, with its shortcodes resolved; None without an end.

    `parent` is the shortcode around it, without what that encloses. `in_code` says that it is part of a
    fenced block of code. `stands_alone` says that but for shortcodes nothing is in its lines; then `indent`
    is what a line below must begin with to stand below it, blanks and marks of quotations, and `starts_line`
    says that it is the first of its line.
    """

    name: str
    values: Sequence[str] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    inner: str | None = None
    parent: Shortcode | None = None
    is_markdown: bool = False
    in_code: bool = False
    stands_alone: bool = False
    starts_line: bool = False
    indent: str = ""

    def value(self, position: int, *names: str) -> str:
        """What it was given by the first of these names that it has, or in this position; "" if neither."""
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.values[position] if position < len(self.values) else ""


Render = Callable[[Shortcode], str]


@dataclass(slots=True)
class _Open:
    """A shortcode whose end has not been reached."""

    tag: re.Match[str]
    shortcode: Shortcode
    parts: list[str] = field(default_factory=list)


class _Lines:
    """What stands around the tags of a text, and whether they are in code."""

    def __init__(self, text: str, tags: Sequence[re.Match[str]]) -> None:
        parts, position = [], 0
        for tag in tags:
            parts += [text[position : tag.start()], _TAGGED * (tag.end() - tag.start())]
            position = tag.end()
        self._blotted = "".join(parts) + text[position:]
        self._code = _code(text)

    def around(self, start: int, end: int) -> tuple[str, str]:
        """What but for tags is in the lines, before one place and behind the other."""
        before = self._blotted[max(0, start - MAX_LINE) : start].rpartition("\n")[2]
        after = self._blotted[end : end + MAX_LINE].partition("\n")[0]
        return before.replace(_TAGGED, ""), after.replace(_TAGGED, "")

    def starts(self, start: int) -> bool:
        """Whether no tag is before this place in its line."""
        return _TAGGED not in self._blotted[max(0, start - MAX_LINE) : start].rpartition("\n")[2]

    def is_code(self, start: int) -> bool:
        return bisect_right(self._code, start) % 2 == 1


def expand(text: str, render: Render, syntax: re.Pattern[str] = HUGO) -> str:
    """The text with each shortcode replaced by what `render` makes of it, the inner ones first. `syntax` is
    that of their tags, `HUGO` or `GITBOOK`. Hugo resolves them in code, too; what a page writes as
    `{{</* name */>}}`, to show it, becomes `{{< name >}}`."""
    if "{" not in text:
        return text
    tags = list(syntax.finditer(text))
    place = _Lines(text, tags)
    if syntax is not HUGO:
        tags = [tag for tag in tags if not place.is_code(tag.start())]
    ends = _ends(tags)
    whole: list[str] = []
    opened: list[_Open] = []
    position = 0
    for tag in tags:
        into = opened[-1].parts if opened else whole
        into.append(text[position : tag.start()])
        position = tag.end()
        if tag["close"]:
            if opened and ends[opened[-1].tag.start()] == tag.end():
                pair = opened.pop()
                into = opened[-1].parts if opened else whole
                inner = "".join(pair.parts)
                into.append(render(replace(pair.shortcode, inner=inner)))
            continue
        outer = opened[-1].shortcode if opened else None
        if tag.start() in ends:
            end = ends[tag.start()]
            opened.append(_Open(tag, _shortcode(tag, place, end, outer)))
        else:
            into.append(render(_shortcode(tag, place, tag.end(), outer)))
    whole.append(text[position:])
    expanded = "".join(whole)
    return uncomment(expanded) if syntax is HUGO else expanded


def uncomment(text: str) -> str:
    return _COMMENTED.sub(lambda found: f"{{{{{found[1]}{found[2]}{found[3]}}}}}", text)


def _ends(tags: Sequence[re.Match[str]]) -> dict[int, int]:
    """By where a shortcode begins, where its end ends. Those left open inside of another have none."""
    ends: dict[int, int] = {}
    opened: list[re.Match[str]] = []
    counts: dict[str, int] = {}
    for tag in tags:
        name = tag["name"]
        if not tag["close"]:
            if not tag["void"]:
                opened.append(tag)
                counts[name] = counts.get(name, 0) + 1
        elif counts.get(name):
            while True:
                last = opened.pop()
                counts[last["name"]] -= 1
                if last["name"] == name:
                    ends[last.start()] = tag.end()
                    break
    return ends


def _shortcode(tag: re.Match[str], lines: _Lines, end: int, parent: Shortcode | None) -> Shortcode:
    before, after = lines.around(tag.start(), end)
    found = _INDENT.fullmatch(before)
    alone = found is not None and not after.strip()
    values, named = _arguments(tag["given"])
    return Shortcode(
        name=tag["name"].lower(),
        values=values,
        named=named,
        parent=parent,
        is_markdown=tag["mark"] == "%",
        in_code=lines.is_code(tag.start()),
        stands_alone=alone,
        starts_line=alone and lines.starts(tag.start()),
        indent=found[1] + " " * len(found[2] or "") if found and alone else "",
    )


def _arguments(given: str) -> tuple[list[str], dict[str, str]]:
    values: list[str] = []
    named: dict[str, str] = {}
    for name, written in _ARGUMENT.findall(given):
        value = written[1:-1] if written[0] in '"`' else written
        if written[0] == '"':
            value = re.sub(r"\\(.)", r"\1", value)
        if name:
            named[name.lower()] = value
        else:
            values.append(value)
    return values, named


def _code(text: str) -> list[int]:
    """Where fenced code begins and ends, in turn."""
    bounds: list[int] = []
    fence = ""
    for found in _FENCE.finditer(text):
        marks, rest = found[1], found[2]
        if fence:
            if marks.startswith(fence) and not rest.strip():
                fence = ""
                bounds.append(found.end())
        elif marks[0] == "~" or "`" not in rest:
            fence = marks
            bounds.append(found.start())
    return bounds
