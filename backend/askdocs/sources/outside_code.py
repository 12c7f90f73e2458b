"""Rewrites the text of Markdown and leaves its code as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from askdocs.sources import jsx

_FENCE = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d+[.)][ \t])*(`{3,}(?=[^`]*$)|~{3,})")


def blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """Runs of lines, and whether they are one block of fenced code with its fences, however far indented."""
    fence, run = "", list[str]()
    for line in text.split("\n"):
        if fence:
            run.append(line)
            mark = line.strip(" \t>")
            if mark.startswith(fence) and not mark.strip(fence[0]):
                yield run, True
                fence, run = "", []
        elif found := _FENCE.match(line):
            if run:
                yield run, False
            fence, run = found[1], [line]
        else:
            run.append(line)
    if run:
        yield run, bool(fence)


def lines(text: str) -> Iterator[tuple[str, bool]]:
    """The text's lines, and whether each is fenced code or a fence."""
    for run, is_code in blocks(text):
        for line in run:
            yield line, is_code


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
