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
    result = plan.diff({"a": "1", "b": "1"}, {"a": "1"}, restate=True)

    assert result == plan.Plan(added=(), changed=("a",), removed=("b",), unchanged=())


def test_losing_most_pages_is_refused() -> None:
    result = plan.diff({str(n): "1" for n in range(10)}, {"0": "1"})

    with pytest.raises(SuspiciousShrinkage, match="9 of 10 published pages") as caught:
        plan.check_shrinkage(result, published=10, max_shrinkage=0.5)

    assert "--force" in caught.value.fix


def test_losing_half_is_allowed() -> None:
    result = plan.diff({"a": "1", "b": "1"}, {"a": "1"})

    plan.check_shrinkage(result, published=2, max_shrinkage=0.5)
