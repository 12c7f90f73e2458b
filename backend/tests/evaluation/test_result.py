"""The figures of a whole evaluation."""

from __future__ import annotations

import pytest

from askdocs.evaluation.judge import judge
from askdocs.evaluation.questions import Question
from askdocs.evaluation.result import Prices, Result
from tests.evaluation.observed import answer, observation

KNOWN = Question("1", "How?", frozenset({("a", "")}), kind="howto", facts=("pip",))
UNKNOWN = Question("2", "Mobile app?", kind="unanswerable", draft=True)


def test_figures_are_means_over_the_questions_that_they_apply_to() -> None:
    first, second = judge(KNOWN, observation("a")), judge(KNOWN, observation("b", "a", confidence=0.2))
    refused = judge(UNKNOWN, observation("a", confidence=0.1))

    result = Result((first, second, refused)).as_json()

    assert result["section"]["mrr@10"] == 0.75
    assert result["auc"] == 1.0
    assert result["refusals"] == {
        "answerable_answered": 0.5,
        "unanswerable_refused": 1.0,
        "precision": 0.5,
    }
    assert result["outcomes"] == {"answered": 1, "missed": 0, "declined": 1, "refused": 1, "invented": 0}
    assert (result["questions"], result["answered"], result["unreviewed"]) == (3, 2, 1)
    assert result["kinds"]["howto"]["section.recall@5"] == 1.0
    assert result["answers"] is None


def test_answers_have_figures_and_a_price() -> None:
    said = judge(KNOWN, observation("a", answer=answer("With pip.", "a")))

    result = Result((said, said), Prices(prompt=0.5, output=2.0)).as_json()

    assert result["answers"] == {
        "answers": 1.0,
        "facts": 1.0,
        "citation_recall": 1.0,
        "citation_precision": 1.0,
        "supported": 1.0,
        "failed": 0,
        "median_words": 2.0,
        "prompt_tokens": 1800,
        "output_tokens": 200,
        "cost": pytest.approx(0.0013),
    }
    assert result["latency_ms"]["answer_p95"] == 1200


def test_tokens_without_a_price_have_no_cost() -> None:
    result = Result((judge(KNOWN, observation("a", answer=answer("With pip.", "a"))),)).as_json()

    assert (result["answers"]["prompt_tokens"], result["answers"]["cost"]) == (900, None)
