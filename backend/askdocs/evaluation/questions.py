"""Labelled questions, as YAML or as JSON Lines, and the thresholds that a YAML file may hold besides."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from askdocs.errors import SourceError
from askdocs.types import Turn

Place = tuple[str, str]
"""Path of a page and anchor of a section, "" for the page's introduction."""

_FIX = (
    'A line of a .jsonl file is {"question": "…", "gold": [{"path": "a.md", "anchor": ""}]}; a .yaml file '
    "holds `- question: …` and `gold: [a.md#anchor]` below `questions:`."
)


@dataclass(frozen=True, slots=True)
class Question:
    """`gold` holds every section that answers it; it is empty if the docs do not.

    `facts` are strings that a right answer holds, all of them. `turns` are what the reader and the docs said
    before, oldest first. `page` is the URL at which it is asked, "" for none in particular. A `draft` was
    written by a program, and nobody has looked at it yet.
    """

    id: str
    text: str
    gold: frozenset[Place] = frozenset()
    kind: str = ""
    facts: tuple[str, ...] = ()
    turns: tuple[Turn, ...] = ()
    draft: bool = False
    page: str = ""

    @property
    def answerable(self) -> bool:
        return bool(self.gold)


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """`thresholds` are as they were written: names and numbers below `thresholds:`."""

    questions: tuple[Question, ...]
    thresholds: Mapping[str, Any]


def load(path: Path) -> QuestionFile:
    """The questions of a file; one whose name ends in .yaml or .yml is YAML, another JSON Lines.

    Raises `SourceError`, which names the line or the question.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"The questions in {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"The questions in {path} are not in UTF-8.") from error
    thresholds: Mapping[str, Any] = {}
    if path.suffix.lower() in (".yaml", ".yml"):
        rows, thresholds = _read_yaml(text, path)
    else:
        rows = _read_lines(text, path)
    questions = tuple(_question(row, place) for row, place in rows)
    if not questions:
        raise SourceError(f"{path} holds no question.", fix=_FIX)
    return QuestionFile(questions, thresholds)


def _read_lines(text: str, path: Path) -> Iterator[tuple[Any, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{place} is not JSON: {error}.", fix=_FIX) from error
        yield row, place


def _read_yaml(text: str, path: Path) -> tuple[Iterator[tuple[Any, str]], Mapping[str, Any]]:
    try:
        tree = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SourceError(f"{path} is not YAML: {' '.join(str(error).split())}.", fix=_FIX) from error
    match tree:
        case {"questions": list(rows), **rest}:
            thresholds = rest.pop("thresholds", None) or {}
            if rest or not isinstance(thresholds, dict):
                raise SourceError(
                    f"{path} may hold `questions` and `thresholds`, and nothing else.", fix=_FIX
                )
        case list(rows):
            thresholds = {}
        case _:
            raise SourceError(f"{path} holds no list of questions.", fix=_FIX)
    return ((row, f"{path}, question {number},") for number, row in enumerate(rows, 1)), thresholds


def _question(raw: Any, place: str) -> Question:
    if not isinstance(raw, dict) or not isinstance(raw.get("question"), str) or not raw["question"].strip():
        raise SourceError(f"{place} has no question.", fix=_FIX)
    gold = _gold(raw.get("gold") or [], place)
    if raw.get("answerable", bool(gold)) is not bool(gold):
        raise SourceError(f"{place} is answerable without `gold`, or unanswerable with it.", fix=_FIX)
    facts = raw.get("facts") or []
    if not isinstance(facts, list) or not all(isinstance(fact, str) and fact.strip() for fact in facts):
        raise SourceError(f"{place} has `facts` that are not a list of texts.", fix=_FIX)
    return Question(
        id=str(raw.get("id", place)),
        text=raw["question"],
        gold=gold,
        kind=str(raw.get("kind") or ""),
        facts=tuple(facts),
        turns=_turns(raw.get("history") or [], place),
        draft=raw.get("draft") is True,
        page=str(raw.get("page") or ""),
    )


def _gold(raw: Any, place: str) -> frozenset[Place]:
    """Of mappings with `path` and perhaps `anchor`, or of texts such as `a.md#anchor`."""
    places = []
    for one in raw if isinstance(raw, list) else [None]:
        match one:
            case str(text):
                path, _, anchor = text.partition("#")
                places.append((path, anchor))
            case {"path": str(path), "anchor": str(anchor)}:
                places.append((path, anchor))
            case {"path": str(path), **rest} if "anchor" not in rest:
                places.append((path, ""))
            case _:
                raise SourceError(f"{place} has a `gold` that is not a list of paths and anchors.", fix=_FIX)
    return frozenset(places)


def _turns(history: Any, place: str) -> tuple[Turn, ...]:
    """Earlier messages as chat APIs write them, or earlier questions as mere texts.

    A question that nothing follows has an empty answer.
    """
    turns: list[Turn] = []
    for message in history if isinstance(history, list) else [None]:
        match message:
            case str(text) | {"role": "user", "content": str(text)}:
                turns.append(Turn(text, ""))
            case {"role": "assistant", "content": str(text)}:
                if turns:
                    said = f"{turns[-1].answer}\n\n{text}".strip()
                    turns[-1] = replace(turns[-1], answer=said)
            case _:
                raise SourceError(
                    f"{place} has a `history` that is not a list of messages.",
                    fix='A message is {"role": "user", "content": "…"}; the other role is "assistant".',
                )
    return tuple(turns)
