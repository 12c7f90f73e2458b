"""Rewrites admonitions, tabs and components as HTML that CommonMark lets through.

Docusaurus writes `:::note[Title]`, MkDocs `/// note | Title`, `!!! note "Title"` and `=== "Tab"`, GitHub
`> [!NOTE]`, MDX `<TabItem label="…">`. Each becomes a `div` on lines of its own with blank lines around it,
so that what is inside is still Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from askdocs.sources import jsx
from askdocs.sources.fences import Fences

MAX_DEPTH = 40
"""Containers within containers; deeper ones are text."""

MAX_TAG_LINES = 60

TAB_NAMES = frozenset({"TabItem", "Tab"})
SHOWN_ATTRIBUTES = ("title", "label", "summary", "heading", "header", "description", "caption", "alt")
"""Attributes of components whose text readers usually see."""

_FENCED = re.compile(r"(:{3,}|/{3,})[ \t]*([A-Za-z][\w-]*)(?=[\s\[{|]|$)[ \t]*(.*)$")
_FENCE_END = re.compile(r"(:{3,}|/{3,})$")
_INDENTED = re.compile(r'(!!!|\?\?\?\+?|===[+!]?)[ \t]+([\w -]*?)[ \t]*(?:"([^"]*)")?$')
_ALERT = re.compile(r"((?:[ \t]*>)+[ \t]*)\[!([A-Za-z]+)\]$")
_OPTION = re.compile(r"[ \t]{4,}[\w-]+:")
_UNSEEN = re.compile(r"\[\[?_?TOC_?\]?\]$|\{%.*%\}$", re.IGNORECASE)
"""A table of contents, which is made of the headings, or a statement of a template."""

_LABELLED = re.compile(r"\{[^{}]*\}")
_LABEL = re.compile(r"""\b(value|label)\s*:\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(slots=True)
class _Container:
    name: str
    """The marks that opened it, or the name of its tag."""
    indent: str
    closing: str = "</div>"
    strip: int | None = 0
    """Columns by which its lines are indented further than itself; None until its first line tells."""
    labels: Mapping[str, str] = field(default_factory=dict)


def rewrite(lines: Sequence[str], *, mdx: bool) -> list[str]:
    rewriter = _Rewriter(mdx)
    number = 0
    while number < len(lines):
        line, used = (lines[number], 1) if rewriter.is_in_code else _with_whole_tag(lines, number)
        rewriter.take(line)
        number += used
    rewriter.close(0)
    return rewriter.lines


def _with_whole_tag(lines: Sequence[str], number: int) -> tuple[str, int]:
    """The line, joined with those over which the tag that begins it goes on; how many that are."""
    line = lines[number]
    start = len(line) - len(line.lstrip())
    if not re.match(r"<[A-Za-z][\w.]*(?:\s|$)", line[start : start + 80]) or ">" in line:
        return line, 1
    rest = "\n".join(lines[number : number + MAX_TAG_LINES])[: jsx.MAX_TAG]
    tag = jsx.tag_at(rest, start)
    if tag is None:
        return line, 1
    used = rest.count("\n", 0, tag.end) + 1
    end = tag.end - rest.rfind("\n", 0, tag.end) - 1
    return rest[: tag.end].replace("\n", " ") + lines[number + used - 1][end:], used


@dataclass(slots=True)
class _Rewriter:
    mdx: bool
    lines: list[str] = field(default_factory=list)
    _stack: list[_Container] = field(default_factory=list)
    _fences: Fences = field(default_factory=Fences)
    _may_be_option: bool = False

    @property
    def is_in_code(self) -> bool:
        return bool(self._fences)

    def take(self, line: str) -> None:
        line = self._dedent(line)
        if self._fences.takes(line):
            self.lines.append(line)
            return
        text = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        is_option, self._may_be_option = self._may_be_option and bool(_OPTION.match(line)), False
        if is_option:
            self._may_be_option = True
        elif not text or (len(self._stack) >= MAX_DEPTH and not _FENCE_END.match(text)):
            self.lines.append(line)
        elif found := _FENCE_END.match(text):
            self._close_fenced(found[1])
        elif not (self._take_fenced(text, indent) or self._take_indented(text, indent)):
            if found := _ALERT.match(line.rstrip()):
                self.lines += [f"{found[1]}**{found[2].capitalize()}**", found[1]]
            elif "<" in text:
                self._take_tags(text, indent)
            elif not _UNSEEN.match(text):
                self.lines.append(line)

    def close(self, number: int) -> None:
        """Close the container at this depth and what is open within it."""
        while len(self._stack) > number:
            container = self._stack.pop()
            self.lines += ["", container.indent + container.closing, ""]

    def _dedent(self, line: str) -> str:
        """The line as it stands within its containers; closes those that it is not indented enough for."""
        if not self._stack or not line.strip():
            return line
        bare = line.lstrip()
        space = line[: len(line) - len(bare)].expandtabs(4)
        for number, container in enumerate(self._stack):
            further = len(space) - len(container.indent)
            if container.strip is None:
                container.strip = max(0, further) if not bare.startswith("</") else None
            elif container.name in ("!!!", "===") and further < container.strip and not self._fences:
                self.close(number)
                break
            space = space[max(0, min(container.strip or 0, further)) :]
        return space + bare

    def _take_fenced(self, text: str, indent: str) -> bool:
        found = _FENCED.match(text)
        if not found:
            return False
        marks, name, rest = found.groups()
        if rest.startswith("["):
            title = rest[1:].rpartition("]")[0]
        elif marks[0] == "/" and rest[:1] not in ("", "|"):
            return False
        else:
            title = re.sub(r"\{[^{}]*\}$", "", rest.removeprefix("|")).strip()
        self._may_be_option = marks[0] == "/"
        self._open_titled(_Container(marks, indent), name, title)
        return True

    def _take_indented(self, text: str, indent: str) -> bool:
        found = _INDENTED.match(text)
        if not found or not (found[2] or found[3]):
            return False
        if found[1].startswith("="):
            self._open_titled(_Container("===", indent, strip=4), "tab", found[3] or found[2])
        else:
            title = found[3] if found[3] is not None else found[2].split()[0]
            self._open_titled(_Container("!!!", indent, strip=4), found[2].split(" ")[0], title)
        return True

    def _close_fenced(self, marks: str) -> None:
        for number in range(len(self._stack) - 1, -1, -1):
            opened = self._stack[number].name
            if opened[:1] == marks[0] and (opened == marks or (marks[0] == ":" and len(opened) < len(marks))):
                self.close(number)
                return

    def _open_titled(self, container: _Container, name: str, title: str) -> None:
        if name == "tab":
            self._open(container, f'<div role="tabpanel" data-label="{_label(title)}">')
            return
        self._open(container, '<div class="admonition">')
        title = title or ("" if name in ("html", "code-group") else name.capitalize())
        if title:
            title_div = f'{container.indent}<div class="admonition-title">'
            self.lines += [title_div, "", container.indent + title, "", f"{container.indent}</div>", ""]

    def _open(self, container: _Container, html: str) -> None:
        self.lines += [container.indent + html, ""]
        self._stack.append(container)

    def _take_tags(self, text: str, indent: str) -> None:
        for tag in reversed([tag for tag in jsx.tags(text) if not self._is_flow(tag) and not tag.is_plain]):
            text = text[: tag.start] + tag.as_html() + text[tag.end :]
        tags = [tag for tag in jsx.tags(text) if self._is_flow(tag)]
        paired = jsx.pairs(tags)
        inline = jsx.stand_in_text(text, tags, paired)
        before, position = "", 0
        for number, tag in enumerate(tags):
            before += text[position : tag.start]
            position = tag.end
            if inline and (number in paired or tag.kind != "close"):
                before += "" if tag.is_component else tag.as_html()
                continue
            self._add(indent, before)
            before = ""
            self._take_tag(tag, indent)
        self._add(indent, before + text[position:])

    def _is_flow(self, tag: jsx.Tag) -> bool:
        return tag.is_component or (self.mdx and tag.name in jsx.FLOW_TAGS)

    def _take_tag(self, tag: jsx.Tag, indent: str) -> None:
        if tag.kind == "close":
            same = [number for number, each in enumerate(self._stack) if each.name == tag.name]
            if same:
                self.close(same[-1])
        elif tag.kind == "void":
            self._show_attributes(tag, indent)
        elif not tag.is_component:
            self._open(_Container(tag.name, indent, f"</{tag.name}>", strip=None), tag.as_html())
        elif tag.name in TAB_NAMES:
            value = tag.attributes.get("value", "")
            named = [each.labels[value] for each in self._stack if value in each.labels]
            label = tag.attributes.get("label") or tag.attributes.get("title") or (named or [value])[-1]
            panel = f'<div role="tabpanel" data-label="{_label(label)}">'
            self._open(_Container(tag.name, indent, strip=None), panel)
        elif tag.name == "Admonition":
            title = tag.attributes.get("title", "")
            self._open_titled(
                _Container(tag.name, indent, strip=None), tag.attributes.get("type", "note"), title
            )
        else:
            labels = _labels(tag.attributes.get("values", ""))
            hidden = " hidden" if tag.name == "Head" else ""
            self._open(_Container(tag.name, indent, strip=None, labels=labels), f"<div{hidden}>")
            self._show_attributes(tag, indent)

    def _show_attributes(self, tag: jsx.Tag, indent: str) -> None:
        for name in SHOWN_ATTRIBUTES:
            value = tag.attributes.get(name, "")
            if not value.startswith("{"):
                self._add(indent, value)

    def _add(self, indent: str, text: str) -> None:
        if text.strip():
            self.lines += [indent + text.strip(), ""] if "\n" not in text else [text]


def _label(text: str) -> str:
    return escape(text.replace("`", "").replace("*", "").strip())


def _labels(values: str) -> dict[str, str]:
    """Labels by values, as the `values` of `Tabs` list them."""
    labels = {}
    for entry in _LABELLED.findall(values[1:-1]):
        found = {key: double or single for key, double, single in _LABEL.findall(entry)}
        if "value" in found and "label" in found:
            labels[found["value"]] = found["label"]
    return labels
