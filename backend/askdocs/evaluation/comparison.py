"""Two results of an evaluation side by side: questions newly answered or broken, and figures that moved.

Needs nothing but the standard library, so that a job with a write token can render a result that an untrusted
one measured without installing anything: `python -m askdocs.evaluation.comparison NOW [EARLIER]` prints
Markdown.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from askdocs.errors import AskdocsError, SourceError
from askdocs.evaluation import bootstrap
from askdocs.evaluation.bootstrap import Change

SCHEMAS = frozenset({1, 2})
"""Shapes of a result that can be read; `result.SCHEMA` is the one that is written."""

MEASURES: Mapping[str, str] = {
    "page.recall@5": "Right page among five",
    "page.mrr@10": "Page MRR@10",
    "section.recall@5": "Right section among five",
    "section.mrr@10": "Section MRR@10",
    "section.ndcg@10": "Section nDCG@10",
    "facts@4000": "All facts in 4,000 characters",
    "facts@16000": "All facts in 16,000 characters",
    "search.answers": "Answerable: sure enough",
    "search.refuses": "Not in the docs: refused",
    "answer.answers": "Answerable: answered",
    "answer.refuses": "Not in the docs: declined",
    "answer.facts": "All facts in the answer",
    "answer.citation_precision": "Citation precision",
    "answer.citation_recall": "Right section cited",
    "answer.supported": "Wholly supported answers",
}
"""What a question's scores are called. Others are not compared."""

AUC = "AUC of the confidence"

LARGEST = 5_000_000
"""Bytes of a result that are read: some 20,000 questions. What a pull request measured is not trusted."""

LISTED = 25
"""Questions listed of a kind: a comment of a pull request holds 65,536 characters."""

SHOWN = 200
"""Characters shown of a question."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
"""Control characters, and those that hide or turn round what stands beside them."""


@dataclass(frozen=True, slots=True)
class Result:
    """One question's outcome, as a result holds it.

    `history` are the questions before it, `asked_on` is the URL of the page that it is asked on, if any.
    """

    question: str
    answerable: bool
    answered: bool
    section: int | None
    confidence: float
    scores: Mapping[str, float] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    asked_on: str = ""

    @property
    def asked(self) -> str:
        """The question with what is known of it, since "and on Windows?" is asked of many things."""
        page = f" (on {self.asked_on})" if self.asked_on else ""
        return " › ".join((*self.history, self.question)) + page


@dataclass(frozen=True, slots=True)
class Comparison:
    """`gained` and `lost` hold (earlier, now) of questions in both; `added` are only in the newer result.

    `changes` are those of the figures, by their label, over the questions that hold a score in both.
    """

    gained: tuple[tuple[Result, Result], ...]
    lost: tuple[tuple[Result, Result], ...]
    added: tuple[Result, ...]
    removed: tuple[Result, ...]
    common: int
    changes: Mapping[str, Change] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "newly_answered": [now.asked for _, now in self.gained],
            "broken": [now.asked for _, now in self.lost],
            "added": [{"question": one.asked, "answered": one.answered} for one in self.added],
            "removed": [one.asked for one in self.removed],
            "compared": self.common,
            "changes": {
                label: asdict(change) | {"difference": change.difference}
                for label, change in self.changes.items()
            },
        }


def load(path: Path) -> list[Result]:
    """The outcomes in a file that `askdocs eval --save` wrote. Raises `SourceError`."""
    fix = "Write it with: askdocs eval QUESTIONS --save RESULT"
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise SourceError(f"The result in {path} cannot be read: {error.strerror}.", fix=fix) from error
    if len(text) > LARGEST:
        raise SourceError(f"The result in {path} is larger than {LARGEST:,} bytes.", fix=fix)
    try:
        return parse(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not a result of askdocs eval: {error}.", fix=fix) from error


def parse(value: Any) -> list[Result]:
    """The outcomes of `Report.as_json`. Raises `ValueError`, which says what is wrong."""
    _require(isinstance(value, dict), "it is no object")
    schema, results = value.get("schema"), value.get("results")
    readable = ", ".join(map(str, SCHEMAS))
    _require(
        isinstance(schema, int) and schema in SCHEMAS,
        f"its schema is {schema!r}, and this release reads {readable}",
    )
    _require(isinstance(results, list), "it holds no results")
    read_scores = _scores if schema > 1 else _scores_of_ranks
    return [_result(one, number, read_scores) for number, one in enumerate(results, 1)]


def compare(earlier: Sequence[Result], now: Sequence[Result]) -> Comparison:
    """Questions are told apart by their text and history: ids change when lines are put in."""
    before = {one.asked: one for one in earlier}
    after = {one.asked: one for one in now}
    both = [(before[text], one) for text, one in after.items() if text in before]
    return Comparison(
        gained=tuple(pair for pair in both if pair[1].answered and not pair[0].answered),
        lost=tuple(pair for pair in both if pair[0].answered and not pair[1].answered),
        added=tuple(one for text, one in after.items() if text not in before),
        removed=tuple(one for text, one in before.items() if text not in after),
        common=len(both),
        changes=_changes(both),
    )


def headline(comparison: Comparison) -> str:
    gained, lost = len(comparison.gained), len(comparison.lost)
    return f"newly answers {gained}, breaks {lost} of {_count(comparison.common, 'question')}"


def why(earlier: Result, now: Result) -> str:
    """What changed about a question, in a few words."""
    if not now.answerable:
        return f"not in the docs; confidence {earlier.confidence:.2f} → {now.confidence:.2f}"
    return (
        f"right section {_place(earlier.section)} → {_place(now.section)}, "
        f"confidence {earlier.confidence:.2f} → {now.confidence:.2f}"
    )


def as_lines(comparison: Comparison) -> list[str]:
    """For a terminal or a log."""
    lines = [headline(comparison)]
    lines += [f"  + {_plain(now.asked)}  ({why(before, now)})" for before, now in comparison.gained]
    lines += [f"  - {_plain(now.asked)}  ({why(before, now)})" for before, now in comparison.lost]
    lines += [f"  ~ {line}" for line in _moved(comparison)]
    if comparison.added:
        lines.append(f"  new: {_answered(comparison.added)}")
    if comparison.removed:
        lines.append(f"  no longer asked: {_count(len(comparison.removed), 'question')}")
    return lines


def as_markdown(now: Sequence[Result], comparison: Comparison | None) -> str:
    """For a comment on a pull request. Whatever the questions hold, they are shown and nothing else."""
    if comparison is None:
        return (
            f"### Questions that the docs answer\n\n{_answered(now)}. "
            "There is no earlier result to compare with.\n"
        )
    said = headline(comparison)
    parts = [
        f"### Questions that the docs answer\n\n**{said[0].upper()}{said[1:]}**; {_answered(now)} in all."
    ]
    parts += _table(comparison.changes)
    parts += _list("Broken", (_item(*pair) for pair in comparison.lost))
    parts += _list("Newly answered", (_item(*pair) for pair in comparison.gained))
    parts += _list("New questions", (f"{_code(one.asked)}: {_verdict(one)}" for one in comparison.added))
    parts += _list("No longer asked", (_code(one.asked) for one in comparison.removed))
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str]) -> int:
    try:
        now = load(Path(arguments[0]))
        comparison = compare(load(Path(arguments[1])), now) if len(arguments) > 1 else None
    except AskdocsError as error:
        sys.stderr.write(f"{error}\n{error.fix}\n")
        return 2
    sys.stdout.write(as_markdown(now, comparison))
    return 0


def _changes(both: Sequence[tuple[Result, Result]]) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    for name, label in MEASURES.items():
        scored = [
            (old.scores[name], new.scores[name])
            for old, new in both
            if name in old.scores and name in new.scores
        ]
        if scored:
            before, now = zip(*scored, strict=True)
            changes[label] = bootstrap.change_of_means(before, now)
    known = [(old.confidence, new.confidence) for old, new in both if new.answerable]
    others = [(old.confidence, new.confidence) for old, new in both if not new.answerable]
    if known and others:
        changes[AUC] = bootstrap.change_of_auc(known, others)
    return changes


def _moved(comparison: Comparison) -> list[str]:
    return [
        f"{label} {change.before:.3f} → {change.now:.3f}  {_interval(change)}"
        for label, change in comparison.changes.items()
        if change.before != change.now
    ]


def _interval(change: Change) -> str:
    return f"{change.difference:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"


def _table(changes: Mapping[str, Change]) -> list[str]:
    """The figures that moved. A star marks those that chance hardly explains."""
    rows = [
        f"| {label} | {change.before:.3f} | {change.now:.3f} | {_interval(change)}{_star(change)} |"
        for label, change in changes.items()
        if change.before != change.now
    ]
    if not rows:
        return []
    head = "| Figure | Before | Now | Change [95 % interval] |\n|---|---|---|---|"
    return [head + "\n" + "\n".join(rows)]


def _star(change: Change) -> str:
    return " ★" if change.certain else ""


ReadScores = Callable[[Mapping[str, Any], int], dict[str, float]]


def _scores(value: Mapping[str, Any], number: int) -> dict[str, float]:
    scores: Any = value.get("scores")
    _require(isinstance(scores, dict), f"its result {number} has no scores")
    known = {name: scores[name] for name in MEASURES if name in scores}
    _require(
        all(isinstance(score, int | float) and 0 <= score <= 1 for score in known.values()),
        f"its result {number} has a score that is not within 0 and 1",
    )
    return {name: float(score) for name, score in known.items()}


def _scores_of_ranks(value: Mapping[str, Any], number: int) -> dict[str, float]:
    """Of a result whose questions hold ranks alone."""
    if not value["answerable"]:
        return {}
    scores = {}
    for level in ("page", "section"):
        rank = value.get(level)
        _require(rank is None or (isinstance(rank, int) and rank > 0), f"its result {number} has a bad rank")
        scores[f"{level}.recall@5"] = float(rank is not None and rank <= 5)
        scores[f"{level}.mrr@10"] = 1 / rank if rank else 0.0
    return scores


def _result(value: Any, number: int, read_scores: ReadScores) -> Result:
    _require(isinstance(value, dict), f"its result {number} is no object")
    question, answerable, answered = value.get("question"), value.get("answerable"), value.get("answered")
    section, confidence = value.get("section"), value.get("confidence")
    _require(isinstance(question, str), f"its result {number} has no question")
    _require(
        isinstance(answerable, bool) and isinstance(answered, bool),
        f"its result {number} does not say what was answered",
    )
    _require(
        section is None or (isinstance(section, int) and section > 0),
        f"its result {number} has a section that is no place",
    )
    _require(
        isinstance(confidence, int | float) and 0 <= confidence <= 1,
        f"its result {number} has a confidence that is not within 0 and 1",
    )
    history = value.get("history", [])
    _require(
        isinstance(history, list) and all(isinstance(one, str) for one in history),
        f"its result {number} has a history that is no list of questions",
    )
    asked_on = value.get("asked_on", "")
    _require(isinstance(asked_on, str), f"its result {number} is asked on a page that is no URL")
    return Result(
        question,
        answerable,
        answered,
        section,
        float(confidence),
        read_scores(value, number),
        tuple(history),
        asked_on,
    )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _list(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"- {item}" for item in items]
    if not lines:
        return []
    more = [f"- and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return [f"{title}:\n\n" + "\n".join(lines[:LISTED] + more)]


def _item(earlier: Result, now: Result) -> str:
    return f"{_code(now.asked)}: {why(earlier, now)}"


def _verdict(one: Result) -> str:
    return "answered" if one.answered else "not answered"


def _code(text: str) -> str:
    """A code span: no mention, link, image or tag works in it. Its fence is longer than any run of ticks."""
    plain = _plain(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", plain)), default=0))
    return f"{fence} {plain} {fence}" if "`" in plain else f"{fence}{plain}{fence}"


def _plain(text: str) -> str:
    line = " ".join(_UNPRINTABLE.sub(" ", text).split()) or "(empty)"
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def _place(section: int | None) -> str:
    return "not found" if section is None else str(section)


def _answered(results: Sequence[Result]) -> str:
    return f"{sum(one.answered for one in results)} of {_count(len(results), 'question')} answered"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
