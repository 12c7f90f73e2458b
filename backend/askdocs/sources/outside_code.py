"""Rewrites the text of Markdown and leaves its code as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from askdocs.sources import jsx

_FENCE = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d+[.)][ \t])*(`{3,}(?=[^`]*$)|~{3,})")


def lines(text: str) -> Iterator[tuple[str, bool]]:
    """The text's lines, and whether each is fenced code or a fence, however far it is indented."""
    fence = ""
    for line in text.split("\n"):
        if fence:
            yield line, True
            mark = line.strip(" \t>")
            if mark.startswith(fence) and not mark.strip(fence[0]):
                fence = ""
        else:
            found = _FENCE.match(line)
            fence = found[1] if found else ""
            yield line, bool(fence)


def each_line(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(line if is_code else change(line) for line, is_code in lines(text))


def sub(pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str], line: str) -> str:
    """What `pattern.sub` makes of the line, but where a match begins in inline code."""
    spans = jsx.code_spans(line)
    if not spans:
        return pattern.sub(replacement, line)

    def replaced(found: re.Match[str]) -> str:
        if any(start <= found.start() < end for start, end in spans):
            return found[0]
        return found.expand(replacement) if isinstance(replacement, str) else replacement(found)

    return pattern.sub(replaced, line)
