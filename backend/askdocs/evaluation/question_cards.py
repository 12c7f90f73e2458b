"""One card for each question of a result: what was found, what was right, what was said."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from askdocs.evaluation.comparison import Comparison

OUTCOMES: Mapping[str, str] = {
    "answered": "answered",
    "refused": "rightly declined",
    "missed": "right section not among five",
    "declined": "declined in spite of an answer",
    "invented": "not declined in spite of none",
}

Row = Mapping[str, Any]


def cards(result: Mapping[str, Any], compared: Comparison | None) -> str:
    """Those that went wrong first, each group in the order of the questions."""
    news = {now.asked: "newly answered" for _, now in compared.gained} if compared else {}
    news |= {now.asked: "broken" for _, now in compared.lost} if compared else {}
    rows = sorted(result["results"], key=lambda row: row["answered"])
    return "".join(_card(row, news.get(_asked(row), "")) for row in rows)


def _asked(row: Row) -> str:
    """As a comparison names it."""
    page = f" (on {row['asked_on']})" if row["asked_on"] else ""
    return " › ".join((*row["history"], row["question"])) + page


def _card(row: Row, news: str) -> str:
    words = " ".join([row["question"], *row["gold"], *(hit["path"] for hit in row["found"])]).casefold()
    follows = row["history"] and "follow" not in row["kind"]
    tags = [row["kind"], "follow-up" if follows else "", "draft" if row["draft"] else "", news]
    shown = "".join(
        f'<span class="tag{" news" if tag == news else ""}">{escape(tag)}</span>' for tag in tags if tag
    )
    place = f"section {row['section'] or 'not found'}" if row["answerable"] else "not in the docs"
    return (
        f'<details class="question" data-outcome="{row["outcome"]}" data-kind="{escape(row["kind"])}" '
        f'data-words="{escape(words)}"><summary><span class="swatch fill-{row["outcome"]}" '
        f'title="{escape(OUTCOMES[row["outcome"]])}"></span>'
        f'<span class="asked">{escape(row["question"])}</span>'
        f'<span class="facts">{shown}<span>{escape(place)}</span>'
        f"<span>confidence {row['confidence']:.2f}</span></span></summary>"
        f'<div class="body"><p>{escape(OUTCOMES[row["outcome"]].capitalize())}.</p>'
        f"{_history(row)}{_labels(row)}{_found(row)}{_answer(row)}</div></details>"
    )


def _history(row: Row) -> str:
    page = f"<p>Asked on <code>{escape(row['asked_on'])}</code>.</p>" if row["asked_on"] else ""
    if not row["history"]:
        return page
    items = "".join(f"<li>{escape(one)}</li>" for one in row["history"])
    return f"{page}<h3>Asked before</h3><ol>{items}</ol>"


def _labels(row: Row) -> str:
    gold = "".join(f"<li><code>{escape(place)}</code></li>" for place in row["gold"])
    right = f"<div><h3>Right sections</h3><ul>{gold}</ul></div>" if gold else ""
    facts = "".join(_fact(fact, row) for fact in row["facts"])
    return (
        f'<div class="columns">{right}{f"<div><h3>Facts</h3><ul>{facts}</ul></div>" if facts else ""}</div>'
    )


def _fact(fact: str, row: Row) -> str:
    says = ["not in the passages" if fact in row["missing_facts"] else "in the passages"]
    if row["answer"]:
        says.append("not in the answer" if fact in row["unsaid_facts"] else "in the answer")
    bad = any(one.startswith("not") for one in says)
    return f'<li class="{"lacking" if bad else "held"}"><code>{escape(fact)}</code> {", ".join(says)}</li>'


def _found(row: Row) -> str:
    """The sections found, with a bar as long as the score."""
    if not row["found"]:
        return "<p>Nothing was found.</p>"
    best = max(hit["score"] for hit in row["found"]) or 1.0
    right = set(row["gold"])
    lines = "".join(_hit(number, hit, best, right) for number, hit in enumerate(row["found"], 1))
    return (
        f'{_terms(row)}<div class="scroll" tabindex="0" role="group" aria-label="Sections found">'
        '<table class="hits">'
        '<caption>Sections found</caption><thead><tr><th scope="col">#</th><th scope="col">Section</th>'
        f'<th scope="col">Score</th></tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _terms(row: Row) -> str:
    """What was searched for, each term with its weight; those that the docs lack are crossed out."""
    shown = "".join(
        f"<li{'' if term['known'] else ' class=unknown'}>{escape(term['term'])} "
        f"<small>{term['idf']:.1f}</small></li>"
        for term in row["terms"]
    )
    features = ", ".join(f"{name} {value:.2f}" for name, value in row["features"].items())
    sure = f'<p class="how">The confidence rests on {escape(features)}.</p>' if features else ""
    return f'<h3>Terms and their IDF</h3><ul class="terms">{shown}</ul>{sure}' if shown else ""


def _why(hit: Row) -> str:
    """The parts of the score, and the terms held."""
    if "parts" not in hit:
        return ""
    parts = ", ".join(f"{name} {value:+.3f}" for name, value in hit["parts"].items())
    moved = f", moved by {hit['moved']:+.3f}" if hit["moved"] else ""
    terms = f"; holds {', '.join(hit['terms'])}" if hit["terms"] else ""
    return f'<span class="why">{escape(parts + moved + terms)}</span>'


def _hit(number: int, hit: Row, best: float, right: set[str]) -> str:
    place = f"{hit['path']}#{hit['anchor']}" if hit["anchor"] else hit["path"]
    mark = ' <strong class="right">right</strong>' if place in right else ""
    width = max(0.0, 100 * hit["score"] / best)
    return (
        f"<tr{' class=is-right' if mark else ''}><td>{number}</td>"
        f'<th scope="row">{escape(hit["title"])}{mark}<code>{escape(place)}</code>{_why(hit)}</th>'
        f'<td class="score"><span class="meter"><span style="width:{width:.0f}%"></span></span>'
        f"{hit['score']:.3f}</td></tr>"
    )


def _answer(row: Row) -> str:
    answer = row["answer"]
    if not answer:
        return ""
    places = dict.fromkeys("#".join(filter(None, place)) for place in answer["cited"])
    cited = ", ".join(f"<code>{escape(place)}</code>" for place in places)
    support = answer["support"].replace("_", " ")
    how = f"{answer['mode']}, {answer['status']}, {support}, {answer['total_ms']} ms"
    return (
        f'<h3>Answer</h3><p class="how">{escape(how)}</p><pre>{escape(answer["text"])}</pre>'
        f"{f'<p>Cites {cited}.</p>' if cited else ''}"
    )
