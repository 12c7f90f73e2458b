"""Tells what was wrong with pages, what is wrong with many of them once."""

from __future__ import annotations

import re
from collections.abc import Iterable

_EXAMPLES = 2
_OWN = re.compile(r"""["'`‘“].*?["'`’”]|\S*[/.:\d]\S*(?<![.:,;])""")
"""What a sentence says of one page alone: what is quoted, and words that are paths, addresses or numbers."""


def grouped(problems: Iterable[str]) -> list[str]:
    """Each of `problems` is a path, ": " and a sentence. Those whose sentences differ in names and numbers
    only become one, in the order in which the first of them came."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for problem in problems:
        path, _, sentence = problem.partition(": ")
        groups.setdefault(_OWN.sub("…", sentence), []).append((path, sentence))
    return [_told(group) for group in groups.values()]


def _told(group: list[tuple[str, str]]) -> str:
    path, sentence = group[0]
    if len(group) == 1:
        return f"{path}: {sentence}"
    if len({said for _, said in group}) > 1:
        return f"{len(group)} pages, such as {path}: {sentence}"
    names = ", ".join(name for name, _ in group[:_EXAMPLES])
    return f"{len(group)} pages: {sentence.rstrip('.')}, such as {names}."
