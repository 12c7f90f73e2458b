"""Measures of one question, against figures worked out by hand."""

from __future__ import annotations

from math import log2

import pytest

from askdocs.evaluation import figures


def test_repetitions_count_once_and_any_right_one_will_do() -> None:
    assert figures.rank(["a", "a", "b", "c"], {"b", "c"}) == 2


def test_eleventh_place_is_not_found() -> None:
    assert figures.rank([*range(10), "z"], {"z"}) is None


def test_ndcg_counts_all_right_ones() -> None:
    assert figures.ndcg(["x", "a", "b"], {"a", "b"}) == pytest.approx(
        (1 / log2(3) + 1 / log2(4)) / (1 + 1 / log2(3))
    )
    assert (figures.ndcg(["a", "b"], {"a", "b"}), figures.ndcg(["x"], {"a"}), figures.ndcg([], [])) == (
        1,
        0,
        0,
    )


def test_auc_compares_confidences_and_ties_count_half() -> None:
    assert figures.auc([0.9, 0.5], [0.5, 0.1]) == 0.875
    assert figures.auc([0.9], []) is None


def test_percentile_is_one_of_the_values() -> None:
    assert figures.percentile([4, 1, 3, 2], 0.5) == 2
    assert figures.percentile([4, 1, 3, 2], 0.95) == 4
    assert figures.percentile([], 0.5) is None


@pytest.mark.parametrize("text", ["MAX_shards to 3", "`max\\_shards`\nto 3", "**max_shards** to 3"])
def test_facts_are_found_as_readers_see_them(text: str) -> None:
    assert figures.missing(["max_shards to 3"], text) == []
    assert figures.missing(["min_shards"], text) == ["min_shards"]
