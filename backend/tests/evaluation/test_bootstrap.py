"""Intervals of differences."""

from __future__ import annotations

import random

import pytest

from askdocs.evaluation import bootstrap


def test_equal_results_differ_by_nothing() -> None:
    change = bootstrap.change_of_means([0.0, 1.0], [0.0, 1.0])

    assert (change.difference, change.low, change.high, change.certain) == (0, 0, 0, False)


def test_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    """40 gains and 10 losses among 200: mean .15, standard error sqrt((50 / 200 - .15²) / 200) = .0337."""
    before = [0.0] * 40 + [1.0] * 10 + [1.0] * 150
    now = [1.0] * 40 + [0.0] * 10 + [1.0] * 150

    change = bootstrap.change_of_means(before, now)

    assert change.difference == pytest.approx(0.15)
    assert change.low == pytest.approx(0.15 - 1.96 * 0.0337, abs=0.01)
    assert change.high == pytest.approx(0.15 + 1.96 * 0.0337, abs=0.01)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Of 60 samples whose true difference is .2, all but a few intervals hold it."""
    chance = random.Random(1)
    held = 0
    for _ in range(60):
        now = [float(chance.random() < 0.2) for _ in range(60)]
        change = bootstrap.change_of_means([0.0] * 60, now)
        held += change.low <= 0.2 <= change.high

    assert 53 <= held <= 60


def test_auc_counts_ties_half_and_its_interval_holds_the_difference() -> None:
    above = [(0.5, 0.9), (0.5, 0.8), (0.4, 0.4)]
    below = [(0.5, 0.2), (0.3, 0.3)]

    change = bootstrap.change_of_auc(above, below)

    assert change.before == pytest.approx(4 / 6)
    assert change.now == 1.0
    assert change.low <= change.difference <= change.high
