"""Fits how sure retrieval is, on questions of which it is known whether the docs answer them.

Logistic regression over the features, then Platt's scaling: weights fitted on some questions are judged on
others, and slope and intercept that make probabilities of those verdicts are taken into the weights. The
thresholds are chosen on the same verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from askdocs.errors import InputError
from askdocs.types import Calibration, Features

Floats: TypeAlias = NDArray[np.float64]

LEAST_ANSWERABLE, LEAST_UNANSWERABLE = 20, 10
"""Questions of each kind below which four weights would be fitted to chance."""

ANSWERED = 0.9
"""The share of answerable questions that must not be declined; it sets the lower threshold."""

DOUBTED = 0.8
"""The share of other questions that must be declined or doubted; it sets the upper threshold."""


_RIDGE = 0.06
"""Of the weights of standardized features. Held out, .03 to .3 do as well; .01 is .01 of AUC worse."""

_FOLDS = 5
"""Where all questions are about the same docs."""

_STEPS = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """A question about the docs that `docs` names, any text."""

    features: Features
    answerable: bool
    docs: str = ""


@dataclass(frozen=True, slots=True)
class Fit:
    """`held_out` has the probability that each question got, in order, when it took no part in the fit."""

    calibration: Calibration
    judged: tuple[Judged, ...]
    held_out: tuple[float, ...]

    @property
    def error(self) -> float:
        """The expected calibration error: how far probabilities are from shares, in tenths of the scale."""
        rows = self.reliability()
        return sum(count * abs(said - true) for _, count, said, true in rows) / len(self.judged)

    def reliability(self) -> list[tuple[float, int, float, float]]:
        """Of each tenth in which there are questions: its lower end, how many, the mean probability that they
        got, and the share that is answerable."""
        rows = []
        for tenth in range(10):
            those = [
                (said, one.answerable)
                for said, one in zip(self.held_out, self.judged, strict=True)
                if min(9, int(10 * said)) == tenth
            ]
            if those:
                said, true = (sum(column) / len(those) for column in zip(*those, strict=True))
                rows.append((tenth / 10, len(those), said, true))
        return rows


def calibrate(judged: Sequence[Judged]) -> Fit:
    """Fit weights and thresholds. Docs count alike, however many questions there are about each.

    Held out are the questions about one of the docs at a time, or a fifth of them where all are about the
    same. Raises `InputError` for too few questions.
    """
    answerable = np.array([one.answerable for one in judged], dtype=np.float64)
    if answerable.sum() < LEAST_ANSWERABLE or (1 - answerable).sum() < LEAST_UNANSWERABLE:
        raise InputError(
            f"A calibration takes {LEAST_ANSWERABLE} questions that the docs answer and {LEAST_UNANSWERABLE} "
            f"that they do not; these are {answerable.sum():.0f} and {(1 - answerable).sum():.0f}."
        )
    seen = np.array([astuple(one.features) for one in judged], dtype=np.float64)
    docs = [one.docs for one in judged]
    weights = _evenly(docs)
    logits = np.empty(len(judged))
    for fold in _folds(docs, answerable):
        rest = ~fold
        slopes, bias = _regress(seen[rest], answerable[rest], weights[rest], ridge=_RIDGE)
        logits[fold] = seen[fold] @ slopes + bias
    [scale], shift = _regress(logits[:, None], answerable, weights, ridge=0.0)
    if scale <= 0:  # what holds for some docs does not hold for others
        [scale], shift = _regress(np.zeros((len(judged), 1)), answerable, weights, ridge=0.0)
    held_out = _logistic(scale * logits + shift)
    slopes, bias = _regress(seen, answerable, weights, ridge=_RIDGE)
    decline = _decline(held_out, answerable, weights)
    calibration = Calibration(
        weights=Features(*(float(scale * slope) for slope in slopes)),
        bias=float(scale * bias + shift),
        decline=decline,
        sure=max(decline, _sure(held_out, answerable, weights)),
    )
    return Fit(calibration, tuple(judged), tuple(map(float, held_out)))


def _evenly(docs: Sequence[str]) -> Floats:
    """A weight for each question, 1 in the mean, so that all docs weigh the same."""
    count = Counter(docs)
    return np.array([len(docs) / len(count) / count[one] for one in docs])


def _folds(docs: Sequence[str], answerable: Floats) -> list[NDArray[np.bool_]]:
    """Which questions are held out together, both kinds in each."""
    names = np.array(docs)
    if len(set(docs)) > 1:
        return [names == name for name in sorted(set(docs))]
    turn = np.empty(len(docs), dtype=int)
    for kind in (0.0, 1.0):
        of_kind = np.flatnonzero(answerable == kind)
        turn[of_kind] = np.arange(len(of_kind)) % _FOLDS
    return [turn == number for number in range(_FOLDS)]


def _regress(seen: Floats, true: Floats, weights: Floats, *, ridge: float) -> tuple[Floats, float]:
    """Slopes, of shape (features,), and bias of a logistic regression, by Newton's method.

    The penalty is `ridge` / 2 times the squares of the slopes of standardized features, beside the mean of
    the log losses. A feature that never varies has no slope.
    """
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    spread[spread == 0] = 1.0
    rows = np.column_stack([np.ones(len(seen)), (seen - mean) / spread])
    penalty = np.diag([1e-6, *[max(ridge, 1e-6)] * seen.shape[1]])
    share = weights / weights.sum()
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        said = _logistic(rows @ found)
        gradient = rows.T @ (share * (said - true)) + penalty @ found
        curvature = (rows * (share * said * (1 - said))[:, None]).T @ rows + penalty
        found -= np.linalg.solve(curvature, gradient)
    slopes = found[1:] / spread
    return slopes, float(found[0] - slopes @ mean)


def _logistic(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _decline(said: Floats, answerable: Floats, weights: Floats) -> float:
    """The highest probability below which too few answerable questions lie to miss `ANSWERED`."""
    order = np.argsort(said[answerable == 1])
    shares = np.cumsum(weights[answerable == 1][order]) / weights[answerable == 1].sum()
    return _rounded(said[answerable == 1][order][np.searchsorted(shares, 1 - ANSWERED, side="right")])


def _sure(said: Floats, answerable: Floats, weights: Floats) -> float:
    """The lowest probability below which `DOUBTED` of the other questions lie."""
    order = np.argsort(said[answerable == 0])
    shares = np.cumsum(weights[answerable == 0][order]) / weights[answerable == 0].sum()
    last = np.searchsorted(shares, DOUBTED)
    return _rounded(said[answerable == 0][order][min(last + 1, len(order) - 1)])


def _rounded(probability: float) -> float:
    """Down to two digits, which is more than the questions tell."""
    return float(np.floor(100 * probability) / 100)
