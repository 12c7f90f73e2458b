"""How far a difference between two results may be chance: paired resamples of the questions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Values = Mapping[str, float]
"""What each question of a set scored, by its id."""

_DRAWS = 4000


def difference(before: Mapping[str, Values], now: Mapping[str, Values]) -> tuple[float, float, float]:
    """The mean over the sets of the mean difference of their questions, and the ends of its 95 % interval.

    Questions are drawn within their sets, each with both its values, and only those that both results hold.
    """
    chance = np.random.default_rng(7)
    drawn, plain = np.zeros(_DRAWS), 0.0
    for name, values in before.items():
        pairs = np.array([now[name][id] - value for id, value in values.items() if id in now[name]])
        picks = chance.integers(0, len(pairs), (_DRAWS, len(pairs)))
        drawn += pairs[picks].mean(axis=1) / len(before)
        plain += float(pairs.mean()) / len(before)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return plain, float(low), float(high)
