"""What our rules for blocks do with the state of the parser."""

from __future__ import annotations

from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock, paragraph


def line_of(state: StateBlock, number: int) -> str:
    """The line without the indentation and the marks of what it stands in."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def add_paragraph(state: StateBlock, text: str) -> None:
    """A paragraph that ends where the text does."""
    state.push("paragraph_open", "p", 1)
    state.push("inline", "", 0).content = text
    state.tokens[-1].children = []
    state.push("paragraph_close", "p", -1)


def begin_paragraph(state: StateBlock, line: int, position: int) -> None:
    """The paragraph that begins at this place of the text, in this line, and goes on over the next ones."""
    state.bMarks[line] = state.skipSpaces(position)
    state.tShift[line] = 0
    relative(paragraph)(state, line, state.lineMax, False)


def relative(rule: RuleFuncBlockType) -> RuleFuncBlockType:
    """The rule, for text that may be indented at will.

    By CommonMark what is indented by four columns goes on with a paragraph and begins no item of a list.
    Where there is no indented code, as in MDX, only the columns beyond those of the first line count.
    """

    def indented(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        outer = state.blkIndent
        state.blkIndent = max(outer, state.sCount[start])
        found = rule(state, start, end, silent)
        state.blkIndent = outer
        return found

    return indented
