"""What an evaluation says about an earlier one, and that what was measured elsewhere is only shown."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import SourceError
from askdocs.evaluation import comparison, result
from askdocs.evaluation.comparison import Result
from askdocs.evaluation.judge import judge
from askdocs.evaluation.questions import Question
from askdocs.types import Turn
from tests.evaluation.observed import observation

BACKEND = Path(__file__).parents[2]

FIRST = Result("How?", answerable=True, answered=True, section=1, confidence=0.8)
LOST = replace(FIRST, answered=False, section=9, confidence=0.4)


def raw(**changed: Any) -> dict[str, Any]:
    one = {"question": "How?", "answerable": True, "answered": True, "section": 1, "confidence": 0.8}
    return {"schema": result.SCHEMA, "results": [one | {"scores": {}} | changed]}


def write(path: Path, value: Any) -> Path:
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def test_questions_are_paired_by_their_text() -> None:
    gained = replace(LOST, question="Why?")
    earlier = [FIRST, gained, replace(FIRST, question="Who?"), replace(FIRST, question="Same?")]
    now = [
        replace(FIRST, question="When?"),
        replace(FIRST, question="Same?"),
        LOST,
        replace(FIRST, question="Why?"),
    ]

    found = comparison.compare(earlier, now)

    assert found.as_json() == {
        "newly_answered": ["Why?"],
        "broken": ["How?"],
        "added": [{"question": "When?", "answered": True}],
        "removed": ["Who?"],
        "compared": 3,
        "changes": {},
    }


def test_what_is_written_is_read(tmp_path: Path) -> None:
    question = Question("1", "How?", frozenset({("a", "")}), turns=(Turn("Before?", "Yes."),))
    judged = judge(question, observation("b", "a", confidence=0.75))

    (read,) = comparison.load(write(tmp_path / "r.json", result.Result((judged,)).as_json()))

    scores = {name: round(score, 4) for name, score in judged.scores.items() if name in comparison.MEASURES}
    assert read == Result("How?", True, True, 2, 0.75, scores, ("Before?",))


def test_result_of_the_first_schema_is_read(tmp_path: Path) -> None:
    first = {
        "question": "How?",
        "answerable": True,
        "answered": True,
        "page": 1,
        "section": 6,
        "confidence": 1,
    }

    (read,) = comparison.load(write(tmp_path / "r.json", {"schema": 1, "results": [first]}))

    assert read.scores == {
        "page.recall@5": 1.0,
        "page.mrr@10": 1.0,
        "section.recall@5": 0.0,
        "section.mrr@10": pytest.approx(1 / 6),
    }


def test_follow_ups_of_the_same_words_are_told_apart() -> None:
    pip, brew = (
        replace(FIRST, question="And on Windows?", history=(before,)) for before in ("pip?", "brew?")
    )

    found = comparison.compare([pip, brew], [replace(pip, answered=False), brew])

    assert found.as_json()["broken"] == ["pip? › And on Windows?"]


def test_same_question_on_two_pages_is_two_questions() -> None:
    start, other = (replace(FIRST, asked_on=page) for page in ("/start", "/other"))

    found = comparison.compare([start, other], [start, replace(other, answered=False)])

    assert (found.as_json()["broken"], found.common) == (["How? (on /other)"], 2)


def test_figures_move_with_an_interval() -> None:
    """Over the questions that hold a score in both results."""
    before = [replace(FIRST, question=str(n), scores={"section.recall@5": 0.0}) for n in range(20)]
    now = [replace(one, scores={"section.recall@5": float(int(one.question) % 2)}) for one in before]
    now[0] = replace(now[0], scores={})

    change = comparison.compare(before, now).changes["Right section among five"]

    assert change.now == pytest.approx(10 / 19)
    assert (change.before, change.questions) == (0, 19)
    assert 0.2 < change.low < 0.4 < change.difference < 0.6 < change.high < 0.9
    assert "★" in comparison.as_markdown(now, comparison.compare(before, now))


@pytest.mark.parametrize(
    "value",
    [
        "{",
        "[]",
        "[" * 100_000,
        "{}",
        {"schema": 3, "results": []},
        {"schema": [1], "results": []},
        {"schema": 1},
        {"schema": 1, "results": [1]},
        raw(question=1),
        raw(answered="yes"),
        raw(section=0),
        raw(section="1"),
        raw(confidence=None),
        raw(confidence=float("nan")),
        raw(confidence=2),
        raw(scores=None),
        raw(scores={"page.mrr@10": 2}),
        raw(history="before"),
        raw(asked_on=1),
        {"schema": 1, "results": [raw()["results"][0] | {"page": "x"}]},
        " " * (comparison.LARGEST + 1),
    ],
    ids=lambda value: str(value)[:40].strip(),
)
def test_what_is_no_result_is_refused(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SourceError, match=r"r\.json") as refused:
        comparison.load(write(tmp_path / "r.json", value))

    assert "--save" in refused.value.fix


def test_terminal_is_told_what_changed_about_each_question() -> None:
    lines = comparison.as_lines(comparison.compare([FIRST], [LOST]))

    assert lines == [
        "newly answers 0, breaks 1 of 1 question",
        "  - How?  (right section 1 → 9, confidence 0.80 → 0.40)",
    ]


def test_question_that_must_be_refused_and_is_not_is_broken() -> None:
    earlier = Result("Mobile app?", answerable=False, answered=True, section=None, confidence=0.1)
    found = comparison.compare([earlier], [replace(earlier, answered=False, confidence=0.6)])

    assert comparison.as_lines(found)[1] == "  - Mobile app?  (not in the docs; confidence 0.10 → 0.60)"


def test_comment_begins_with_the_two_numbers() -> None:
    said = comparison.as_markdown([LOST], comparison.compare([FIRST], [LOST]))

    assert (
        said.splitlines()[2]
        == "**Newly answers 0, breaks 1 of 1 question**; 0 of 1 question answered in all."
    )
    assert "Broken:\n\n- `How?`: right section 1 → 9" in said


def test_comment_without_an_earlier_result_says_so() -> None:
    assert "1 of 1 question answered. There is no earlier result" in comparison.as_markdown([FIRST], None)


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("@all <img src=x> [a](http://b)", "`@all <img src=x> [a](http://b)`"),
        ("``` @all", "```` ``` @all ````"),
        ("a\n\n# b\u202e\x1b[31m", "`a # b [31m`"),
        ("x" * 1000, f"`{'x' * 199}…`"),
        ("\u200b", "`(empty)`"),
    ],
)
def test_question_in_a_comment_is_shown_and_nothing_else(question: str, shown: str) -> None:
    said = comparison.as_markdown([], comparison.compare([], [replace(FIRST, question=question)]))

    assert f"- {shown}: answered" in said


def test_comment_lists_so_many_questions_that_it_fits() -> None:
    many = [replace(FIRST, question=f"{'`' * 190} {number}") for number in range(500)]

    said = comparison.as_markdown(many, comparison.compare([], many))

    assert "- and 475 more" in said
    assert len(said) < 65_536


def test_it_renders_with_the_standard_library_alone(tmp_path: Path) -> None:
    now, earlier = write(tmp_path / "now.json", raw(answered=False)), write(tmp_path / "earlier.json", raw())
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(BACKEND)!r}); "
        "from askdocs.evaluation.comparison import main; sys.exit(main(sys.argv[1:]))",
    ]

    ended = subprocess.run([*command, now, earlier], capture_output=True, text=True, check=False)
    refused = subprocess.run([*command, tmp_path / "none"], capture_output=True, text=True, check=False)

    assert (ended.returncode, "breaks 1" in ended.stdout, ended.stderr) == (0, True, "")
    assert (refused.returncode, "cannot be read" in refused.stderr) == (2, True)
