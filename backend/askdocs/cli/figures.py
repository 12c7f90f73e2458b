"""An evaluation's figures, and what explains a ranking, as a terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from askdocs.answer.calibration import Fit
from askdocs.cli.output import console
from askdocs.evaluation.explain import Explanation, Term

_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "answered": ("answered", "green"),
    "refused": ("rightly declined", "cyan"),
    "missed": ("right section not among five", "yellow"),
    "declined": ("declined in spite of an answer", "magenta"),
    "invented": ("not declined in spite of none", "red"),
}
_BAR = 60
"""Characters of the bar of outcomes."""

_RANKED = ("recall@1", "recall@3", "recall@5", "recall@10", "mrr@10", "ndcg@10")


def show(result: Mapping[str, Any]) -> None:
    console.print(
        f"{result['answered']} of {result['questions']} questions end well", style="bold", markup=False
    )
    _show_outcomes(result["outcomes"])
    if result["unreviewed"]:
        console.print(f"{result['unreviewed']} of them are drafts that nobody has reviewed.", style="yellow")
    if "recall@5" in result["section"]:
        rows = [
            [level.title(), *(_share(result[level][name]) for name in _RANKED)]
            for level in ("page", "section")
        ]
        _table(["Retrieval", *_RANKED], rows)
    _table(["Beyond the ranking", "", ""], _others(result))
    _table(*_kinds(result["kinds"]))


def explain(explained: Explanation) -> None:
    """The question's terms, how sure the search is, and each section with the parts of its score."""
    sure = explained.confidence >= explained.threshold
    says = "answered" if sure else "declined"
    console.print(
        Text.assemble(
            f"Confidence {explained.confidence:.3f}, threshold {explained.threshold:.2f}: ",
            (says, "green" if sure else "yellow"),
        )
    )
    features = [[one.name, f"{one.value:.3f}", f"{one.weight:+.2f}"] for one in explained.features]
    _table(["The confidence rests on", "value", "weight"], features)
    terms = [[one.term, f"{one.idf:.2f}", _remark(one)] for one in explained.terms]
    _table(["Term", "IDF", ""], terms)
    names = list(dict.fromkeys(name for one in explained.ranked for name in one.parts))
    if any(one.moved for one in explained.ranked):
        names.append("moved")
    rows = []
    for number, one in enumerate(explained.ranked, 1):
        parts = {**one.parts, "moved": one.moved}
        rows.append(
            [
                f"{number:2}  {one.found.title}\n    {one.found.path}#{one.found.anchor}".rstrip("#"),
                f"{one.found.score:.3f}",
                *(f"{parts.get(name, 0.0):+.3f}" for name in names),
                " ".join(one.terms),
            ]
        )
    _table(["Section", "Score", *names, "Terms held"], rows)


def _remark(term: Term) -> str:
    if term.known:
        return ""
    return f"not in the docs; searched for as {term.meant} too" if term.meant else "not in the docs"


def show_calibration(fitted: Fit, fingerprint: str) -> None:
    """The thresholds, and how far the probabilities of questions that were held out are from the truth."""
    found = fitted.calibration
    console.print(
        f"\nCalibrated on {len(fitted.judged)} questions for {fingerprint}", style="bold", markup=False
    )
    console.print(
        f"Declined below {found.decline:.2f}, sure from {found.sure:.2f}; expected calibration error "
        f"{fitted.error:.3f}, on questions that took no part in their fit.",
        markup=False,
    )
    pairs = list(zip(fitted.held_out, fitted.judged, strict=True))
    kinds = ((True, "answerable questions are not declined"), (False, "others are declined"))
    for answerable, says in kinds:
        those = [said for said, one in pairs if one.answerable is answerable]
        held = sum((said >= found.decline) is answerable for said in those)
        console.print(f"{held} of {len(those)} {says}", markup=False)
    rows = [
        [f"{low:.1f} to {low + 0.1:.1f}", str(count), f"{said:.2f}", f"{true:.2f}"]
        for low, count, said, true in fitted.reliability()
    ]
    _table(["Probability", "questions", "mean", "answerable"], rows)


def _show_outcomes(outcomes: Mapping[str, int]) -> None:
    """A bar whose parts are as long as the outcomes are frequent, and what its colours say."""
    total, bar, legend = sum(outcomes.values()), Text(), Text()
    for name, (label, style) in _OUTCOMES.items():
        if count := outcomes[name]:
            bar.append("█" * max(1, round(_BAR * count / total)), style)
            legend.append("■ ", style)
            legend.append(f"{count} {label}\n")
    console.print(bar)
    console.print(legend, end="")


def _others(result: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    """Rows of what is measured, its figure, and over what."""
    for name, value in result["context"].items():
        yield (
            "All facts in the passages",
            _share(value),
            f"within {int(name.removeprefix('facts@')):,} characters",
        )
    refusals = result["refusals"]
    yield "Confidence", _share(result["auc"]), "AUC of answerable questions against others"
    yield "", _share(refusals["answerable_answered"]), "of answerable questions are not declined"
    yield "", _share(refusals["unanswerable_refused"]), "of the others are declined"
    yield "", _share(refusals["precision"]), "of what is declined has no answer in the docs"
    if answers := result["answers"]:
        yield from _answers(answers)
    times = result["latency_ms"]
    for name in ("search", "first_token", "answer"):
        if f"{name}_p50" in times:
            spread = f"p50; p95 {times[f'{name}_p95']:.0f} ms"
            yield f"Time of {name.replace('_', ' ')}", f"{times[f'{name}_p50']:.0f} ms", spread


def _answers(answers: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    says = {
        "answers": "of answerable questions are answered",
        "refuses": "of the others are declined",
        "facts": "hold all facts",
        "citation_precision": "of citations lead to a right section",
        "citation_recall": "cite a right section",
        "supported": "are supported throughout",
    }
    for number, (name, label) in enumerate((name, label) for name, label in says.items() if name in answers):
        yield "Answers" if number == 0 else "", _share(answers[name]), label
    if answers["failed"]:
        yield "", str(answers["failed"]), "broke off"
    if answers["median_words"] is not None:
        yield "", f"{answers['median_words']:.0f}", "words, median, without code"
    tokens = answers["prompt_tokens"] + answers["output_tokens"]
    if tokens:
        cost = "" if answers["cost"] is None else f", cost {answers['cost']:.4f}"
        yield "Tokens", f"{tokens:,}", f"{answers['output_tokens']:,} of them written{cost}"


def _kinds(kinds: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    heads = {
        "section.recall@5": "recall@5",
        "section.mrr@10": "mrr@10",
        "facts@16000": "facts in passages",
        "answer.facts": "facts in answer",
    }
    present = [name for name in heads if any(name in kind for kind in kinds.values())]
    rows = [
        [
            name or "(no kind)",
            f"{kind['answered']} of {kind['questions']}",
            *(_share(kind.get(column)) for column in present),
        ]
        for name, kind in kinds.items()
    ]
    return ["Kind", "end well", *(heads[name] for name in present)], rows


def _table(head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for number, title in enumerate(head):
        words = number == 0 or title in ("", "Terms held")
        table.add_column(Text(title), justify="left" if words else "right", no_wrap=not words)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print()
    console.print(table)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
