"""Regular expressions that people of a site write: RE2's, whose matching takes time linear in the text.

Python's own backtrack, so that one careless pattern would hold up the questions of every site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]  # google-re2 comes without types

_MEMORY = 1 << 17
"""Bytes that a pattern and its states may take. Of 12 patterns the worst that fits took 70 ms of 8,000
characters; with twice as much `.{0,900}` fits as well, and takes half a second."""


def check(pattern: str) -> str:
    """The pattern. Raises `ValueError` for one that is not RE2's, is too large, or also matches nothing."""
    try:
        empty = _compiled(pattern).search("")
    except re2.error as error:
        (reason,) = error.args
        raise ValueError(f"{pattern} is no pattern of RE2: {_text(reason)}") from None
    if empty is not None:
        raise ValueError(f"{pattern} also matches an empty text")
    return pattern


@lru_cache(maxsize=256)
def finder(patterns: tuple[str, ...]) -> Callable[[str], Iterator[tuple[int, int]]] | None:
    """What yields where any of them matches; None if there are none. They have been checked."""
    if not patterns:
        return None
    compiled = [_compiled(pattern) for pattern in patterns]

    def find(text: str) -> Iterator[tuple[int, int]]:
        for pattern in compiled:
            for match in pattern.finditer(text):
                yield match.span()

    return find


def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return re2.compile(pattern, options)


def _text(reason: object) -> str:
    return reason.decode() if isinstance(reason, bytes) else str(reason)
