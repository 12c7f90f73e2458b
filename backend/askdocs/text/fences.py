"""Where a line of Markdown begins a block of code, and where that ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What begins a line: quotes or the marker of a list's item, then perhaps a fence.
LEAD = re.compile(r"((?:> ?)*)( *)((?:[-*+]|[0-9]{1,9}[.)]) {1,4}(?=\S))?")
LEAD_OPEN = re.compile(r"(?:> ?)* *(?:(?:[-*+]|[0-9]{1,9}[.)]?) *)?(?:`+|~+)?\Z|[> ]*[-*_ ]*\Z")
FENCE = re.compile(r"(`{3,}|~{3,})([^\n]*)")
CODE_LINE_OPEN = re.compile(r"(?:> ?)* *(?:`+|~+)?[ \t]*\Z")


@dataclass(frozen=True, slots=True)
class Fence:
    """An open block of code: within so many quotes, so many spaces from the margin, closed by such a run."""

    quotes: int
    indent: int
    run: str

    def lead(self, line: str) -> str | None:
        """The quotes before a line of the code; None if there are fewer: a quote's code ends with it."""
        quotes = re.match(rf"(?:> ?){{{self.quotes}}}", line)
        return quotes[0] if quotes else None

    def is_end(self, code: str) -> bool:
        """Whether a line, without its quotes, is the fence that closes the block."""
        run = code.strip(" \t")
        indent = len(code) - len(code.lstrip(" "))
        is_run = run.startswith(self.run) and not run.strip(self.run[0])
        return is_run and (indent <= 3 or self.indent > 0)


def begins(line: str) -> Fence | None:
    """The block of code that a whole line begins, wherever that belongs."""
    lead = next(LEAD.finditer(line))  # It matches nothing, too.
    fence = FENCE.match(line, lead.end())
    if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
        return None
    return Fence(lead[1].count(">"), len(lead[2]) + len(lead[3] or ""), fence[1])


def left_open(text: str) -> str:
    """The line that closes the block of code in which a text ends, with the line's end before it, or ""."""
    fence: Fence | None = None
    for line in text.split("\n"):
        lead = fence.lead(line) if fence else None
        if fence is None or lead is None:
            fence = begins(line)
        elif fence.is_end(line[len(lead) :]):
            fence = None
    return f"\n{'> ' * fence.quotes}{' ' * fence.indent}{fence.run}" if fence else ""


def outside(text: str) -> str:
    """The lines of a text that are in no block of code and begin none."""
    fence: Fence | None = None
    kept = []
    for line in text.split("\n"):
        lead = fence.lead(line) if fence else None
        if fence is None or lead is None:
            fence = begins(line)
            kept += [] if fence else [line]
        elif fence.is_end(line[len(lead) :]):
            fence = None
    return "\n".join(kept)
