"""What comes first besides what fits best."""

from __future__ import annotations

import pytest

from askdocs.answer import ranking
from askdocs.answer.ranking import Circumstances, Ranked
from askdocs.types import ScoredPoint


def point(path: str, score: float, *, kind: str | None = None, section: int = 0) -> ScoredPoint:
    payload = {"path": path, "section": section, "url": f"https://docs.test/{path}"}
    return ScoredPoint(f"{path}-{section}", score, payload | ({"kind": kind} if kind else {}))


def moved(points: list[ScoredPoint], given: Circumstances) -> list[Ranked]:
    return ranking.move(ranking.sections(points), given)


def order(points: list[ScoredPoint], given: Circumstances | None = None) -> list[str]:
    return [str(one.points[0].payload["path"]) for one in moved(points, given or Circumstances())]


@pytest.mark.parametrize("kind", ["changelog", "blog", "contributing", "landing"])
def test_page_of_another_kind_comes_after_docs_that_fit_nearly_as_well(kind: str) -> None:
    assert order([point("news", 0.6, kind=kind), point("guide", 0.55)]) == ["guide", "news"]
    assert order([point("news", 0.6, kind=kind), point("guide", 0.3)]) == ["news", "guide"]


def test_page_of_the_kind_that_is_asked_for_keeps_its_place() -> None:
    given = Circumstances(kinds=frozenset(["changelog"]))

    assert order([point("news", 0.6, kind="changelog"), point("guide", 0.55)], given) == ["news", "guide"]


def test_question_that_says_little_means_the_page_it_was_asked_on() -> None:
    points = [point("other", 0.5), point("here", 0.47)]

    assert order(points, Circumstances(page="/here", leaning=1.0)) == ["here", "other"]
    assert order(points, Circumstances(cited=frozenset(["/here"]), leaning=1.0)) == ["here", "other"]
    assert order(points, Circumstances(page="/here", leaning=0.05)) == ["other", "here"]
    assert order(points, Circumstances(page="/nowhere", leaning=1.0)) == ["other", "here"]


def test_points_written_before_there_were_kinds_are_docs() -> None:
    [section] = moved([point("old", 0.5)], Circumstances(page="/elsewhere", leaning=1.0))

    assert (section.score, section.moves) == (0.5, {})


def test_what_moved_a_section_is_told_beside_what_it_had() -> None:
    given = Circumstances(page="/news", leaning=0.5)

    [section] = moved([point("news", 0.5, kind="blog"), point("news", 0.4, kind="blog")], given)

    assert section.score == 0.5
    assert section.moves == {"kind": pytest.approx(-0.1), "page": pytest.approx(ranking.PAGE / 2)}
    assert [one.score for one in section.points] == [
        pytest.approx(score - 0.1 + ranking.PAGE / 2) for score in (0.5, 0.4)
    ]
