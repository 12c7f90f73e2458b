"""A question that is a section's heading brings that section first."""

from __future__ import annotations

from askdocs.answer import headings
from askdocs.text import tokens
from askdocs.text.bm25 import Statistics
from askdocs.types import ScoredPoint

STATISTICS = Statistics(100, 1000, 10.0, {"rollback": 20, "index": 40, "work": 95, "askdoc": 50})


def point(score: float, title: str, *heading: str) -> list[ScoredPoint]:
    fields = {"path": f"{title}.md", "title": title, "heading": list(heading)}
    return [ScoredPoint(f"{title}{heading}", score, fields)]


NEAR = point(0.55, "Operate", "Restore a backup")
NAMED = point(0.5, "Operate", "Rollback of an index")
INTRODUCTION = point(0.48, "Rollback")


def order(question: str) -> list[str]:
    terms = tokens.terms(question)
    sections = headings.raise_named([NEAR, NAMED, INTRODUCTION], terms, "en", STATISTICS)
    return [section[0].id for section in sections]


def test_named_section_comes_first() -> None:
    assert order("rollback of an index")[0] == NAMED[0].id
    assert order("How do I roll back?")[0] == NEAR[0].id


def test_words_besides_do_no_harm_as_long_as_they_are_few() -> None:
    assert order("how does rollback of indexes work")[0] == NAMED[0].id
    assert order("rollback of the index fails with a locked file after a crash")[0] == NEAR[0].id


def test_introduction_is_named_by_its_page() -> None:
    assert order("rollback") == [INTRODUCTION[0].id, NEAR[0].id, NAMED[0].id]


def test_points_of_another_shape_stay_where_they_are() -> None:
    odd = [ScoredPoint("odd", 0.4, {"title": 7, "heading": None})]

    sections = headings.raise_named([NEAR, odd], ["rollback"], "en", STATISTICS)

    assert [section[0].id for section in sections] == [NEAR[0].id, "odd"]
