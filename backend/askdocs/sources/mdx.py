"""Leaves out what readers of MDX do not see: imports, exports, comments and expressions."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, lheading, list_block, paragraph
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from askdocs.sources import jsx
from askdocs.sources.block_state import begin_paragraph, line_of, relative

MAX_LINES = 400
"""Lines that a statement may have; what runs on longer is text."""

MAX_EXPRESSION = 20_000
"""Characters that an expression which stands alone may have."""

_SIGN = re.compile(r"import\s.*\sfrom\s+['\"](?:@(?:theme|site|docusaurus)|\.)")
_IMPORT = re.compile(r"import\s+(?:['\"]|[\w$*{][^'\"\n]*?\bfrom\s*['\"]|[\w$, ]*\{[^'\"}\n]*$)")
_IMPORT_END = re.compile(r"['\"]\s*;?$")
_EXPORT = re.compile(r"export\s+(?:(?:const|let|var|function|default|async|class|type)\s.*[={]|\{|\*)")
_BRACKET = re.compile(r"[(\[{]|([)\]}])")
_STRING = re.compile(r"""\{\s*(?:"([^"]*)"|'([^']*)')\s*\}""")
_TEMPLATE = re.compile(r"\{\s*`([^`$]*)`\s*\}")
_EXPRESSION = re.compile(r"\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*+\})*+\}")
"""Braces with up to two levels of braces inside, in linear time."""


def mdx_plugin(md: MarkdownIt, *, mdx: bool) -> None:
    """`mdx` says that the text is MDX, in which braces hold expressions and no code is indented.

    Docusaurus reads `.md` as MDX, too, so statements and comments go from either, and `env["is_mdx"]` is set
    where the text gives itself away: by an import of Docusaurus' or of a neighbour, a comment or a string in
    braces.
    """
    md.block.ruler.before("fence", "statement", _skip_statement)
    md.block.ruler.before("fence", "comment", _skip_comment, {"alt": ["paragraph", "reference"]})
    md.inline.ruler.before("html_inline", "comment", _skip_inline_comment)
    md.inline.ruler.before("html_inline", "string", _read_inline_string)
    md.core.ruler.after("block", "strings", _find_strings)
    if mdx:
        md.disable("code")
        md.block.ruler.at("list", relative(list_block), {"alt": ["paragraph", "reference", "blockquote"]})
        md.block.ruler.at("paragraph", relative(paragraph))
        md.block.ruler.at("lheading", relative(lheading))
        md.block.ruler.before("fence", "expression", _skip_expression)
        md.inline.ruler.before("html_inline", "expression", _skip_inline_expression)


def _skip_statement(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """An import or export; `silent` is never set, since a statement ends no other block."""
    line = line_of(state, start)
    if state.level or state.sCount[start]:
        return False
    if _IMPORT.match(line):
        after = _end_of_import(state, start, end)
    elif _EXPORT.match(line):
        after = _end_of_export(state, start, end)
    else:
        return False
    if after is None:
        return False
    state.env["is_mdx"] |= _SIGN.match(line) is not None
    state.line = after
    return True


def _end_of_import(state: StateBlock, start: int, end: int) -> int | None:
    for number in range(start, min(end, start + MAX_LINES)):
        line = line_of(state, number)
        if _IMPORT_END.search(line):
            return number + 1
        if not line:
            break
    return None


def _end_of_export(state: StateBlock, start: int, end: int) -> int | None:
    """The number of the line behind the one that closes all brackets."""
    if start < state.env["unbalanced_until"]:
        return None
    depth = 0
    stop = min(end, start + MAX_LINES)
    for number in range(start, stop):
        for found in _BRACKET.finditer(line_of(state, number)):
            depth += -1 if found[1] else 1
        if depth <= 0:
            return number + 1
    state.env["unbalanced_until"] = stop
    return None


def _skip_comment(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A comment at the beginning of a line; blank lines may be in it. Behind it a paragraph may begin."""
    position = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith("{/*", position) or state.is_code_block(start):
        return False
    if position > state.env["last_comment"]:
        return False
    closing = state.src.find("*/}", position, state.eMarks[end - 1])
    if closing < 0:
        return False
    state.env["is_mdx"] = True
    if not silent:
        line = start + state.src.count("\n", position, closing)
        if state.src[closing + 3 : state.eMarks[line]].strip():
            begin_paragraph(state, line, closing + 3)
        else:
            state.line = line + 1
    return True


def _skip_expression(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """An expression that stands alone; `silent` is never set."""
    position = state.bMarks[start] + state.tShift[start]
    if state.src[position] != "{" or position < state.env["unclosed_until"]:
        return False
    limit = min(state.eMarks[end - 1], position + MAX_EXPRESSION)
    closing = jsx.closing_brace(state.src, position, limit)
    if closing is None:
        state.env["unclosed_until"] = limit
        return False
    line = start + state.src.count("\n", position, closing)
    if _STRING.fullmatch(state.src, position, closing) or state.src[closing : state.eMarks[line]].strip():
        return False
    state.line = line + 1
    return True


def _skip_inline_comment(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("{/*", state.pos):
        return False
    closing = state.src.find("*/}", state.pos, state.posMax)
    if closing < 0:
        return False
    state.env["is_mdx"] = True
    state.pos = closing + 3
    return True


def _find_strings(state: StateCore) -> None:
    """What Markdown takes for a block of HTML is MDX if strings are in it."""
    for token in state.tokens:
        if token.type == "html_block" and not token.content.startswith(("<script", "<style", "<pre")):
            state.env["is_mdx"] |= _STRING.search(token.content) is not None


def _read_inline_string(state: StateInline, silent: bool) -> bool:
    """A string in braces, which only protect it."""
    found = _STRING.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    state.env["is_mdx"] = True
    if not silent:
        state.append_pending(found[1] or found[2] or "")
    state.pos = found.end()
    return True


def _skip_inline_expression(state: StateInline, silent: bool) -> bool:
    """A string is what it says; what code would compute cannot be known."""
    if string := _TEMPLATE.match(state.src, state.pos, state.posMax):
        if not silent:
            state.append_pending(string[1])
        state.pos = string.end()
        return True
    found = _EXPRESSION.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    state.pos = found.end()
    return True
