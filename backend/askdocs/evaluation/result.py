"""An evaluation's result: the judgements of all questions, and the figures that they make, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from askdocs.evaluation import figures
from askdocs.evaluation.judge import Judgement, Outcome

SCHEMA = 2
"""The shape of `Result.as_json`: results are kept, and compared by later releases."""

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in whatever currency; None where nobody said."""

    prompt: float | None = None
    output: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`judgements` are in the order of the questions."""

    judgements: tuple[Judgement, ...]
    prices: Prices = Prices()

    @property
    def auc(self) -> float | None:
        """The chance to be surer of an answerable question than of another, None without both."""
        known = [one.observation.confidence for one in self.judgements if one.question.answerable]
        others = [one.observation.confidence for one in self.judgements if not one.question.answerable]
        return figures.auc(known, others)

    @property
    def scores(self) -> dict[str, float]:
        """The mean of each score over the questions that have it."""
        return mean_scores(one.scores for one in self.judgements)

    @property
    def precision(self) -> float | None:
        """The share of declined questions that the docs do not answer; by the answers, if there are any."""
        declined = [one for one in self.judgements if _declined(one)]
        return figures.mean(not one.question.answerable for one in declined)

    def as_json(self) -> dict[str, Any]:
        scores = self.scores
        observed = [one.observation for one in self.judgements]
        return {
            "schema": SCHEMA,
            "questions": len(self.judgements),
            "answered": sum(one.well for one in self.judgements),
            "unreviewed": sum(one.question.draft for one in self.judgements),
            "revision": observed[0].revision if observed else None,
            "threshold": observed[0].threshold if observed else None,
            "outcomes": self._outcomes(),
            "page": _below("page.", scores),
            "section": _below("section.", scores),
            "context": {name: value for name, value in scores.items() if name.startswith("facts@")},
            "auc": self.auc,
            "refusals": {
                "answerable_answered": scores.get("search.answers"),
                "unanswerable_refused": scores.get("search.refuses"),
                "precision": self.precision,
            },
            "answers": self._answers(scores),
            "latency_ms": self._latency(),
            "kinds": self._kinds(),
            "results": [one.as_json() for one in self.judgements],
        }

    def _outcomes(self) -> dict[str, int]:
        counted = Counter(one.outcome for one in self.judgements)
        return {outcome: counted[outcome] for outcome in get_args(Outcome)}

    def _answers(self, scores: Figures) -> dict[str, Any] | None:
        answers = [one.observation.answer for one in self.judgements if one.observation.answer]
        if not answers:
            return None
        prompt, output = sum(one.prompt_tokens for one in answers), sum(one.output_tokens for one in answers)
        words = [one.scores["answer.words"] for one in self.judgements if "answer.words" in one.scores]
        own = _below("answer.", scores)
        own.pop("words", None)
        return {
            **own,
            "failed": sum(one.failed for one in answers),
            "median_words": figures.percentile(words, 0.5),
            "prompt_tokens": prompt,
            "output_tokens": output,
            "cost": _cost(prompt, output, self.prices),
        }

    def _latency(self) -> dict[str, float | None]:
        seen = [one.observation for one in self.judgements]
        answers = [one.answer for one in seen if one.answer]
        times: dict[str, list[float]] = {"search": [one.search_ms for one in seen]}
        if answers:
            times["first_token"] = [one.first_token_ms for one in answers]
            times["answer"] = [one.total_ms for one in answers]
        return {
            f"{name}_p{share}": figures.percentile(values, share / 100)
            for name, values in times.items()
            for share in (50, 95)
        }

    def _kinds(self) -> dict[str, Any]:
        """The most telling figures of each kind of question, in the order in which kinds come up."""
        kinds: dict[str, list[Judgement]] = {}
        for one in self.judgements:
            kinds.setdefault(one.question.kind, []).append(one)
        return {kind: _kind(judgements) for kind, judgements in kinds.items()}


def mean_scores(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each score over those that hold it, in the order in which names come up."""
    values: dict[str, list[float]] = {}
    for one in scores:
        for name, value in one.items():
            values.setdefault(name, []).append(value)
    return {name: sum(numbers) / len(numbers) for name, numbers in values.items()}


def _kind(judgements: Sequence[Judgement]) -> dict[str, Any]:
    scores = mean_scores(one.scores for one in judgements)
    names = ("section.recall@5", "section.mrr@10", "facts@16000", "answer.facts")
    return {
        "questions": len(judgements),
        "answered": sum(one.well for one in judgements),
        **{name: scores[name] for name in names if name in scores},
    }


def _declined(one: Judgement) -> bool:
    answer = one.observation.answer
    return answer.declines if answer else one.observation.unsure


def _below(prefix: str, scores: Figures) -> dict[str, float]:
    return {name.removeprefix(prefix): value for name, value in scores.items() if name.startswith(prefix)}


def _cost(prompt: int, output: int, prices: Prices) -> float | None:
    if prices.prompt is None or prices.output is None:
        return None
    return (prompt * prices.prompt + output * prices.output) / 1_000_000
