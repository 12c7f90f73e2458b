"""A calibration is fitted on what was observed, and holds for the embeddings that it was made with."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from askdocs.config import load
from askdocs.errors import Conflict, InputError
from askdocs.evaluation import calibrate
from askdocs.evaluation.judge import Judgement, judge
from askdocs.evaluation.questions import Question
from askdocs.runtime import open_runtime
from askdocs.types import Features
from tests.evaluation.observed import observation


def judged(number: int, *, answerable: bool, draft: bool = False, fingerprint: str = "minilm") -> Judgement:
    """Answerable questions are nearer by far."""
    nearest = (0.6 if answerable else 0.2) + number / 100
    features = asdict(Features(nearest=nearest, coverage=0.5, lead=0.1, missing=0.2))
    gold = frozenset({("a", "")}) if answerable else frozenset()
    seen = replace(observation("a"), fingerprint=fingerprint, features=features)
    return judge(Question(str(number), f"How {number}?", gold, draft=draft), seen)


KNOWN = [judged(number, answerable=True) for number in range(20)]
OTHERS = [judged(number, answerable=False) for number in range(10)]


def test_answerable_questions_become_likelier_than_others() -> None:
    fitted = calibrate.fit([*KNOWN, *OTHERS])

    known, others = fitted.held_out[:20], fitted.held_out[20:]

    assert fitted.calibration.weights.nearest > 0
    assert max(others) < fitted.calibration.decline <= min(known)


def test_drafts_teach_nothing() -> None:
    drafts = [judged(number, answerable=False, draft=True) for number in range(10)]

    with pytest.raises(InputError, match="these are 20 and 0"):
        calibrate.fit([*KNOWN, *drafts])


def test_what_was_searched_for_by_words_alone_teaches_nothing_about_scores() -> None:
    with pytest.raises(Conflict, match="not compared by meaning"):
        calibrate.fit([*KNOWN, *OTHERS, judged(1, answerable=True, fingerprint="")])


@pytest.mark.anyio
async def test_it_holds_for_the_embeddings_that_it_was_made_with(tmp_path: Path) -> None:
    fitted = calibrate.fit([*KNOWN, *OTHERS])
    async with open_runtime(load("test", home=tmp_path)) as rt:
        await calibrate.keep(rt, "minilm", fitted)

        assert await rt.calibrations.get(("minilm", "any")) == fitted.calibration
        assert await rt.calibrations.get(("other", "any")) != fitted.calibration
