"""The measures of retrieval and answers, each of one question or of two lists of numbers.

Ranks count from 1 and the distinct pages or sections of a result, the first `DEPTH` of them. Where several
sections answer a question each of them is right: recall and MRR look for the first, nDCG for all.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from math import ceil, log2

DEPTH = 10
"""How many distinct pages or sections of a result are looked at."""

_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_EMPHASIS = re.compile(r"`|\*\*")


def rank(found: Iterable[Hashable], right: Iterable[Hashable]) -> int | None:
    """Where the first right one stands, None if not among the first `DEPTH` distinct ones."""
    wanted = set(right)
    return next((place for place, one in enumerate(_distinct(found), 1) if one in wanted), None)


def ndcg(found: Iterable[Hashable], right: Iterable[Hashable]) -> float:
    """Normalized discounted cumulative gain at `DEPTH` (Järvelin and Kekäläinen 2002).

    Each right one is worth 1. 1.0 when all right ones come first. 0.0 without right ones.
    """
    wanted = set(right)
    gained = sum(1 / log2(place + 1) for place, one in enumerate(_distinct(found), 1) if one in wanted)
    ideal = sum(1 / log2(place + 1) for place in range(1, min(len(wanted), DEPTH) + 1))
    return gained / ideal if ideal else 0.0


def auc(above: Sequence[float], below: Sequence[float]) -> float | None:
    """The share of pairs in which the one from `above` is greater; a tie counts half. None without pairs."""
    pairs = len(above) * len(below)
    return sum((a > b) + (a == b) / 2 for a in above for b in below) / pairs if pairs else None


def mean(values: Iterable[float]) -> float | None:
    """None without values."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None


def percentile(values: Iterable[float], share: float) -> float | None:
    """The nearest-rank percentile, `share` from 0 to 1. None without values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None


def missing(facts: Iterable[str], text: str) -> list[str]:
    """The facts that do not stand in a text, letter case, spacing, escapes and emphasis aside."""
    plain = _plain(text)
    return [fact for fact in facts if _plain(fact) not in plain]


def _distinct(found: Iterable[Hashable]) -> list[Hashable]:
    return list(dict.fromkeys(found))[:DEPTH]


def _plain(text: str) -> str:
    return " ".join(_EMPHASIS.sub("", _ESCAPE.sub("", text)).casefold().split())
