"""A result as one page of HTML: figures, charts and every question. It needs no network and no server.

Whatever questions and docs hold is shown and nothing else: all text is escaped, and the page's policy lets
only its own script run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Any

from askdocs.evaluation import charts
from askdocs.evaluation.comparison import Comparison
from askdocs.evaluation.question_cards import OUTCOMES, cards

Result = Mapping[str, Any]

_MEASURES: Mapping[str, str] = {
    "recall@1": "first",
    "recall@3": "among 3",
    "recall@5": "among 5",
    "recall@10": "among 10",
    "mrr@10": "MRR@10",
    "ndcg@10": "nDCG@10",
}


@dataclass(frozen=True, slots=True)
class About:
    """What was measured: the site, the questions' file, and the moment as people write it."""

    site: str
    questions: str
    moment: str


def render(result: Result, compared: Comparison | None, about: About) -> str:
    """`result` is that of `Result.as_json`."""
    style, script = _asset("report.css"), _asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'"
    parts = (
        _header(result, about),
        _tiles(result, compared),
        _outcomes(result),
        _changes(compared) if compared else "",
        _charts(result),
        _figures(result),
        _questions(result, compared),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(about.site)}: how well the docs answer</title><style>{style}</style></head>"
        f"<body><main>{''.join(parts)}</main><script>{script}</script></body></html>\n"
    )


def _header(result: Result, about: About) -> str:
    drafts = result["unreviewed"]
    unreviewed = (
        f'<p class="note">{drafts} questions are drafts that nobody has reviewed.</p>' if drafts else ""
    )
    return (
        "<header><h1>How well the docs answer</h1>"
        f"<p>Site <strong>{escape(about.site)}</strong>, revision {result['revision']}, "
        f"{result['questions']} questions of <strong>{escape(about.questions)}</strong>, "
        f"{escape(about.moment)}.</p>{unreviewed}</header>"
    )


def _tiles(result: Result, compared: Comparison | None) -> str:
    """The figures to look at first, each with what became of it."""
    changes = compared.changes if compared else {}
    section, facts = result["section"], result["context"].get("facts@16000")
    share = result["answered"] / result["questions"]
    well = f"{result['answered']} of {result['questions']}"
    tiles = [(f"{100 * share:.0f}<small> %</small>", "end well", well)]
    named = [
        (section.get("recall@5"), "Right section among five", "recall@5"),
        (section.get("mrr@10"), "Section MRR@10", "1 is always first"),
        (facts, "All facts in 16,000 characters", "of passages"),
        (result["auc"], "AUC of the confidence", "1 tells all apart"),
    ]
    if answers := result["answers"]:
        named.append((answers.get("facts"), "All facts in the answer", "of those that have facts"))
        named.append((answers.get("citation_precision"), "Citation precision", "lead to a right section"))
    for value, label, beside in named:
        if value is not None:
            change = changes.get(label)
            moved = f"{change.difference:+.3f} since" if change and change.difference else beside
            tiles.append((f"{value:.3f}", label, moved))
    times = result["latency_ms"]
    tiles.append(
        (f"{times['search_p95']:.0f}<small> ms</small>", "Search", f"p95; p50 {times['search_p50']:.0f} ms")
    )
    cells = "".join(
        f'<li><span class="figure">{figure}</span><span class="name">{escape(name)}</span>'
        f'<span class="beside">{escape(beside)}</span></li>'
        for figure, name, beside in tiles
    )
    return f'<ul class="tiles">{cells}</ul>'


def _outcomes(result: Result) -> str:
    parts = [(name, label, result["outcomes"][name]) for name, label in OUTCOMES.items()]
    legend = "".join(
        f'<li><span class="swatch fill-{name}"></span><strong>{count}</strong> {escape(label)}</li>'
        for name, label, count in parts
    )
    return (
        '<section class="card"><h2>What became of the questions</h2>'
        f'{charts.stacked_bar(parts)}<ul class="legend">{legend}</ul></section>'
    )


def _changes(compared: Comparison) -> str:
    moved = {label: change for label, change in compared.changes.items() if change.before != change.now}
    lists = "".join(
        f"<details{' open' if title == 'Broken' else ''}><summary>{title}: {len(pairs)}</summary>"
        f"{_list(now.asked for _, now in pairs)}</details>"
        for title, pairs in (("Broken", compared.lost), ("Newly answered", compared.gained))
    )
    chart = (
        f"<p>Over {compared.common} questions of both results; lines are 95 % intervals of the paired "
        f"bootstrap. What is coloured lies clear of chance.</p>{charts.changes(moved)}"
        if moved
        else "<p>No figure has moved.</p>"
    )
    title = "<h2>Since the earlier result</h2>"
    return f'<section class="card">{title}{chart}<div class="columns">{lists}</div></section>'


def _charts(result: Result) -> str:
    rows = result["results"]
    known = [row for row in rows if row["answerable"]]
    others = [row["confidence"] for row in rows if not row["answerable"]]
    kinds = [
        (
            name or "no kind",
            kind["section.recall@5"],
            f"{kind['section.recall@5']:.2f} of {kind['questions']}",
        )
        for name, kind in result["kinds"].items()
        if "section.recall@5" in kind
    ]
    shown = [
        ("Where the right section stood", "", charts.columns("Right section", _places(known))),
        (
            "How sure the search was",
            "Answerable questions stand above the line, questions without an answer in the docs hang below. "
            "What is left of the threshold is declined. Heights grow with the square root of the number.",
            charts.confidences([row["confidence"] for row in known], others, result["threshold"]),
        ),
    ]
    if len(kinds) > 1:
        shown.append(
            ("Right section among five, by kind of question", "", charts.bars("Recall at 5 by kind", kinds))
        )
    cards = "".join(
        f'<section class="card"><h2>{escape(title)}</h2>{f"<p>{says}</p>" if says else ""}{chart}</section>'
        for title, says, chart in shown
    )
    return f'<div class="charts">{cards}</div>'


def _places(known: Sequence[Result]) -> list[tuple[str, int]]:
    ranks = [row["section"] for row in known]
    single = [(str(place), ranks.count(place)) for place in range(1, 6)]
    late = sum(rank is not None and rank > 5 for rank in ranks)
    return [*single, ("6–10", late), ("not found", ranks.count(None))]


def _figures(result: Result) -> str:
    ranked = [
        [level.title(), *(_share(result[level].get(name)) for name in _MEASURES)]
        for level in ("page", "section")
    ]
    kinds = [
        [
            name or "no kind",
            f"{kind['answered']} of {kind['questions']}",
            *(_share(kind.get(key)) for key in ("section.recall@5", "section.mrr@10", "facts@16000")),
        ]
        for name, kind in result["kinds"].items()
    ]
    refusals = result["refusals"]
    others = [
        *(
            [f"All facts within {int(name.removeprefix('facts@')):,} characters of passages", _share(value)]
            for name, value in result["context"].items()
        ),
        ["Answerable questions that are not declined", _share(refusals["answerable_answered"])],
        [
            "Questions without an answer that are declined (recall of refusing)",
            _share(refusals["unanswerable_refused"]),
        ],
        ["Declined questions that have no answer (precision of refusing)", _share(refusals["precision"])],
        *_answer_figures(result),
    ]
    return (
        '<section class="card"><h2>Figures</h2>'
        + _table("Retrieval", ["", *_MEASURES.values()], ranked)
        + _table("Passages, refusals and answers", ["", "Share"], others)
        + _table("By kind", ["", "end well", "among 5", "MRR@10", "facts"], kinds)
        + "</section>"
    )


def _answer_figures(result: Result) -> list[list[str]]:
    answers, times = result["answers"], result["latency_ms"]
    if not answers:
        return []
    says = {
        "answers": "Answerable questions that are answered",
        "refuses": "Questions without an answer whose answer declines",
        "facts": "Answers that hold all facts",
        "citation_precision": "Citations that lead to a right section",
        "citation_recall": "Answers that cite a right section",
        "supported": "Answers supported throughout",
    }
    rows = [[label, _share(answers[name])] for name, label in says.items() if name in answers]
    if answers["median_words"] is not None:
        rows.append(["Words of an answer, median", f"{answers['median_words']:.0f}"])
    rows.append(
        ["Time of an answer, p50 and p95", f"{times['answer_p50']:.0f}, {times['answer_p95']:.0f} ms"]
    )
    if tokens := answers["prompt_tokens"] + answers["output_tokens"]:
        rows.append(["Tokens read and written", f"{tokens:,}"])
    if answers["cost"] is not None:
        rows.append(["Cost", f"{answers['cost']:.4f}"])
    return rows


def _questions(result: Result, compared: Comparison | None) -> str:
    kinds = "".join(
        f'<option value="{escape(kind)}">{escape(kind or "no kind")}</option>' for kind in result["kinds"]
    )
    outcomes = "".join(
        f'<label class="chip"><input type="checkbox" name="outcome" value="{name}" checked>'
        f'<span class="swatch fill-{name}"></span>{escape(label)}</label>'
        for name, label in OUTCOMES.items()
        if result["outcomes"][name]
    )
    return (
        '<section class="card" id="questions"><h2>Every question</h2>'
        f'<form class="filters" hidden><div class="chips" role="group" aria-label="Outcomes">{outcomes}</div>'
        f'<label>Kind <select name="kind"><option value="*">all</option>{kinds}</select></label>'
        '<label>Words <input type="search" name="words" placeholder="in the question or a path"></label>'
        f'<p role="status" class="count"></p></form>{cards(result, compared)}</section>'
    )


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' if cell else "<td></td>" for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _list(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else "<p>None.</p>"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _asset(name: str) -> str:
    return resources.files("askdocs.evaluation").joinpath(name).read_text(encoding="utf-8")
