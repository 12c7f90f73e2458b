import pytest

from askdocs.errors import SuspiciousShrinkage
from askdocs.index import plan


def test_pages_are_sorted_into_four_kinds() -> None:
    result = plan.diff({"a": "1", "b": "1", "c": "1"}, {"b": "1", "c": "2", "d": "1"})

    assert result == plan.Plan(added=("d",), changed=("c",), removed=("a",), unchanged=("b",))
    assert result.written == ("d", "c")
    assert result.closed == ("c", "a")


def test_the_same_pages_are_an_empty_plan() -> None:
    assert plan.diff({"a": "1"}, {"a": "1"}).is_empty


def test_restating_rewrites_what_stays_and_still_drops_what_went() -> None:
    result = plan.restated(plan.diff({"a": "1", "b": "1"}, {"a": "1"}))

    assert result == plan.Plan(added=(), changed=("a",), removed=("b",), unchanged=())


def test_losing_most_pages_is_refused() -> None:
    published = {str(n): "1" for n in range(10)}
    result = plan.diff(published, {"0": "1"})

    with pytest.raises(SuspiciousShrinkage, match="9 of 10 published pages") as caught:
        plan.check_shrinkage(result, dict.fromkeys(published, ""), sources=[""], max_shrinkage=0.5)

    assert "--force" in caught.value.fix
    assert "--name NAME" in caught.value.fix


def test_pages_are_counted_by_source() -> None:
    sources = {**{f"docs:{n}": "docs" for n in range(10)}, "blog:1": "blog", "blog:2": "blog"}
    result = plan.diff(dict.fromkeys(sources, "1"), dict.fromkeys(list(sources)[:10], "1"))

    with pytest.raises(SuspiciousShrinkage, match="2 of 2 published pages are missing from the source blog"):
        plan.check_shrinkage(result, sources, sources=["docs", "blog"], max_shrinkage=0.5)


def test_source_that_is_to_go_is_named() -> None:
    result = plan.diff({"docs:1": "1", "blog:1": "1"}, {"docs:1": "1"})

    with pytest.raises(SuspiciousShrinkage, match="The source blog is published with 1 pages") as caught:
        plan.check_shrinkage(
            result, {"docs:1": "docs", "blog:1": "blog"}, sources=["docs"], max_shrinkage=0.5
        )

    assert "--only" in caught.value.fix


def test_losing_half_is_allowed() -> None:
    result = plan.diff({"a": "1", "b": "1"}, {"a": "1"})

    plan.check_shrinkage(result, {"a": "", "b": ""}, sources=[""], max_shrinkage=0.5)
