"""Fits how sure retrieval is on an evaluation's own questions, and keeps that with the embeddings."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.answer import calibration
from askdocs.answer.calibration import Fit, Judged
from askdocs.db import calibrations
from askdocs.errors import Conflict
from askdocs.evaluation.judge import Judgement
from askdocs.runtime import Runtime
from askdocs.types import Features


def fit(judgements: Sequence[Judgement]) -> Fit:
    """Fit on what was seen of all questions that somebody has reviewed.

    Raises `InputError` for too few of them, and `Conflict` if one was searched for by its words alone.
    """
    seen = [one for one in judgements if not one.question.draft and one.observation.features]
    if not all(one.observation.fingerprint for one in seen):
        raise Conflict(
            "Some questions were not compared by meaning: the embedding model did not answer, or the index "
            "was made with another one.",
            fix="Run it again when the model answers and the docs are indexed with it.",
        )
    return calibration.calibrate(
        [Judged(Features(**one.observation.features), one.question.answerable) for one in seen]
    )


async def keep(rt: Runtime, fingerprint: str, fitted: Fit) -> None:
    """Let it hold for all questions that are searched for with these embeddings."""
    await rt.db.run(
        calibrations.put,
        fingerprint,
        calibration=fitted.calibration,
        questions=len(fitted.judged),
        now=rt.now(),
    )
