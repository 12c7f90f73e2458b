"""Tells code from text while a Markdown file is read line by line."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

_OPENING = re.compile(r"[ \t]*(?:(?:>|[-*+]|[0-9]{1,9}[.)])[ \t]+|>)*(`{3,}(?=[^`]*$)|~{3,})")
_TICKS = re.compile(r"`+")


@dataclass(slots=True)
class Fences:
    """Follows fenced code blocks, whatever list or quotation they stand in."""

    _fence: str = ""

    def takes(self, line: str) -> bool:
        """Whether this line, the next of the file, belongs to fenced code."""
        if not self._fence:
            found = _OPENING.match(line)
            self._fence = found[1] if found else ""
            return found is not None
        rest = line.strip(" \t>")
        if rest.startswith(self._fence) and not rest.strip(self._fence[0]):
            self._fence = ""
        return True

    def __bool__(self) -> bool:
        """Whether a fence is open."""
        return bool(self._fence)


def code_spans(line: str) -> list[tuple[int, int]]:
    """Where inline code begins and ends, in linear time."""
    if "`" not in line:
        return []
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(line)]
    later: dict[int, list[int]] = defaultdict(list)
    for number in range(len(runs) - 1, -1, -1):
        later[runs[number][1] - runs[number][0]].append(number)
    spans, number = [], 0
    while number < len(runs):
        start, end = runs[number]
        same = later[end - start]
        while same and same[-1] <= number:
            same.pop()
        if same:
            number = same.pop()
            spans.append((start, runs[number][1]))
        number += 1
    return spans
