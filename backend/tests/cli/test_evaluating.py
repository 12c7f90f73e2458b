"""`askdocs eval`: results that are kept, compared, and that hold a change up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import Command

DOCUSAURUS = Path(__file__).parents[1] / "fixtures" / "sources" / "docusaurus"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    kept = {"id": "1", "question": "How long are answers kept?", "gold": [{"path": "cache.md", "anchor": ""}]}
    path.write_text(json.dumps(kept) + "\n")
    return path


def test_broken_question_is_named_and_ends_the_gate(
    askdocs: Command, docs: Path, questions: Path, tmp_path: Path
) -> None:
    result = str(tmp_path / "result.json")
    askdocs("index", str(docs))
    first = askdocs("eval", str(questions), "--save", result)
    (docs / "cache.md").write_text("# Cache\n\nZebras.")
    askdocs("index", str(docs))

    told = askdocs("eval", str(questions), "--against", result)
    gated = askdocs("eval", str(questions), "--against", result, "--max-broken", "0", "--markdown")
    allowed = askdocs("eval", str(questions), "--against", result, "--max-broken", "1", "--json")

    assert (first.code, "1 of 1 questions end well" in first.out) == (0, True)
    assert (told.code, "breaks 1 of 1 question\n  - How long are answers kept?" in told.out) == (0, True)
    assert (gated.code, "**Newly answers 0, breaks 1" in gated.out) == (3, True)
    assert "at most 0 may be" in gated.err
    assert (allowed.code, json.loads(allowed.out)["comparison"]["broken"]) == (
        0,
        ["How long are answers kept?"],
    )


def test_gate_needs_an_earlier_result(askdocs: Command, questions: Path) -> None:
    ended = askdocs("eval", str(questions), "--max-broken", "0")

    assert (ended.code, "--against RESULT" in ended.err) == (2, True)


def test_earlier_result_is_read_before_anything_is_asked(
    askdocs: Command, questions: Path, tmp_path: Path
) -> None:
    ended = askdocs("eval", str(questions), "--against", str(tmp_path / "none.json"))

    assert (ended.code, "none.json cannot be read" in ended.err) == (2, True)


def test_questions_are_asked_of_the_version_that_is_named(askdocs: Command, tmp_path: Path) -> None:
    kept = {"question": "What does the introduction say?", "gold": [{"path": "docs/next/intro/index.html"}]}
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(kept))
    askdocs("index", str(DOCUSAURUS))

    def first_page(*options: str) -> int | None:
        place: int | None = json.loads(askdocs("eval", str(questions), "--json", *options).out)["results"][0][
            "page"
        ]
        return place

    assert (first_page(), first_page("--docs-version", "current")) == (None, 1)


def test_history_is_played(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    """A question that says nothing by itself finds what the one before it was about."""
    (docs / "zebras.md").write_text("# Zebras\n\nThey live on grass.")
    (docs / "ports.md").write_text("# Ports\n\nThe server listens on 8000.")
    before = {"role": "user", "content": "How long is the cache kept?"}
    row = {"question": "and why?", "gold": [{"path": "cache.md"}], "history": [before]}
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(row))
    askdocs("index", str(docs))

    (outcome,) = json.loads(askdocs("eval", str(questions), "--json").out)["results"]

    assert (outcome["section"], outcome["answered"]) == (1, True)


def test_figure_below_its_threshold_ends_with_1(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    questions, report = tmp_path / "questions.yaml", tmp_path / "report.html"
    asked = "questions:\n  - question: How long are answers kept?\n    gold: [none.md]\n"
    askdocs("index", str(docs))

    questions.write_text(f"thresholds: {{min_section_recall: 0.5}}\n{asked}")
    missed = askdocs("eval", str(questions), "--html", str(report))
    ignored = askdocs("eval", str(questions), "--no-thresholds")
    questions.write_text(f"thresholds: {{min_section_recall: 0, min_facts: 1}}\n{asked}")
    reached = askdocs("eval", str(questions))

    assert (missed.code, "min_section_recall 0.5: 0.000" in missed.err) == (1, True)
    assert "How long are answers kept?" in report.read_text()
    assert ignored.code == 0
    assert (reached.code, "min_facts 1: not measured" in reached.err) == (0, True)


def test_labels_that_name_nothing_published_are_told_before_the_figures(
    askdocs: Command, docs: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.yaml"
    askdocs("index", str(docs))

    def told(*gold: str) -> str:
        questions.write_text(f"- question: How long are answers kept?\n  gold: {json.dumps(gold)}\n")
        return askdocs("eval", str(questions), "--json").err

    assert told("cache.md") == ""
    assert told("cache.md", "docs/cache.md", "cache.md#rules").startswith(
        "2 of the 3 places that `gold` names are not in the live revision, so they count as not found: "
        "cache.md#rules, docs/cache.md. "
    )
    assert "page3.md, page4.md and 2 more" in told(*(f"page{number}.md" for number in range(7)))


def test_answers_are_composed_and_judged(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    row = {"question": "How long are answers kept?", "gold": [{"path": "cache.md"}], "facts": ["an hour"]}
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps(row))
    askdocs("index", str(docs))

    result = json.loads(askdocs("eval", str(questions), "--answers", "--json").out)

    assert result["answers"]["facts"] == result["answers"]["citation_recall"] == 1.0
    assert "an hour" in result["results"][0]["answer"]["text"]
    assert askdocs("unanswered", "--json").out.strip() == "[]", "nothing is logged as a reader's question"


def test_ranking_is_explained(askdocs: Command, docs: Path) -> None:
    askdocs("index", str(docs))

    shown = askdocs("explain", "How long are answers kept?", "--limit", "3")
    follow_up = json.loads(askdocs("explain", "and why?", "--after", "How are answers kept?", "--json").out)

    assert shown.code == 0
    assert "cache.md" in shown.out
    assert "dense" in shown.out
    assert [term["term"] for term in follow_up["terms"]] == ["answer", "kept"]


def test_few_questions_calibrate_nothing(askdocs: Command, docs: Path, questions: Path) -> None:
    askdocs("index", str(docs))

    ended = askdocs("eval", str(questions), "--calibrate")

    assert (ended.code, "takes 20 questions" in ended.err) == (2, True)


def test_drafts_are_written_once_and_counted_as_unreviewed(
    askdocs: Command, docs: Path, tmp_path: Path
) -> None:
    file = tmp_path / "drafts.yaml"
    askdocs("index", str(docs))
    askdocs("ask", "Is there a zebra?")

    first = askdocs("eval", "init", str(docs), "--to", str(file))
    again = askdocs("eval", "init", str(docs), "--to", str(file))
    asked = json.loads(askdocs("eval", str(file), "--json").out)

    assert (first.code, again.code) == (0, 3)
    assert "is not overwritten" in again.err
    assert [one["question"] for one in asked["results"]] == ["Cache", "Is there a zebra?"]
    assert asked["unreviewed"] == 2
