"""What a question's observation is worth: its outcome, and a score for each measure that applies to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from askdocs.evaluation import figures
from askdocs.evaluation.explain import Explanation
from askdocs.evaluation.observe import Answer, Found, Observation
from askdocs.evaluation.questions import Question
from askdocs.text import fences

ANSWERED_WITHIN = 5
"""A right section must be among so many distinct ones: the depth of the first figure, recall@5."""

BUDGETS = (4_000, 16_000)
"""Characters of passages within which facts are looked for: what a short prompt holds, and a full one."""

_NOT_READ = re.compile(r"\[\d+\]|(?<=\])\([^)\s]*\)|[|]")
"""Marks of citations, addresses of links, borders of tables."""

_SHOWN = 10
"""Sections that a result keeps of each question."""

Outcome = Literal["answered", "missed", "declined", "refused", "invented"]
"""An answerable question is answered, has its right section too far down, or is declined; another one is
refused, as it should be, or an answer is made up."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`page` and `section` are where the first right one stood.

    A figure is the mean of the `scores` of its name. `missing` are facts that the passages of the largest
    budget lack, `unsaid` those that the answer lacks.
    """

    question: Question
    observation: Observation
    outcome: Outcome
    page: int | None
    section: int | None
    scores: Mapping[str, float]
    missing: tuple[str, ...]
    unsaid: tuple[str, ...]
    explained: Explanation | None = None

    @property
    def well(self) -> bool:
        return self.outcome in ("answered", "refused")

    def as_json(self) -> dict[str, Any]:
        question, seen = self.question, self.observation
        return {
            "id": question.id,
            "question": question.text,
            "kind": question.kind,
            "history": [turn.question for turn in question.turns],
            "asked_on": question.page,
            "answerable": question.answerable,
            "draft": question.draft,
            "answered": self.well,
            "outcome": self.outcome,
            "page": self.page,
            "section": self.section,
            "confidence": seen.confidence,
            "features": dict(seen.features),
            "scores": {name: round(value, 4) for name, value in self.scores.items()},
            "gold": [f"{path}#{anchor}" if anchor else path for path, anchor in sorted(question.gold)],
            "facts": list(question.facts),
            "missing_facts": list(self.missing),
            "unsaid_facts": list(self.unsaid),
            "terms": [asdict(term) for term in self.explained.terms] if self.explained else [],
            "found": self._found(),
            "search_ms": seen.search_ms,
            "answer": asdict(seen.answer) if seen.answer else None,
        }

    def _found(self) -> list[dict[str, Any]]:
        """The first sections, with why they rank there as far as that was explained."""
        ranked = self.explained.ranked if self.explained else ()
        why = {
            (one.found.path, one.found.anchor): {
                "parts": dict(one.parts),
                "moved": one.moved,
                "terms": one.terms,
            }
            for one in ranked
        }
        return [
            asdict(one) | why.get((one.path, one.anchor), {}) for one in _distinct(self.observation)[:_SHOWN]
        ]


def judge(question: Question, seen: Observation, explained: Explanation | None = None) -> Judgement:
    """The outcome rests on the search alone, so that it means the same with answers and without."""
    places = [(one.path, one.anchor) for one in seen.found]
    paths = [path for path, _ in places]
    pages = {path for path, _ in question.gold}
    page, section = figures.rank(paths, pages), figures.rank(places, question.gold)
    scores: dict[str, float] = {}
    if question.answerable:
        scores |= _ranked("page", page, figures.ndcg(paths, pages))
        scores |= _ranked("section", section, figures.ndcg(places, question.gold))
        scores["search.answers"] = float(not seen.unsure)
    else:
        scores["search.refuses"] = float(seen.unsure)
    lacking: list[str] = []
    for budget in BUDGETS if question.facts else ():
        lacking = figures.missing(question.facts, _within(seen.passages, budget))
        scores[f"facts@{budget}"] = float(not lacking)
    if seen.answer:
        scores |= _answer_scores(question, seen.answer)
    return Judgement(
        question=question,
        observation=seen,
        outcome=_outcome(question, seen, section),
        page=page,
        section=section,
        scores=scores,
        missing=tuple(lacking),
        unsaid=tuple(figures.missing(question.facts, seen.answer.text)) if seen.answer else (),
        explained=explained,
    )


def _ranked(level: str, rank: int | None, ndcg: float) -> dict[str, float]:
    recalls = {
        f"{level}.recall@{depth}": float(rank is not None and rank <= depth) for depth in (1, 3, 5, 10)
    }
    return {**recalls, f"{level}.mrr@10": 1 / rank if rank else 0.0, f"{level}.ndcg@10": ndcg}


def _answer_scores(question: Question, answer: Answer) -> dict[str, float]:
    """What is declined or broke off has no words and citations to judge, but lacks the facts asked for.

    Of several right sections one cited is enough: they say the same. So recall is 1 or 0.
    """
    if not question.answerable:
        return {"answer.refuses": float(answer.declines)}
    scores = {"answer.answers": float(answer.status == "answered")}
    if question.facts:
        scores["answer.facts"] = float(not figures.missing(question.facts, answer.text))
    if answer.status != "answered":
        return scores
    right = [place in question.gold for place in answer.cited]
    scores["answer.words"] = float(_words(answer.text))
    scores["answer.citation_recall"] = float(any(right))
    if right:
        scores["answer.citation_precision"] = sum(right) / len(right)
    scores["answer.supported"] = float(answer.support == "supported")
    return scores


def _words(text: str) -> int:
    """What is read word by word: neither code nor the marks of citations, links and tables."""
    return sum(any(map(str.isalnum, word)) for word in _NOT_READ.sub(" ", fences.outside(text)).split())


def _outcome(question: Question, seen: Observation, section: int | None) -> Outcome:
    if not question.answerable:
        return "refused" if seen.unsure else "invented"
    if seen.unsure:
        return "declined"
    return "answered" if section is not None and section <= ANSWERED_WITHIN else "missed"


def _within(passages: Sequence[str], budget: int) -> str:
    """The passages as far as there is room, the last one cut."""
    return "\n\n".join(passages)[:budget]


def _distinct(seen: Observation) -> list[Found]:
    return list({(one.path, one.anchor): one for one in reversed(seen.found)}.values())[::-1]
