"""`python -m bench.quality`: how well retrieval does on labelled sets, against saved results and variants.

    python -m bench.quality --set vite=CORPUS:QUESTIONS --set … --cache FOLDER --save RESULT
    python -m bench.quality --set … --cache FOLDER --against RESULT --variant index.code_view=false
    python -m bench.quality --set … --cache FOLDER --choose retrieval.dense_weight=0.4,0.5,0.6

Each set is indexed once into a home of its own below the cache folder; later runs write what has changed and
take embeddings from there. Rows with a history measure how follow-ups are joined and are left out; but a file
may hold such rows alone: `--set vite=CORPUS:bench/followups/vite.jsonl`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askdocs.config import load
from askdocs.db import sites
from askdocs.evaluation import bootstrap, questions
from askdocs.evaluation.judge import ANSWERED_WITHIN, judge
from askdocs.evaluation.observe import observe
from askdocs.evaluation.questions import Question
from askdocs.evaluation.result import Result
from askdocs.index import run
from askdocs.index.run import Summary
from askdocs.observability.logging import configure_logging
from askdocs.runtime import open_runtime
from askdocs.sources import open_source
from askdocs.types import Ask, SourceSpec
from askdocs.vectors import sparse
from bench.table import Figure


@dataclass(frozen=True, slots=True)
class Labelled:
    """A set: docs, and questions about them."""

    name: str
    corpus: Path
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Cost:
    summary: Summary
    points_bytes: int
    query: Figure


Values = Mapping[str, float]
"""What each question of a set scored, by its id."""

Measured = Mapping[str, Result]
"""By the name of the set."""


def main(given: Sequence[str] | None = None) -> None:
    arguments = _parser().parse_args(given)
    for name in [name for name in os.environ if name.startswith("ASKDOCS_")]:
        del os.environ[name]
    configure_logging(load("test", log_level="error"))
    labelled = [_labelled(text) for text in arguments.set]
    settings = _nested(arguments.setting)
    now = _measure(labelled, arguments.cache, settings, say=True)
    _print("as configured", now)
    if arguments.save:
        arguments.save.write_text(json.dumps({name: report.as_json() for name, report in now.items()}))
    for file in arguments.against:
        _print_differences(f"against {file.stem}", _values(_saved(file)), _values(_as_json(now)))
    for variant in arguments.variant:
        other = _measure(labelled, arguments.cache, _nested([*arguments.setting, *variant.split()]))
        _print(variant, other)
        _print_differences(
            f"as configured, against {variant}", _values(_as_json(other)), _values(_as_json(now))
        )
    for choice in arguments.choose:
        _choose(labelled, arguments.cache, arguments.setting, choice)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB; load average {os.getloadavg()[1]:.1f}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--set", action="append", required=True, metavar="NAME=CORPUS:QUESTIONS", help="may be repeated")
    add("--cache", type=Path, required=True, help="folder of the indexes")
    add("--setting", action="append", default=[], metavar="KEY=VALUE", help="another value than the default")
    add("--save", type=Path, help="write the result here")
    add("--against", action="append", default=[], type=Path, help="a saved result to compare with")
    add("--variant", action="append", default=[], metavar="KEY=VALUE …", help="measured too, and compared")
    add(
        "--choose",
        action="append",
        default=[],
        metavar="KEY=VALUE,…",
        help="choose on all sets but one, measure on that one",
    )
    return parser


def _labelled(text: str) -> Labelled:
    name, _, paths = text.partition("=")
    corpus, _, file = paths.rpartition(":")
    asked = questions.load(Path(file)).questions
    first = tuple(one for one in asked if not one.turns)
    return Labelled(name, Path(corpus), first or asked)


def _nested(settings: Sequence[str]) -> dict[str, Any]:
    """`section.key=value` as `load` takes it; values are JSON."""
    nested: dict[str, Any] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        section, _, name = key.partition(".")
        nested.setdefault(section, {})[name] = json.loads(value)
    return nested


def _measure(
    labelled: Sequence[Labelled], cache: Path, settings: Mapping[str, Any], *, say: bool = False
) -> dict[str, Result]:
    measured = {}
    for one in labelled:
        (cache / one.name).mkdir(parents=True, exist_ok=True)
        report, cost = asyncio.run(_ask(one, cache / one.name, settings))
        measured[one.name] = report
        if say:
            _print_cost(one.name, cost)
    return measured


async def _ask(one: Labelled, home: Path, settings: Mapping[str, Any]) -> tuple[Result, Cost]:
    async with open_runtime(load("test", home=home, **settings), migrate=True) as rt:
        site = await rt.db.run(sites.by_name, "docs")
        assert site is not None
        await rt.embedder.warm()
        summary = await run.index(rt, site, [open_source(SourceSpec(one.corpus))])

        await observe(rt, site, Ask(one.questions[0].text))
        seen = [
            (each, await observe(rt, site, Ask(each.text, page_url=each.page), each.turns))
            for each in one.questions
        ]
    result = Result(tuple(judge(*pair) for pair in seen))
    query = Figure.of([observation.search_ms for _, observation in seen], "ms")
    return result, Cost(summary, sparse.used(home / "qdrant"), query)


def _choose(labelled: Sequence[Labelled], cache: Path, settings: Sequence[str], choice: str) -> None:
    """Leave one corpus out: the value that is best on the others is measured on it."""
    key, _, values = choice.partition("=")
    measured = {
        value: _measure(labelled, cache, _nested([*settings, f"{key}={value}"]))
        for value in values.split(",")
    }
    for value, reports in measured.items():
        _print(f"{key}={value}", reports)
    held_out: dict[str, Result] = {}
    for one in labelled:
        best = max(
            measured,
            key=lambda value: sum(
                report.scores["section.mrr@10"] + report.scores["section.recall@5"]
                for name, report in measured[value].items()
                if name != one.name
            ),
        )
        print(f"  without {one.name}: {key}={best}")
        held_out[one.name] = measured[best][one.name]
    _print(f"{key}, chosen on the other sets", held_out)


# results


def _as_json(measured: Measured) -> dict[str, Any]:
    return {name: report.as_json() for name, report in measured.items()}


def _saved(file: Path) -> dict[str, Any]:
    saved: dict[str, Any] = json.loads(file.read_text())
    return saved


def _values(results: Mapping[str, Any]) -> dict[str, dict[str, Values]]:
    """By measure and set, the value of each answerable question by its id."""
    by_measure: dict[str, dict[str, Values]] = {
        "section recall@5": {},
        "section MRR@10": {},
        "page recall@5": {},
    }
    for name, result in results.items():
        rows = [row for row in result["results"] if row["answerable"]]
        within = {level: {row["id"]: _within(row[level]) for row in rows} for level in ("section", "page")}
        by_measure["section recall@5"][name] = within["section"]
        by_measure["page recall@5"][name] = within["page"]
        by_measure["section MRR@10"][name] = {
            row["id"]: 1 / row["section"] if row["section"] else 0.0 for row in rows
        }
    return by_measure


def _within(rank: int | None) -> float:
    return float(rank is not None and rank <= ANSWERED_WITHIN)


def _print(title: str, measured: Measured) -> None:
    """Section recall@5, MRR@10, page recall@5 and AUC of each set, and their means."""
    print(f"\n{title}\n  {'':12} section R@5  MRR@10  page R@5    AUC  questions")
    rows = {name: _figures(report) for name, report in measured.items()}
    for name, figures in rows.items():
        print(f"  {name:12} {_line(figures)}  {len(measured[name].judgements):9}")
    means = [sum(column) / len(rows) for column in zip(*rows.values(), strict=True)]
    print(f"  {'mean':12} {_line(means)}")


def _figures(report: Result) -> list[float]:
    names = ("section.recall@5", "section.mrr@10", "page.recall@5")
    return [*(report.scores[name] for name in names), report.auc or 0.0]


def _line(figures: Sequence[float]) -> str:
    section, mrr, page, auc = figures
    return f"{section:11.3f}  {mrr:6.3f}  {page:8.3f}  {auc:5.3f}"


def _print_differences(
    title: str, before: Mapping[str, Mapping[str, Values]], now: Mapping[str, Mapping[str, Values]]
) -> None:
    """With 95 % intervals of paired resamples, for each set and for the mean of all."""
    print(f"  {title}")
    for measure, sets in now.items():
        common = {name: before[measure][name] for name in sets if name in before[measure]}
        parts = [f"{name} {_interval({name: common[name]}, sets)}" for name in common]
        print(f"    {measure:17} mean {_interval(common, sets)}; {', '.join(parts)}")


def _interval(before: Mapping[str, Values], now: Mapping[str, Values]) -> str:
    """Of the questions that both hold. Each set weighs the same, however many questions it has."""
    pairs = {
        name: [(value, now[name][key]) for key, value in values.items() if key in now[name]]
        for name, values in before.items()
    }
    total = sum(map(len, pairs.values()))
    weighed = [
        (total / len(pairs) / len(of_set) * earlier, total / len(pairs) / len(of_set) * later)
        for of_set in pairs.values()
        for earlier, later in of_set
    ]
    change = bootstrap.change_of_means(*zip(*weighed, strict=True))
    return f"{change.difference:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"


def _print_cost(name: str, cost: Cost) -> None:
    did = cost.summary
    print(
        f"{name}: {did.chunks} points written, {did.embedded} embedded in {did.seconds:.1f} s; "
        f"{cost.points_bytes / 2**20:.1f} MB of vectors on disk; a search {cost.query}"
    )


if __name__ == "__main__":
    main()
