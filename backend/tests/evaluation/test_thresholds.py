"""What a result must reach."""

from __future__ import annotations

import pytest

from askdocs.config.operating import Evaluation
from askdocs.errors import SourceError
from askdocs.evaluation import thresholds

RESULT = {"section": {"recall@5": 0.8}, "latency_ms": {"search_p95": 9.0}, "answers": None, "auc": None}


def held(**asked: float) -> dict[str, bool]:
    merged = thresholds.merge(Evaluation(), asked, file="q.yaml")
    return {gate.name: gate.holds for gate in thresholds.gates(merged, RESULT)}


def test_figures_are_held_against_what_is_asked_for() -> None:
    assert held(min_section_recall=0.8, max_search_ms=9) == {
        "min_section_recall": True,
        "max_search_ms": True,
    }
    assert held(min_section_recall=0.81, max_search_ms=8) == {
        "min_section_recall": False,
        "max_search_ms": False,
    }
    assert held() == {}


def test_what_was_not_measured_is_said_and_holds() -> None:
    (gate,) = thresholds.gates(Evaluation(min_answer_facts=0.9), RESULT)

    assert (gate.holds, str(gate)) == (True, "min_answer_facts 0.9: not measured")


def test_file_overrules_the_settings() -> None:
    merged = thresholds.merge(Evaluation(min_auc=0.9, min_facts=0.8), {"min_auc": 0.5}, file="q.yaml")

    assert (merged.min_auc, merged.min_facts) == (0.5, 0.8)


@pytest.mark.parametrize("written", [{"min_recall": 0.9}, {"min_auc": 2}, {"min_auc": "high"}])
def test_threshold_that_is_none_is_refused(written: dict[str, object]) -> None:
    with pytest.raises(SourceError, match=r"q\.yaml has a threshold"):
        thresholds.merge(Evaluation(), written, file="q.yaml")
