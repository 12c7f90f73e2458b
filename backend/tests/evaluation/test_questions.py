"""Files of labelled questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.evaluation import questions
from askdocs.evaluation.questions import Question
from askdocs.types import Turn


def write(tmp_path: Path, text: str, name: str = "q.jsonl") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_lines_are_loaded(tmp_path: Path) -> None:
    line = '{"id": "q1", "question": "How?", "answerable": true, "gold": [{"path": "a.md", "anchor": "x"}]}'

    loaded = questions.load(write(tmp_path, f"{line}\n\n"))

    assert loaded.questions == (Question("q1", "How?", frozenset({("a.md", "x")})),)


def test_yaml_holds_questions_and_thresholds(tmp_path: Path) -> None:
    text = """
    thresholds: {min_section_recall: 0.9}
    questions:
      - id: q1
        question: How?
        kind: howto
        gold: [a.md#x, b.md, {path: c.md}]
        facts: [pip install]
        history: [Which one]
        draft: true
    """

    loaded = questions.load(write(tmp_path, text, "q.yaml"))

    gold = frozenset({("a.md", "x"), ("b.md", ""), ("c.md", "")})
    asked = Question("q1", "How?", gold, "howto", ("pip install",), (Turn("Which one", ""),), True)
    assert (loaded.questions, loaded.thresholds) == ((asked,), {"min_section_recall": 0.9})


def test_history_becomes_turns(tmp_path: Path) -> None:
    history = [
        {"role": "user", "content": "Which exporter?"},
        {"role": "assistant", "content": "The first."},
        {"role": "user", "content": "Where?"},
    ]
    row = {"question": "And on Windows?", "gold": [{"path": "a.md"}], "history": history}

    (loaded,) = questions.load(write(tmp_path, json.dumps(row))).questions

    assert loaded.turns == (Turn("Which exporter?", "The first."), Turn("Where?", ""))


def test_question_may_be_asked_on_a_page(tmp_path: Path) -> None:
    row = {"question": "How do I run this?", "gold": ["start.md#run"], "page": "https://docs.test/start"}

    (loaded,) = questions.load(write(tmp_path, json.dumps(row))).questions

    assert loaded.page == "https://docs.test/start"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "{}",
        '{"question": " "}',
        '{"question": "a", "gold": "x"}',
        '{"question": "a", "gold": [{"anchor": "x"}]}',
        '{"question": "a", "gold": [{"path": "a", "anchor": 1}]}',
        '{"question": "a", "answerable": true, "gold": []}',
        '{"question": "a", "facts": "b"}',
        '{"question": "a", "history": "b"}',
        '{"question": "a", "history": [{"role": "system", "content": "b"}]}',
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError, match=r"q\.jsonl:2 "):
        questions.load(write(tmp_path, '{"question": "fine"}\n' + line))


@pytest.mark.parametrize(
    "text", ["{", "a", "questions: [{question: How?}]\nthreshold: {}", "- question: fine\n- question:"]
)
def test_bad_yaml_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError, match=r"q\.yaml"):
        questions.load(write(tmp_path, text, "q.yaml"))


def test_missing_or_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        questions.load(tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match="holds no question"):
        questions.load(write(tmp_path, "\n"))
