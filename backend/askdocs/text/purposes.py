"""Which kinds of page a question asks for, besides the docs themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping

from askdocs.types import PageKind

_NEWS = re.compile(
    r"\b(?:change ?logs?|release notes?|releases?|what(?:'s|’s| is| was| are) new|new in|since when"
    r"|(?:chang|introduc|add|remov|deprecat|announc|releas|fix)ed|breaking|news|blog|posts?"
    r"|neu in|neuerungen|änderungen|geändert|eingeführt|entfernt|veröffentlicht)\b"
    r"|\bv?\d+\.\d+",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:contribut\w*|pull requests?|prs?|maintain\w*|decisions?|decided|adrs?|rfcs?|proposals?|roadmap"
    r"|architecture|internals?|under the hood|why (?:did|do|does|is|are|was|were|not)|code ?base|source code"
    r"|beitragen|mitwirken|entscheidung(?:en)?|architektur|warum)\b",
    re.IGNORECASE,
)
_ASKED_BY: Mapping[PageKind, re.Pattern[str]] = {
    "changelog": _NEWS,
    "blog": _NEWS,
    "contributing": _WORK,
}


def asked_for(question: str) -> frozenset[PageKind]:
    """Told by the words of English and German questions: what changed when, or how the project works."""
    return frozenset(kind for kind, words in _ASKED_BY.items() if words.search(question))
