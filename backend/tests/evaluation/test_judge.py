"""What an observation is worth."""

from __future__ import annotations

import pytest

from askdocs.evaluation.explain import Explanation, Ranked, Term
from askdocs.evaluation.judge import judge
from askdocs.evaluation.observe import Observation
from askdocs.evaluation.questions import Question
from tests.evaluation.observed import answer, observation


def question(*gold: str, facts: tuple[str, ...] = ()) -> Question:
    split = [place.partition("#") for place in gold]
    return Question("q", "How?", frozenset((path, anchor) for path, _, anchor in split), facts=facts)


def test_page_and_section_are_ranked_apart() -> None:
    judged = judge(question("a#right"), observation("b", "a#wrong", "a#right"))

    assert (judged.page, judged.section) == (2, 3)
    assert judged.scores["page.mrr@10"] == 0.5
    assert judged.scores["section.recall@1"] == 0
    assert judged.scores["section.recall@3"] == 1


def test_unanswerable_questions_do_not_enter_the_ranks() -> None:
    judged = judge(question(), observation("a"))

    assert judged.scores == {"search.refuses": 0.0}


@pytest.mark.parametrize(
    ("asked", "seen", "outcome"),
    [
        (question("a#x"), observation("a#x"), "answered"),
        (question("a#x"), observation("a#y"), "missed"),
        (question("z"), observation("1", "2", "3", "4", "z"), "answered"),
        (question("z"), observation("1", "2", "3", "4", "5", "z"), "missed"),
        (question("a"), observation("a", confidence=0.49), "declined"),
        (question("a"), observation(), "declined"),
        (question(), observation("a", confidence=0.49), "refused"),
        (question(), observation("a", confidence=0.5), "invented"),
    ],
)
def test_outcome(asked: Question, seen: Observation, outcome: str) -> None:
    judged = judge(asked, seen)

    assert judged.outcome == outcome
    assert judged.well is (outcome in ("answered", "refused"))


def test_facts_are_looked_for_within_budgets_of_characters() -> None:
    seen = observation("a", passages=("x" * 3_990, "first fact", "y" * 20_000, "last"))

    judged = judge(question("a", facts=("first fact",)), seen)
    late = judge(question("a", facts=("x", "last")), seen)

    assert (judged.scores["facts@4000"], judged.scores["facts@16000"]) == (0, 1)
    assert late.missing == ("last",)


def test_citations_are_held_against_the_right_sections() -> None:
    said = answer("Use pip install.", "a#x", "b", "c", "a#x")

    judged = judge(question("a#x", "d", facts=("pip install", "now")), observation("a#x", answer=said))

    assert judged.scores["answer.citation_precision"] == 0.5
    assert judged.scores["answer.citation_recall"] == 1
    assert judged.scores["answer.words"] == 3
    assert judged.scores["answer.facts"] == 0
    assert judged.unsaid == ("now",)


def test_words_of_an_answer_are_those_that_are_read() -> None:
    said = (
        "Run [this](/a) now: [1]\n\n```sh\npip install x\n```\n\n| Key | Use |\n| --- | --- |\n| a | so [2] |"
    )

    assert judge(question("a"), observation("a", answer=answer(said, "a"))).scores["answer.words"] == 7


def test_answer_that_declines_is_told_from_the_search_that_is_sure() -> None:
    declined = answer("I found nothing.", status="unanswered")

    known = judge(question("a"), observation("a", answer=declined))
    other = judge(question(), observation("a", answer=declined))

    assert (known.outcome, known.scores["answer.answers"]) == ("answered", 0)
    assert "answer.words" not in known.scores
    assert (other.outcome, other.scores["answer.refuses"]) == ("invented", 1)


def test_answer_that_broke_off_answers_nothing() -> None:
    seen = observation("a", answer=answer("Use p", status="failed"))

    scores = judge(question("a", facts=("pip",)), seen).scores

    assert (scores["answer.answers"], scores["answer.facts"]) == (0, 0)
    assert "answer.citation_recall" not in scores


def test_result_says_why_sections_rank_where_they_do() -> None:
    seen = observation("a", "b")
    why = Ranked(seen.found[0], {"dense": 0.6, "sparse": 0.3}, 0.1, ("cach",))
    explained = Explanation((Term("cach", 2.0, True),), (why,), (), 1.0, 0.5, 1, "", "")

    row = judge(question("a"), seen, explained).as_json()

    assert row["terms"] == [{"term": "cach", "idf": 2.0, "known": True, "meant": ""}]
    assert row["found"][0]["parts"] == {"dense": 0.6, "sparse": 0.3}
    assert "parts" not in row["found"][1]
