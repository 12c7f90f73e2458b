import json
from pathlib import Path

import pytest

from askdocs.answer import evaluate
from askdocs.answer.evaluate import Found, Question, Ranks, Report
from askdocs.errors import SourceError
from askdocs.types import Block, Chunk, Hit, Turn

pytestmark = pytest.mark.anyio


def hit(place: str, score: float = 1.0) -> Hit:
    path, _, anchor = place.partition("#")
    return Hit(Chunk(path, f"/{path}", anchor, "T", (), "", "", "", 0, 0, (Block("text"),)), score)


def question(text: str, *gold: str) -> Question:
    places = [place.partition("#") for place in gold]
    return Question(text, text, frozenset((path, anchor) for path, _, anchor in places))


async def run(results: dict[Question, list[Hit]]) -> Report:
    by_text = {one.text: hits for one, hits in results.items()}

    async def search(asked: Question) -> Found:
        hits = by_text[asked.text]
        return Found(hits, confidence=max((hit.score for hit in hits), default=0.0))

    return await evaluate.evaluate(list(results), search, min_confidence=0.5)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "q.jsonl"
    path.write_text(text)
    return path


async def test_page_and_section_are_ranked_apart() -> None:
    report = await run({question("q", "a#right"): [hit("b"), hit("a#wrong"), hit("a#right")]})
    assert report.page.ranks == (2,)
    assert report.section.ranks == (3,)


async def test_several_hits_of_one_page_count_once() -> None:
    report = await run({question("q", "b#x"): [hit("a#1"), hit("a#2"), hit("a#1"), hit("b#x")]})
    assert report.page.ranks == (2,)
    assert report.section.ranks == (3,)


async def test_any_right_section_will_do() -> None:
    report = await run({question("q", "a#x", "b"): [hit("b")]})

    assert report.section.ranks == (1,)


async def test_eleventh_place_is_not_found() -> None:
    report = await run({question("q", "z"): [*(hit(f"p{i}") for i in range(10)), hit("z")]})

    assert report.page.ranks == (None,)


def test_recall_and_mrr() -> None:
    ranks = Ranks((1, 6, None, 2))
    assert ranks.recall(5) == 0.5
    assert ranks.recall(10) == 0.75
    assert ranks.mrr() == pytest.approx((1 + 1 / 6 + 1 / 2) / 4)


async def test_auc_compares_confidences_and_ties_count_half() -> None:
    assert evaluate.auc([0.9, 0.5], [0.5, 0.1]) == 0.875
    report = await run({question("known", "a"): [hit("a", 0.8)], question("unknown"): []})
    assert report.auc == 1.0


async def test_unanswerable_questions_do_not_enter_the_ranks() -> None:
    report = await run({question("q"): [hit("a")]})
    assert report.section.ranks == ()
    assert report.auc is None


async def test_report_as_json_has_the_agreed_keys() -> None:
    report = await run({question("q", "a"): [hit("a")]})

    assert report.as_json() == {
        "schema": 1,
        "page": {"recall@5": 1.0, "recall@10": 1.0, "mrr@10": 1.0},
        "section": {"recall@5": 1.0, "recall@10": 1.0, "mrr@10": 1.0},
        "auc": None,
        "questions": 1,
        "answered": 1,
        "results": [
            {
                "id": "q",
                "question": "q",
                "answerable": True,
                "answered": True,
                "page": 1,
                "section": 1,
                "confidence": 1.0,
            }
        ],
    }


@pytest.mark.parametrize(
    ("asked", "hits", "answered"),
    [
        (question("right", "a#x"), [hit("a#x")], True),
        (question("right page only", "a#x"), [hit("a#y")], False),
        (question("fifth", "z"), [*(hit(f"p{i}") for i in range(4)), hit("z")], True),
        (question("sixth", "z"), [*(hit(f"p{i}") for i in range(5)), hit("z")], False),
        (question("unsure", "a"), [hit("a", 0.49)], False),
        (question("not in the docs, refused"), [hit("a", 0.49)], True),
        (question("not in the docs, answered"), [hit("a", 0.5)], False),
    ],
    ids=lambda value: value.text if isinstance(value, Question) else "",
)
async def test_question_is_answered_by_a_right_section_in_reach_and_enough_confidence(
    asked: Question, hits: list[Hit], *, answered: bool
) -> None:
    (outcome,) = (await run({asked: hits})).outcomes

    assert outcome.answered is answered


def test_questions_are_loaded(tmp_path: Path) -> None:
    line = '{"id": "q1", "question": "How?", "answerable": true, "gold": [{"path": "a.md", "anchor": "x"}]}'
    (loaded,) = evaluate.load(write(tmp_path, f"{line}\n\n"))
    assert loaded == Question("q1", "How?", frozenset({("a.md", "x")}))


def test_history_becomes_turns(tmp_path: Path) -> None:
    history = [
        {"role": "user", "content": "Which exporter?"},
        {"role": "assistant", "content": "The first."},
        {"role": "user", "content": "Where?"},
    ]
    row = {"question": "And on Windows?", "gold": [{"path": "a.md"}], "history": history}

    (loaded,) = evaluate.load(write(tmp_path, json.dumps(row)))

    assert loaded.turns == (Turn("Which exporter?", "The first."), Turn("Where?", ""))


@pytest.mark.parametrize(
    "line",
    [
        '{"question": "a", "history": "b"}',
        '{"question": "a", "history": [{"role": "system", "content": "b"}]}',
        "{",
        "[]",
        "{}",
        '{"question": " "}',
        '{"question": "a", "gold": ["x"]}',
        '{"question": "a", "gold": [{"anchor": "x"}]}',
        '{"question": "a", "answerable": true, "gold": []}',
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(SourceError, match=r"q\.jsonl:2 "):
        evaluate.load(write(tmp_path, '{"question": "fine"}\n' + line))


def test_missing_or_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        evaluate.load(tmp_path / "none.jsonl")
    with pytest.raises(SourceError, match="holds no question"):
        evaluate.load(write(tmp_path, "\n"))
