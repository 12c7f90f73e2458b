"""Reads admonitions and tabs.

Docusaurus and VitePress write `:::note[Title]`, MkDocs `/// note | Title`, `!!! note "Title"` and
`=== "Tab"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from askdocs.sources.block_state import line_of

INDENT = 4
"""Columns by which Python-Markdown wants the text of `!!!`, `???` and `===` indented."""

_BEGINS = ["paragraph", "reference", "blockquote", "list"]
"""The blocks that a container ends."""

_COLONS = re.compile(r"[ \t]*([A-Za-z][\w-]*)(?=[\s\[{|]|$)[ \t]*(.*)$")
_SLASHES = re.compile(r"(/{3,})[ \t]*([A-Za-z][\w-]*)[ \t]*(?:\|(.*))?$")
_INDENTED = re.compile(
    r'(!!!|\?\?\?\+?|===[+!]?(?=[ \t]+"))[ \t]+([\w-]++(?:[ \t]++[\w-]++)*+)?[ \t]*(?:"(.*)")?$'
)
_CALLOUT = re.compile(r"\[!([A-Za-z][\w-]*)\][+-]?[ \t]*(.*)(?:\n|$)")
_OPTION = re.compile(r"[ \t]{4,}[\w-]+:")
_CODE = re.compile(r"`{3,}(?=[^`]*$)|~{3,}")
_CLASSES = re.compile(r"\{[^{}]*\}$")
_UNSEEN = re.compile(
    r"(?::{3,}|/{3,}|\[\[?_?TOC_?\]?\]|\{%.*%\}|\{:?[ \t]*[.#][\w-][^{}]*\})$", re.IGNORECASE
)
"""An end mark of no container, a table of contents, which is made of the headings, a statement of a template,
or the attributes of the block above, as `{.class}`."""

_UNTITLED = frozenset({"html", "define", "code-group", "raw", "v-pre"})
"""Containers of which readers see no name."""


def containers_plugin(md: MarkdownIt) -> None:
    md.use(container_plugin, "colons", validate=_opens)
    md.block.ruler.before("fence", "container_slashes", _read_slashes, {"alt": _BEGINS})
    md.block.ruler.before("fence", "container_indented", _read_indented, {"alt": _BEGINS})
    md.block.ruler.before("fence", "unseen", _skip_unseen, {"alt": _BEGINS})
    md.core.ruler.after("block", "container_labels", _label_colons)
    md.core.ruler.after("block", "quotation_labels", _label_quotations)


def _opens(params: str, markup: str) -> bool:
    return _COLONS.match(params) is not None


def _read_slashes(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`/// name | Title`, with indented options below, until as many slashes."""
    found = _SLASHES.match(line_of(state, start))
    if not found or state.is_code_block(start):
        return False
    if not silent:
        marks, name, title = found.groups()
        first = start + 1
        while first < end and _OPTION.match(state.src, state.bMarks[first], state.eMarks[first]):
            first += 1
        stop = _end_of_slashes(state, first, end, marks)
        _read_inside(state, first, stop, name, title or "")
        state.line = min(stop + 1, end) if stop < end and line_of(state, stop) == marks else stop
    return True


def _end_of_slashes(state: StateBlock, line: int, end: int, marks: str) -> int:
    """The line of the marks that end the container, outside of code, or that where what it stands in ends."""
    fence = ""
    while line < end and (state.isEmpty(line) or state.sCount[line] >= state.blkIndent):
        text = line_of(state, line)
        if fence:
            fence = "" if text.startswith(fence) and not text.strip(fence[0]) else fence
        elif text == marks:
            break
        elif found := _CODE.match(text):
            fence = found[0]
        line += 1
    return line


def _read_indented(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`!!! name "Title"` or `=== "Tab"`, as far as the lines below are indented."""
    found = _INDENTED.match(line_of(state, start))
    if not found or not (found[2] or found[3]) or state.is_code_block(start):
        return False
    if not silent:
        marks, classes, title = found.groups()
        outer, state.blkIndent = state.blkIndent, state.sCount[start] + INDENT
        stop = start + 1
        while stop < end and (state.isEmpty(stop) or state.sCount[stop] >= state.blkIndent):
            stop += 1
        name = "tab" if marks[0] == "=" else (classes or "").partition(" ")[0]
        _read_inside(state, start + 1, stop, name, title or "")
        state.blkIndent, state.line = outer, stop
    return True


def _read_inside(state: StateBlock, start: int, end: int, name: str, title: str) -> None:
    outer = (state.parentType, state.lineMax)
    state.parentType, state.lineMax = "container", end
    token = state.push("container_open", "div", 1)
    state.tokens += _label(token, name, title)
    state.md.block.tokenize(state, start, end)
    state.push("container_close", "div", -1)
    state.parentType, state.lineMax = outer


def _skip_unseen(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or not _UNSEEN.match(line_of(state, start)):
        return False
    if not silent:
        state.line = start + 1
    return True


def _label_quotations(state: StateCore) -> None:
    """`> [!NOTE]+ Title` as Hugo and Obsidian have it; GitHub's, which have no title, are read before."""
    tokens: list[Token] = []
    for number, token in enumerate(state.tokens):
        tokens.append(token)
        if token.type != "blockquote_open" or state.tokens[number + 1].type != "paragraph_open":
            continue
        inline = state.tokens[number + 2]
        if found := _CALLOUT.match(inline.content):
            inline.content = inline.content[found.end() :]
            tokens += _label(token, found[1], found[2])
    state.tokens = tokens


def _label_colons(state: StateCore) -> None:
    """The plugin leaves what stands behind the colons in its tokens."""
    tokens: list[Token] = []
    for token in state.tokens:
        tokens.append(token)
        found = _COLONS.match(token.info) if token.type == "container_colons_open" else None
        if found:
            title = found[2].rstrip()
            title = title[1:].rpartition("]")[0] if title.startswith("[") else _CLASSES.sub("", title)
            tokens += _label(token, found[1], title)
    state.tokens = tokens


def _label(token: Token, name: str, title: str) -> Iterator[Token]:
    """Make the container that the token opens a tab or an admonition, and yield the title's tokens."""
    title = title.strip()
    if name == "tab":
        token.attrs = {"role": "tabpanel", "data-label": title.replace("`", "").replace("*", "")}
        return
    token.attrs = {"class": "admonition"}
    if name not in _UNTITLED:
        level = token.level + 1
        text = title or name.capitalize()
        yield Token("paragraph_open", "p", 1, {"class": "admonition-title"}, block=True, level=level)
        yield Token("inline", "", 0, content=text, children=[], block=True, level=level + 1)
        yield Token("paragraph_close", "p", -1, block=True, level=level)
