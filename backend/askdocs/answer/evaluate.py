"""Measures retrieval against questions whose right sections are known."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from askdocs.errors import SourceError
from askdocs.types import Hit, Turn

DEPTH = 10
"""How many distinct pages or sections of a result are looked at."""

ANSWERED_WITHIN = 5
"""A right section must be among so many distinct ones: the depth of the first figure, recall@5."""

SCHEMA = 1
"""The shape of `Report.as_json`: results are kept, and compared by later releases."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first, and how sure it is (0 to 1) that this answers the question."""

    hits: Sequence[Hit]
    confidence: float


@dataclass(frozen=True, slots=True)
class Question:
    """`gold` holds (path, anchor) of every section that answers it; it is empty if the docs do not.

    `turns` are what the reader and the docs said before, oldest first.
    """

    id: str
    text: str
    gold: frozenset[tuple[str, str]]
    turns: tuple[Turn, ...] = ()

    @property
    def answerable(self) -> bool:
        return bool(self.gold)


Search = Callable[[Question], Awaitable[Found]]


@dataclass(frozen=True, slots=True)
class Ranks:
    """Where the first right result stood for each answerable question, from 1, None if not within `DEPTH`."""

    ranks: tuple[int | None, ...]

    def recall(self, depth: int) -> float:
        """The share of questions with a right result among the first `depth`; 0.0 without questions."""
        return _mean(rank is not None and rank <= depth for rank in self.ranks)

    def mrr(self) -> float:
        """The mean of 1/rank, 0 for what was not found."""
        return _mean(1 / rank if rank else 0.0 for rank in self.ranks)

    def as_json(self) -> dict[str, float]:
        return {"recall@5": self.recall(5), "recall@10": self.recall(10), "mrr@10": self.mrr()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question, and where the first right page and section stood.

    An answerable question is answered if the search is sure enough and a right section is among the first
    `ANSWERED_WITHIN`; another one if the search is too unsure to answer it.
    """

    question: Question
    page: int | None
    section: int | None
    confidence: float
    answered: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.question.id,
            "question": self.question.text,
            "answerable": self.question.answerable,
            "answered": self.answered,
            "page": self.page,
            "section": self.section,
            "confidence": round(self.confidence, 4),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes in the order of the questions, and the figures that they make."""

    outcomes: tuple[Outcome, ...]

    @property
    def page(self) -> Ranks:
        return Ranks(tuple(one.page for one in self.outcomes if one.question.answerable))

    @property
    def section(self) -> Ranks:
        return Ranks(tuple(one.section for one in self.outcomes if one.question.answerable))

    @property
    def auc(self) -> float | None:
        """The chance to be surer of an answerable question than of another, None without both."""
        known = [one.confidence for one in self.outcomes if one.question.answerable]
        return auc(known, [one.confidence for one in self.outcomes if not one.question.answerable])

    def as_json(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "page": self.page.as_json(),
            "section": self.section.as_json(),
            "auc": self.auc,
            "questions": len(self.outcomes),
            "answered": sum(one.answered for one in self.outcomes),
            "results": [one.as_json() for one in self.outcomes],
        }


def load(path: Path) -> list[Question]:
    """The questions of a JSON Lines file. Raises `SourceError`, which names the line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise SourceError(f"The questions in {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"The questions in {path} are not in UTF-8.") from error
    questions = [_question(line, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not questions:
        raise SourceError(f"{path} holds no question.")
    return questions


async def evaluate(questions: Sequence[Question], search: Search, *, min_confidence: float) -> Report:
    """Ask every question in turn. Below `min_confidence` a question counts as not answered by the docs."""
    outcomes: list[Outcome] = []
    for question in questions:
        result = await search(question)
        found = [(hit.chunk.path, hit.chunk.anchor) for hit in result.hits]
        page = rank([path for path, _ in found], {path for path, _ in question.gold})
        section = rank(found, question.gold)
        sure = result.confidence >= min_confidence
        in_reach = section is not None and section <= ANSWERED_WITHIN
        answered = sure and in_reach if question.answerable else not sure
        outcomes.append(Outcome(question, page, section, result.confidence, answered))
    return Report(tuple(outcomes))


def rank(found: Iterable[Hashable], right: Iterable[Hashable]) -> int | None:
    """Where the first right one stands among the first `DEPTH` distinct ones, counted from 1."""
    wanted = set(right)
    distinct = list(dict.fromkeys(found))[:DEPTH]
    return next((place for place, one in enumerate(distinct, 1) if one in wanted), None)


def auc(above: Sequence[float], below: Sequence[float]) -> float | None:
    """The share of pairs in which the one from `above` is greater; a tie counts half. None without pairs."""
    pairs = len(above) * len(below)
    return sum((a > b) + (a == b) / 2 for a in above for b in below) / pairs if pairs else None


def _question(line: str, place: str) -> Question:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise SourceError(f"{place} is not JSON: {error}.") from error
    fix = 'A line looks like {"id": "q1", "question": "…", "gold": [{"path": "a.md", "anchor": ""}]}.'
    if not isinstance(raw, dict) or not isinstance(raw.get("question"), str) or not raw["question"].strip():
        raise SourceError(f"{place} has no question.", fix=fix)
    gold = raw.get("gold", [])
    if not isinstance(gold, list) or not all(isinstance(one, dict) and _is_place(one) for one in gold):
        raise SourceError(f"{place} has a `gold` that is not a list of paths and anchors.", fix=fix)
    if raw.get("answerable", bool(gold)) is not bool(gold):
        raise SourceError(f"{place} is answerable without `gold`, or unanswerable with it.", fix=fix)
    return Question(
        id=str(raw.get("id", place)),
        text=raw["question"],
        gold=frozenset((one["path"], one.get("anchor", "")) for one in gold),
        turns=_turns(raw.get("history", []), place),
    )


def _turns(history: Any, place: str) -> tuple[Turn, ...]:
    """Earlier messages as chat APIs write them; a question that nothing follows has an empty answer."""
    if not isinstance(history, list) or not all(map(_is_message, history)):
        raise SourceError(
            f"{place} has a `history` that is not a list of messages.",
            fix='A message looks like {"role": "user", "content": "…"}; the other role is "assistant".',
        )
    turns: list[Turn] = []
    for message in history:
        if message["role"] == "user":
            turns.append(Turn(message["content"], ""))
        elif turns:
            said = f"{turns[-1].answer}\n\n{message['content']}".strip()
            turns[-1] = replace(turns[-1], answer=said)
    return tuple(turns)


def _is_message(one: Any) -> bool:
    return (
        isinstance(one, dict)
        and one.get("role") in ("user", "assistant")
        and isinstance(one.get("content"), str)
    )


def _is_place(one: dict[str, Any]) -> bool:
    return isinstance(one.get("path"), str) and isinstance(one.get("anchor", ""), str)


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0
