"""Parses Markdown, and renders it as HTML whose headings carry the ids that documentation sites give them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from askdocs.sources.components import components_plugin
from askdocs.sources.containers import containers_plugin
from askdocs.sources.mdx import mdx_plugin
from askdocs.sources.slugs import Slugger, Slugs

MAX_NESTING = 100
"""Levels of lists and quotations, of which an item takes two; what is deeper is plain text."""

MAX_INLINE = 20_000
"""Characters of a paragraph beyond which its marks are not looked for: that takes quadratic time."""

_ATTRIBUTE = r"""(?:\#[^\s{}]+|\.[\w:-]+|[\w-]+=(?:"[^"{}]*"|'[^'{}]*'|[^\s{}"']+))"""
_OWN_ID = re.compile(
    rf"""
    \{{:?[ \t]* \#(?P<first>[^\s{{}}]+) (?:\s[^{{}}]*)? \}}
    | \{{:?[ \t]* (?P<attributes>{_ATTRIBUTE}(?:[ \t]+{_ATTRIBUTE})*) [ \t]*\}}
    | (?:\{{/\*|<!--)\s*\#(?P<comment>[^\s*{{}}]+) (?:\s.*)? (?:\*/\}}|-->)
    """,
    re.VERBOSE,
)
"""Behind a heading: `{#id}`, `{: .class #id}` or `{.class id="id"}`, `{/* #id */}` or `<!-- #id -->`."""

_ID = re.compile(r"""(?:^|\s)(?:\#|id=["']?)([^\s"']+)""")
_BASE64 = re.compile(r"(data:[\w/+.-]+;base64,)[A-Za-z0-9+/=]{100,}")
_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)'|(\S+))""")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file."""

    parser: MarkdownIt
    tokens: Sequence[Token]
    env: EnvType

    def html(self) -> str:
        return str(self.parser.renderer.render(self.tokens, self.parser.options, self.env))


def parse(text: str, *, mdx: bool = False, slugs: Callable[[], Slugs] = Slugger) -> Document:
    """`mdx` says that the text is MDX, which knows expressions and no indented code; other text is parsed as
    MDX, too, when it turns out to be. `slugs` gives what makes a page's anchors."""
    text = _BASE64.sub(r"\1", text)
    parser = _parser(mdx)
    env: dict[str, Any] = {"is_mdx": mdx, "labels": {}, "slugs": slugs(), "last_comment": text.rfind("*/}")}
    env |= {"unbalanced_until": 0, "unclosed_until": 0, "untagged_until": 0}
    tokens = parser.parse(f"{text}\n", env)
    if env["is_mdx"] and not mdx:
        return parse(text, mdx=True, slugs=slugs)
    return Document(parser, tokens, env)


@cache
def _parser(mdx: bool) -> MarkdownIt:
    options = {"maxNesting": MAX_NESTING, "alerts": True}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.use(deflist_plugin).use(footnote_plugin, inline=False).use(containers_plugin)
    parser.use(mdx_plugin, mdx=mdx).use(components_plugin, mdx=mdx)
    parser.block.ruler.before("table", "too_deep", _take_as_text)
    parser.core.ruler.after("block", "own_ids", _take_own_ids)
    parser.core.ruler.at("inline", _parse_inline)
    parser.core.ruler.push("slugs", _give_slugs)
    parser.add_render_rule("fence", _render_fence)
    return parser


def _take_as_text(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """What the parser would drop when it stops at `maxNesting`."""
    if silent or state.level < MAX_NESTING - 4:
        return False
    state.push("paragraph_open", "p", 1)
    token = state.push("inline", "", 0)
    token.content, token.children = state.getLines(start, end, state.blkIndent, False), []
    state.push("paragraph_close", "p", -1)
    state.line = end
    return True


def _take_own_ids(state: StateCore) -> None:
    """Before the text of a heading is parsed: an id may hold what would be emphasis."""
    for heading, inline in _headings(state.tokens):
        start = max(inline.content.rfind("{"), inline.content.rfind("<!--"))
        found = _OWN_ID.fullmatch(inline.content.rstrip(), max(start, 0))
        if found:
            named = _ID.search(found["attributes"] or "")
            if own := found["first"] or found["comment"] or (named[1] if named else ""):
                heading.attrSet("id", own)
            inline.content = inline.content[:start].rstrip()


def _parse_inline(state: StateCore) -> None:
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        if len(token.content) <= MAX_INLINE:
            state.md.inline.parse(token.content, state.md, state.env, token.children)
        else:
            token.children.append(Token("text", "", 0, content=token.content))


def _give_slugs(state: StateCore) -> None:
    slugs: Slugs = state.env["slugs"]
    for heading, inline in _headings(state.tokens):
        if heading.attrGet("id") is None:
            heading.attrSet("id", slugs.slug(_plain(inline.children or [])))


def _headings(tokens: Sequence[Token]) -> list[tuple[Token, Token]]:
    return [
        (token, tokens[number + 1]) for number, token in enumerate(tokens) if token.type == "heading_open"
    ]


def _plain(tokens: Sequence[Token]) -> str:
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline", "image"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
    return "".join(parts)


def _render_fence(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[idx]
    words = token.info.strip().strip("{}").split(maxsplit=1)
    language = words[0].lstrip(".").split("{")[0] if words and "=" not in words[0] else ""
    found = _TITLE.search(token.info)
    title = next(filter(None, found.groups()), "") if found else ""
    head = f'<p class="admonition-title">{escapeHtml(title)}</p>\n' if title else ""
    named = f' class="language-{escapeHtml(language)}"' if language else ""
    return f"{head}<pre><code{named}>\n{escapeHtml(token.content)}</code></pre>\n"
