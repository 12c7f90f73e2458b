"""Found points to sections, best first: by their scores, the kind of their page, and where the reader is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from askdocs.text import prompts
from askdocs.types import PageKind, ScoredPoint

KIND = 0.2
"""Share of its score that a page which is no docs, and is not asked for, loses.

Section recall@5 and MRR@10 of 98 questions about one corpus to which its project's blog and changelog were
added: .867 and .745 at 0, .878 and .756 at .1, .898 and .766 at .2, .898 and .773 at .5; .898 and .768
without these pages. MRR of 66 about this project's docs, a third of which are for contributors: .780, .810,
.818, .804.
"""

PAGE = 0.1
"""What sections of the reader's page gain, for a question that says nothing by itself.

Section recall@5 and MRR@10 of 29 such questions about four corpora: .72 and .47 at 0, .83 and .62 at .06, .93
and .71 at .1, .93 and .76 at .15. With a page drawn at random for each of the 392 questions that stand alone
no set loses recall up to .1, and one .009 of MRR; at .15 one loses .019 of recall.
"""

CITED = 0.06
"""Likewise what those gain which are on a page that the answer before cites: section recall@5 of 62
follow-ups .92 against .89 without, the same from .04 to .1. No change of subject finds another section
first."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What besides the question's words decides.

    `kinds` of page are asked for. `weights` are those of sources by name, where they are not 1. `page` is the
    path of the address at which the reader is, and `cited` are those of pages that the answer before cites;
    "" and none where that is not known. The question leans on them by the share `leaning` (0 to 1).
    """

    kinds: frozenset[PageKind] = frozenset()
    weights: Mapping[str, float] = field(default_factory=dict)
    page: str = ""
    cited: frozenset[str] = frozenset()
    leaning: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A section: its points, best first, as they count now. `score` is what the best one had, and `moves`
    are what was added to it, by their names."""

    points: Sequence[ScoredPoint]
    score: float
    moves: Mapping[str, float]

    @property
    def place(self) -> tuple[Any, Any]:
        """Path and number of the section."""
        return _place(self.points[0])


def sections(points: Sequence[ScoredPoint]) -> list[list[ScoredPoint]]:
    """The points of each section, best first, and the sections by their best point."""
    found: dict[tuple[Any, Any], list[ScoredPoint]] = {}
    for point in points:
        found.setdefault(_place(point), []).append(point)
    return list(found.values())


def move(sections: Iterable[Sequence[ScoredPoint]], given: Circumstances) -> list[Ranked]:
    """The sections as they come when more than the question's words counts."""
    ranked = [_ranked(points, given) for points in sections]
    return sorted(ranked, key=lambda one: one.points[0].score, reverse=True)


def _place(point: ScoredPoint) -> tuple[Any, Any]:
    return point.payload.get("path"), point.payload.get("section")


def _ranked(points: Sequence[ScoredPoint], given: Circumstances) -> Ranked:
    best = points[0]
    moves = _moves(best.payload, best.score, given)
    moved = sum(moves.values())
    if moved:
        points = [replace(point, score=point.score + moved) for point in points]
    return Ranked(points, best.score, moves)


def _moves(payload: Mapping[str, Any], score: float, given: Circumstances) -> dict[str, float]:
    moves: dict[str, float] = {}
    kind = payload.get("kind", "docs")
    if kind != "docs" and kind not in given.kinds:
        moves["kind"] = -KIND * score
    weight = given.weights.get(str(payload.get("source", "")), 1.0)
    if weight != 1:
        moves["source"] = (weight - 1) * score
    if given.leaning and (given.page or given.cited):
        path = prompts.page_path(str(payload.get("url", "")))
        if path == given.page:
            moves["page"] = PAGE * given.leaning
        if path in given.cited:
            moves["cited"] = CITED * given.leaning
    return moves
