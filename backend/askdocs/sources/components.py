"""Reads the components of JSX and Vue, and HTML as MDX has it.

`<TabItem label="…">`, `<Admonition>` and `<Card title="…" />` become elements of HTML. A tag that begins a
line stands apart from the text around it; one in a sentence leaves its text there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import escape, unescape

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from askdocs.sources import jsx
from askdocs.sources.block_state import add_paragraph, begin_paragraph

MAX_TAG_LINES = 60

MAX_DATA = 100_000
"""Characters of a component that begins a line; the tables of an API reference have up to 30,000."""

TAB_NAMES = frozenset({"TabItem", "Tab"})
MDX_NAMES = TAB_NAMES | {"Tabs", "Admonition"}
"""Components of Docusaurus: Markdown that has them is MDX."""

SHOWN_ATTRIBUTES = ("title", "label", "summary", "heading", "header", "description", "caption", "alt")
"""Attributes of components whose text readers usually see."""

DATA_KEYS = ("name", "type", *SHOWN_ATTRIBUTES)
"""The same within data, as `items={[{title: "…"}]}`."""

_FLOW = """
    article aside center dd details div dl dt figcaption figure footer header li main ol p section summary
    table tbody td tfoot th thead tr ul
"""
FLOW_TAGS = frozenset(_FLOW.split())

_RAW = re.compile(r"<(?:script|style|pre|textarea|!)", re.IGNORECASE)
_INLINE = re.compile(r"</?(?:a|br|img|span)\b", re.IGNORECASE)
"""Tags that by CommonMark begin a block when they are alone, as `<a name="x" />` right above a heading."""

_COMPONENT = re.compile(r"<[A-Z][\w.]*\s")
_DATUM = re.compile(
    rf"""\b({"|".join(DATA_KEYS)})["']?\s*:\s*"""
    r"""(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`([^`$]*)`)"""
)
_LABELLED = re.compile(r"\{[^{}]*\}")
_LABEL = re.compile(r"""\b(value|label)\s*:\s*(?:"([^"]*)"|'([^']*)')""")


def components_plugin(md: MarkdownIt, *, mdx: bool) -> None:
    """`mdx` says that what tags enclose is Markdown: there is no HTML block but code and comments.

    `env["labels"]` collects the labels of tabs by value; before `env["untagged_until"]` no long tag ends.
    """

    def read_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        return _read_line(state, start, end, silent, mdx=mdx)

    def read_html(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        first = state.bMarks[start] + state.tShift[start]
        is_block = _RAW.match(state.src, first) if mdx else not _INLINE.match(state.src, first)
        return bool(is_block) and html_block(state, start, end, silent)

    md.block.ruler.before("fence", "components", read_line, {"alt": ["paragraph", "reference", "blockquote"]})
    md.inline.ruler.before("html_inline", "components", _read_inline)
    md.core.ruler.after("block", "components", _read_html_blocks)
    md.block.ruler.at("html_block", read_html, {"alt": ["paragraph", "reference", "blockquote"]})


def _read_line(state: StateBlock, start: int, end: int, silent: bool, *, mdx: bool) -> bool:
    """A line of tags, with the text that they enclose in it."""
    first = state.bMarks[start] + state.tShift[start]
    if state.src[first] != "<" or state.is_code_block(start):
        return False
    text, found, line_end = _tags(state, start, end)
    tags = [tag for tag in found if tag.is_component or (mdx and tag.name in FLOW_TAGS)]
    if not tags or jsx.stand_in_text(text[:line_end], tags):
        return False
    if silent:
        return True
    position = 0
    for tag in tags:
        if before := text[position : tag.start].strip():
            add_paragraph(state, before)
        html = _as_html(tag, state.env["labels"])
        state.push("html_block", "", 0).content = f"{html}\n"
        state.env["is_mdx"] |= tag.name in MDX_NAMES
        position = tag.end
    line = start + text.count("\n", 0, line_end)
    if text[position:line_end].strip():
        begin_paragraph(state, line, first + position)
    else:
        state.line = line + 1
    return True


def _tags(state: StateBlock, start: int, end: int) -> tuple[str, list[jsx.Tag], int]:
    """The text from the line on, the tags in the line, and where in the text it ends."""
    first = state.bMarks[start] + state.tShift[start]
    limit = state.eMarks[min(start + MAX_TAG_LINES, end) - 1]
    text = state.src[first : min(limit, first + jsx.MAX_LINE)]
    tags, line_end = jsx.line_tags(text)
    if not tags and _COMPONENT.match(text) and first >= state.env["untagged_until"]:
        text = state.src[first : min(state.eMarks[end - 1], first + MAX_DATA)]
        tags, line_end = jsx.line_tags(text, max_tag=MAX_DATA)
        if not tags:
            state.env["untagged_until"] = first + len(text)
    return text, tags, line_end


def _read_inline(state: StateInline, silent: bool) -> bool:
    """A tag in a sentence, unless HTML has it as it is."""
    if state.src[state.pos] != "<":
        return False
    tag = jsx.tag_at(state.src, state.pos)
    if tag is None or tag.end > state.posMax or (tag.is_plain and not tag.name[:1].isupper()):
        return False
    if not silent and not tag.is_component:
        state.push("html_inline", "", 0).content = tag.as_html()
    state.pos = tag.end
    return True


def _read_html_blocks(state: StateCore) -> None:
    """Components within blocks of HTML."""
    for token in state.tokens:
        if token.type != "html_block":
            continue
        parts, position = [], 0
        for tag in jsx.all_tags(token.content):
            if tag.is_component or not tag.is_plain:
                parts += [token.content[position : tag.start], _as_html(tag, state.env["labels"])]
                position = tag.end
        token.content = "".join(parts) + token.content[position:]


def _as_html(tag: jsx.Tag, labels: dict[str, str]) -> str:
    """An element that stands for the tag, and what readers see of its attributes."""
    if not tag.is_component:
        return tag.as_html()
    if tag.kind == "close":
        return "</div>"
    labels |= _labels(tag.attributes.get("values", ""))
    if tag.kind == "void":
        return _shown(tag.attributes)
    if tag.name in TAB_NAMES:
        value = tag.attributes.get("value", "")
        label = tag.attributes.get("label") or tag.attributes.get("title") or labels.get(value, value)
        return f'<div role="tabpanel" data-label="{_text(label)}">'
    if tag.name == "Admonition":
        title = tag.attributes.get("title") or tag.attributes.get("type", "note").capitalize()
        return f'<div class="admonition"><p class="admonition-title">{_text(title)}</p>'
    return "<div hidden>" if tag.name == "Head" else f"<div>{_shown(tag.attributes)}"


def _shown(attributes: Mapping[str, str]) -> str:
    values = [attributes.get(name, "") for name in SHOWN_ATTRIBUTES]
    texts = [value for value in values if value and not value.startswith("{")]
    for name, value in attributes.items():
        if value.startswith("{") and name not in ("style", "values"):
            texts += _data(value)
    return "".join(f"<p>{_text(text)}</p>" for text in texts)


def _data(expression: str) -> Iterator[str]:
    """What readers see of each object in an expression, such as "title: description"."""
    seen: dict[str, str] = {}
    for found in _DATUM.finditer(expression):
        key, *values = found.groups()
        if key in seen:
            yield ": ".join(seen.values())
            seen = {}
        if value := next(filter(None, values), ""):
            seen[key] = re.sub(r"\\(.)", r"\1", value)
    if seen:
        yield ": ".join(seen.values())


def _text(value: str) -> str:
    return escape(unescape(value))


def _labels(values: str) -> dict[str, str]:
    """Labels by values, as the `values` of `Tabs` list them."""
    labels = {}
    for entry in _LABELLED.findall(values[1:-1]):
        found = {key: double or single for key, double, single in _LABEL.findall(entry)}
        if "value" in found and "label" in found:
            labels[found["value"]] = found["label"]
    return labels
