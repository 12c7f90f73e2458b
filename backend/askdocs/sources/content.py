"""Reads the content of a page, as HTML, into sections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborNode

from askdocs.sources.anchors import own_anchor
from askdocs.sources.boilerplate import HEADINGS, classes, is_dropped
from askdocs.sources.entries import Entry, entry
from askdocs.sources.inlines import Line, Markers, clean, joined, plain
from askdocs.sources.sections import SectionWriter, squeeze
from askdocs.sources.tabs import is_labelled_code, is_tab_list, is_tab_panel, labels_code
from askdocs.types import BlockKind, Section

_BLOCK_TAGS = """
    address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure
    form header hgroup hr html legend li main menu ol p pre section summary table tbody td tfoot th thead tr
    ul
"""
BLOCKS = frozenset(_BLOCK_TAGS.split())

LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}

_TITLES = """
    admonition-title admonitionHeading theme-admonition-title markdown-alert-title codeBlockTitle
"""
TITLES = frozenset(_TITLES.split())
"""Classes of elements whose text names what follows, like a summary."""

UNNAMED = frozenset({"default", "none", "plain", "plaintext", "text", "txt", "undefined"})
"""What generators call code whose language nobody named."""

MAX_INDENT = 8
"""Levels of nested lists that are indented; deeper ones stay at that depth."""

_LANGUAGE = re.compile(r"(?:^|\s)(?:language|lang|highlight-source|highlight)-([\w+#.-]+)")

INLINE_CODE = frozenset({"code", "kbd", "samp", "tt"})

Attributes = Mapping[str, str | None]
Resolve = Callable[[str], str]
"""Where a link of the page leads: an address for readers, "" if none is known."""


@dataclass(frozen=True, slots=True)
class Content:
    title: str
    sections: tuple[Section, ...]


EMPTY = Content("", ())


def read(root: LexborNode, *, title: str = "", h1_is_title: bool = True, resolve: Resolve) -> Content:
    """What readers see below `root`. `title` is the page's; when "", its leading h1 gives it. Without
    `h1_is_title` a leading h1 that says something else begins a section."""
    reader = _Reader(SectionWriter(title, h1_is_title), resolve)
    reader.walk(root)
    sections = reader.writer.finish()
    return Content(reader.writer.title, sections)


@dataclass(slots=True)
class _Table:
    owner: int
    rows: list[list[Line]] = field(default_factory=list)
    headed: bool = False

    def lines(self) -> Iterator[tuple[BlockKind, Line]]:
        for number, row in enumerate(row for row in self.rows if any(cell.text for cell in row)):
            line = joined(row, " | ").after("| ")
            if number == 0 and self.headed:
                yield "head", replace(line, text=f"{line.text} |\n|{' --- |' * len(row)}")
            else:
                yield "row", replace(line, text=f"{line.text} |")


@dataclass(slots=True)
class _Reader:
    """Walks a tree without recursion and hands its text to the writer, line by line.

    Headings, table cells and code gather their own text until the element that opened them, the `_owner`,
    is left; meanwhile `_mode` names it.
    """

    writer: SectionWriter
    resolve: Resolve
    _text: list[str] = field(default_factory=list)
    _markers: Markers = field(default_factory=Markers)
    _marked: list[int] = field(default_factory=list)
    _mode: str = "prose"
    _owner: int = 0
    _anchor: str | None = None
    _language: str = ""
    _table: _Table | None = None
    _lists: list[int | None] = field(default_factory=list)
    _bullet: str = ""
    _tight: bool = False
    _tabs: list[tuple[int, Iterator[str]]] = field(default_factory=list)
    _entries: list[tuple[int, int]] = field(default_factory=list)
    """Lists of an API's objects that are open, each with the depth that it stands at."""
    _in_term: bool = False
    _definitions: list[tuple[int, int]] = field(default_factory=list)
    """Definitions of terms that are open, each with how many lists are open around it."""

    def walk(self, root: LexborNode) -> None:
        above: list[tuple[LexborNode, str, bool]] = []
        node = root.first_child
        while node is not None:
            tag = node.tag or ""
            if tag == "-text":
                self._add_text(node.text_content or "")
            elif tag[:1] not in ("-", "!"):
                attributes = node.attributes
                if not is_dropped(node, tag, attributes) and self._enter(node, tag, attributes):
                    titled = tag == "summary" or (
                        "class" in attributes and not TITLES.isdisjoint(classes(attributes))
                    )
                    child = node.first_child
                    if child is not None:
                        above.append((node, tag, titled))
                        node = child
                        continue
                    self._leave(node, tag, titled)
            following = node.next
            while following is None and above:
                node, tag, titled = above.pop()
                self._leave(node, tag, titled)
                following = node.next
            node = following
        self._end_line()

    def _add_text(self, text: str) -> None:
        self._text.append(text if self._mode == "code" else clean(text).replace("\n", " "))

    def _add_image(self, shows: str) -> None:
        if self._mode == "code":
            self._add_text(shows)
        else:
            self._text.append(f"{self._markers.begin('image')}{clean(shows)}{self._markers.end()}")

    def _enter(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        """Begin an element; False if what is inside has been dealt with."""
        if tag == "br":
            self._text.append("\n")
        elif tag == "img":
            self._add_image(attributes.get("alt") or "")
        elif tag == "input":
            if attributes.get("type") == "checkbox" and self._mode == "prose":
                self._text.append("[x] " if "checked" in attributes else "[ ] ")
        elif tag == "math":
            source = node.css_first("annotation")
            if source is not None:
                self._add_text(source.text())
                return False
        elif tag in INLINE_CODE and self._mode != "code":
            self._mark(node, self._markers.begin("code"))
        elif tag == "a" and self._mode != "code":
            if url := self.resolve(attributes.get("href") or ""):
                self._mark(node, self._markers.begin("link", url))
        elif self._mode != "prose":
            if tag in BLOCKS and self._mode != "code":
                self._text.append(" ")
        elif tag in LEVELS:
            self._end_line()
            self._begin("heading", node)
            self._anchor = own_anchor(node, attributes)
        elif tag in BLOCKS:
            self._end_line()
            return self._enter_block(node, tag, attributes)
        return True

    def _enter_block(self, node: LexborNode, tag: str, attributes: Attributes) -> bool:
        if tag in ("ul", "ol") and not is_tab_list(attributes):
            if not self._lists:
                self._tight = False
            self._lists.append(_start(attributes) if tag == "ol" else None)
        elif tag == "li":
            self._bullet = self._next_bullet()
        elif tag == "dt" and (found := entry(node, attributes)):
            self._begin_entry(found, node)
        elif tag == "dt":
            self._in_term = True
        elif tag == "dd" and not (self._entries and self._entries[-1][0] == _owner(node)):
            self._definitions.append((node.mem_id, len(self._lists)))
        elif tag == "pre":
            self._begin("code", node)
            self._language = _language(node, attributes)
        elif tag in ("td", "th") and self._table is not None:
            if not self._table.rows:
                self._table.rows.append([])
            self._table.headed |= tag == "th" and len(self._table.rows) == 1
            self._begin("cell", node)
        elif tag == "tr" and self._table is not None:
            self._table.rows.append([])
        elif tag == "table" and self._table is None and node.css_first(f"{HEADINGS},pre") is None:
            self._table = _Table(node.mem_id)
        elif is_tab_list(attributes) or labels_code(node, attributes):
            if node.parent is not None:
                labels = [label.text() for label in node.css("[role=tab],label")]
                self._tabs.append((_around_tabs(node.parent).mem_id, iter(labels)))
            return False
        elif is_tab_panel(attributes) or is_labelled_code(node, attributes):
            label = attributes.get("data-label") or (next(self._tabs[-1][1], "") if self._tabs else "")
            if label.strip():
                self._text.append(f"{label.strip()}:")
                self._end_line()
                self._tight = True
        return True

    def _mark(self, node: LexborNode, marker: str) -> None:
        self._marked.append(node.mem_id)
        self._text.append(marker)

    def _leave(self, node: LexborNode, tag: str, titled: bool) -> None:
        if self._marked and self._marked[-1] == node.mem_id:
            self._marked.pop()
            self._text.append(self._markers.end())
        if self._mode != "prose":
            if node.mem_id == self._owner:
                self._end_mode(tag)
            elif self._mode != "code":
                if tag in BLOCKS:
                    self._text.append(" ")
            elif tag == "div" and self._text and not self._text[-1].endswith("\n"):
                self._text.append("\n")
        elif tag in BLOCKS:
            self._end_line()
            if tag in ("ul", "ol") and self._lists:
                self._lists.pop()
                self._tight = bool(self._lists)
            elif tag == "li":
                self._bullet = ""
            elif tag == "table" and self._table is not None and node.mem_id == self._table.owner:
                self._end_table(self._table)
            elif tag == "dt" or titled:
                self._in_term, self._tight = False, True
            elif self._definitions and node.mem_id == self._definitions[-1][0]:
                self._definitions.pop()
            elif self._entries and node.mem_id == self._entries[-1][0]:
                self.writer.return_to(self._entries.pop()[1])
        if self._tabs and node.mem_id == self._tabs[-1][0]:
            self._tabs.pop()

    def _begin(self, mode: str, node: LexborNode) -> None:
        self._mode, self._owner, self._text = mode, node.mem_id, []

    def _end_mode(self, tag: str) -> None:
        text, mode = "".join(self._text), self._mode
        self._text, self._mode = [], "prose"
        if mode == "heading":
            self.writer.add_heading(LEVELS[tag], plain(text), anchor=self._anchor)
            self._tight = False
        elif mode == "code":
            self.writer.add_code(text, self._language)
        elif mode == "entry":
            self.writer.add_code(squeeze(plain(text)), self._language)
        elif self._table is not None:
            self._table.rows[-1].append(self._markers.read(text))

    def _begin_entry(self, found: Entry, node: LexborNode) -> None:
        """The section of an object, which its signature opens. Objects of one list stand side by side."""
        owner = _owner(node)
        if self._entries and self._entries[-1][0] == owner:
            self.writer.return_to(self._entries[-1][1])
        else:
            self._entries.append((owner, self.writer.depth))
        self.writer.begin_entry(found.name, anchor=found.anchor)
        self._begin("entry", node)
        self._language = found.language

    def _end_table(self, table: _Table) -> None:
        self._table, self._tight = None, False
        for kind, line in table.lines():
            self.writer.add_line(line, kind=kind, tight=self._tight)
            self._tight = True
        self._tight = False

    def _end_line(self) -> None:
        """Hand over the line so far. Lines of one list stand close together, paragraphs apart."""
        if not self._text:
            return
        read = map(self._markers.read, "".join(self._text).split("\n"))
        lines = [line for line in read if line.text]
        self._text = []
        indent = "  " * min(len(self._lists), MAX_INDENT)
        for line in lines:
            kind: BlockKind = "item" if self._bullet else self._kind()
            self.writer.add_line(line.after(self._bullet or indent), kind=kind, tight=self._tight)
            self._bullet, self._tight = "", True
        if lines:
            self._tight = bool(self._lists)

    def _kind(self) -> BlockKind:
        """Of a line that no item begins with."""
        if self._in_term:
            return "term"
        is_definition = self._definitions and self._definitions[-1][1] == len(self._lists)
        return "definition" if is_definition else "prose"

    def _next_bullet(self) -> str:
        indent = "  " * (min(len(self._lists), MAX_INDENT) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "


def _owner(node: LexborNode) -> int:
    """The list that a term or a definition is in."""
    return node.parent.mem_id if node.parent is not None else node.mem_id


def _around_tabs(node: LexborNode) -> LexborNode:
    """The element that holds the panels, too: the one around the labels, or, in Starlight, around a frame of
    them."""
    outer = node.parent
    if outer is not None and node.css_first("[role=tabpanel]") is None:
        return outer if outer.css_first("[role=tabpanel]") is not None else node
    return node


def _language(node: LexborNode, attributes: Attributes) -> str:
    """As the classes of the code, its frame or its surroundings name it; "" if they do not."""
    code = node.css_first("code")
    near = [attributes, code.attributes if code is not None else {}]
    parent = node.parent
    for _ in range(2):
        if parent is not None and parent.is_element_node:
            near.append(parent.attributes)
            parent = parent.parent
    for each in near:
        named = each.get("data-language") or each.get("data-lang")
        found = _LANGUAGE.search(each.get("class") or "")
        if named or found:
            language = named or (found[1] if found else "")
            return "" if language.lower() in UNNAMED else language.lower()
    return ""


def _start(attributes: Attributes) -> int:
    start = attributes.get("start") or "1"
    return int(start) if re.fullmatch(r"-?[0-9]{1,6}", start) else 1
