"""How sure retrieval is: what it looks at, and how that becomes a probability."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from askdocs.answer import calibration, confidence, retrieve
from askdocs.answer.calibration import Judged
from askdocs.db import calibrations
from askdocs.errors import InputError
from askdocs.models import calibrated
from askdocs.text.bm25 import PageTerms, Statistics
from askdocs.types import Calibration, Features, HybridQuery, SparseVector
from tests.worlds import open_world

STATISTICS = Statistics().update(
    added=[PageTerms.count([{"common": 1, "rare": 1}, {"common": 1}, {"common": 1}, {"other": 1}])]
)


def test_best_page_is_compared_with_the_mean_of_the_next_four() -> None:
    seen = confidence.features(["rare"], [0.9, 0.5, 0.5, 0.3, 0.3, 0.0], {"rare"}, STATISTICS, nearest=0.7)

    assert (seen.nearest, seen.coverage, seen.missing) == (0.7, 1.0, 0.0)
    assert seen.lead == pytest.approx(0.5)


def test_rare_term_that_is_missing_weighs_more_than_a_common_one() -> None:
    common = confidence.features(["common", "rare"], [0.5], {"rare"}, STATISTICS, nearest=0.7)
    rare = confidence.features(["common", "rare"], [0.5], {"common"}, STATISTICS, nearest=0.7)
    unknown = confidence.features(["rare", "unheard-of"], [0.5], {"rare"}, STATISTICS, nearest=0.7)

    assert 0 < common.missing < rare.missing < unknown.missing == 1.0
    assert 1 > common.coverage > rare.coverage > 0


def test_question_without_terms_is_covered_by_nothing() -> None:
    assert confidence.features([], [0.5], {"rare"}, STATISTICS, nearest=0.7) == Features(0.7, 0.0, 0.5, 0.0)


def test_pages_that_were_not_found_count_as_little_as_the_last_that_were() -> None:
    few = confidence.features(["rare"], [0.9, 0.5], {"rare"}, STATISTICS, nearest=0.7, rest=0.3)
    alone = confidence.features(["rare"], [0.9], {"rare"}, STATISTICS, nearest=0.7)

    assert few.lead == pytest.approx(0.9 - (0.5 + 3 * 0.3) / 4)
    assert alone.lead == 0.9


@pytest.mark.parametrize("fitted", [calibrated.BY_WORDS, *calibrated.BUILT_IN.values()])
def test_built_in_calibrations_tell_the_best_from_the_worst(fitted: Calibration) -> None:
    worst = confidence.probability(Features(0.0, 0.0, 0.0, 1.0), fitted)
    best = confidence.probability(Features(1.0, 1.0, 0.5, 0.0), fitted)

    assert worst < fitted.decline <= fitted.sure < best


def judged(questions: int, docs: str = "", *, seed: int = 1) -> list[Judged]:
    """Four of five are answerable, which shows in all features but for noise; `lead` says nothing."""
    chance = Random(seed)

    def one(number: int) -> Judged:
        answerable = number % 5 != 0
        level = 0.55 if answerable else 0.35
        nearest, coverage, missing = (level + chance.gauss(0, 0.12) for _ in range(3))
        return Judged(Features(nearest, coverage, chance.gauss(0, 0.1), 1 - missing), answerable, docs)

    return [one(number) for number in range(questions)]


def test_probabilities_are_shares_of_questions_that_took_no_part_in_the_fit() -> None:
    fitted = calibration.calibrate(judged(600))

    new = judged(600, seed=2)
    said = [confidence.probability(one.features, fitted.calibration) for one in new]

    assert fitted.error < 0.05
    for low, high in ((0.0, 0.5), (0.5, 0.9), (0.9, 1.0)):
        those = [(p, one.answerable) for p, one in zip(said, new, strict=True) if low <= p < high]
        share, mean = sum(true for _, true in those) / len(those), sum(p for p, _ in those) / len(those)
        assert share == pytest.approx(mean, abs=0.1)


def test_thresholds_keep_nine_of_ten_answers_and_doubt_eight_of_ten_others() -> None:
    fitted = calibration.calibrate(judged(600))

    answerable = [p for p, one in zip(fitted.held_out, fitted.judged, strict=True) if one.answerable]
    others = [p for p, one in zip(fitted.held_out, fitted.judged, strict=True) if not one.answerable]

    assert sum(p >= fitted.calibration.decline for p in answerable) / len(answerable) == pytest.approx(
        0.9, abs=0.02
    )
    assert sum(p < fitted.calibration.sure for p in others) / len(others) >= 0.78
    assert fitted.calibration.decline <= fitted.calibration.sure


def test_few_questions_about_some_docs_weigh_as_much_as_many_about_others() -> None:
    drawn = judged(600, "few", seed=3)
    few = [one for one in drawn if one.answerable][:30] + [one for one in drawn if not one.answerable][:30]

    said = calibration.calibrate([*judged(600, "many"), *few]).held_out

    in_the_mean_of_both = (sum(said[:600]) / 600 + sum(said[600:]) / 60) / 2
    assert in_the_mean_of_both == pytest.approx((0.8 + 0.5) / 2, abs=0.001)


def test_features_that_tell_the_opposite_of_other_docs_tell_nothing() -> None:
    turned = [replace(one, answerable=not one.answerable, docs="b") for one in judged(200)]

    fitted = calibration.calibrate([*judged(200, "a"), *turned]).calibration

    assert fitted.weights == Features(0.0, 0.0, 0.0, 0.0)


def test_reliability_counts_every_question_once() -> None:
    rows = calibration.calibrate(judged(100)).reliability()

    assert sum(count for _, count, _, _ in rows) == 100
    assert all(low <= said <= low + 0.1 for low, _, said, _ in rows)


def test_too_few_questions_are_refused_with_their_number() -> None:
    with pytest.raises(
        InputError, match="20 questions that the docs answer and 10 that they do not; these are 32 and 8"
    ):
        calibration.calibrate(judged(40))


@pytest.mark.anyio
async def test_unheard_of_question_is_declined_and_a_covered_one_is_not(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write({"keys.md": "# Keys\n\nRotate signing keys every month.", "b.md": "# Other\n\nElse."})
        await world.index()

        covered = await retrieve.search(world.rt, world.site, "rotate signing keys")
        unheard_of = await retrieve.search(world.rt, world.site, "zebra xylophone quantum")

    assert (covered.is_declined, covered.is_unsure) == (False, False)
    assert (unheard_of.is_declined, unheard_of.is_unsure) == (True, True)
    assert covered.features is not None
    assert covered.features.coverage == 1.0


@pytest.mark.anyio
async def test_configured_threshold_takes_the_place_of_the_calibrations(tmp_path: Path) -> None:
    async with open_world(tmp_path, answers={"min_confidence": 0.01}) as world:
        world.write({"keys.md": "# Keys\n\nRotate signing keys every month."})
        await world.index()

        found = await retrieve.search(world.rt, world.site, "zebra keys")

    assert (found.is_declined, found.is_unsure) == (False, True)


@pytest.mark.anyio
async def test_stored_calibration_is_that_of_its_embeddings(tmp_path: Path) -> None:
    never = Calibration(Features(0.0, 0.0, 0.0, 0.0), bias=-3.0, decline=0.1, sure=0.9)
    async with open_world(tmp_path) as world:
        world.write({"keys.md": "# Keys\n\nRotate signing keys every month."})
        await world.index()
        revision = await world.rt.live.get(world.site.id)
        assert revision is not None
        await world.rt.db.run(
            calibrations.put, revision.collection, calibration=never, questions=60, now=world.rt.now()
        )

        found = await retrieve.search(world.rt, world.site, "rotate signing keys")

    assert (found.calibration, found.is_declined) == (never, True)


@pytest.mark.anyio
async def test_who_has_no_calibration_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_world(tmp_path) as world:
        for _ in range(2):
            world.rt.calibrations.forget(("collection", "unheard-of"))
            assert await world.rt.calibrations.get(("collection", "unheard-of")) == calibrated.BY_WORDS

    assert capsys.readouterr().out.count("embeddings_not_calibrated") == 1


@pytest.mark.anyio
async def test_misspelt_word_is_covered_by_the_one_that_it_stands_for(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write({"keys.md": "# Keys\n\nRotate the certificate every month.", "b.md": "# Other\n\nElse."})
        await world.index()

        found = await retrieve.search(world.rt, world.site, "rotate the certifcate")

    assert found.features is not None
    assert (found.features.coverage, found.features.missing) == (1.0, 0.0)


@pytest.mark.anyio
async def test_nearest_is_the_best_cosine_of_all_chunks(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write({"keys.md": "# Keys\n\nRotate signing keys every month.", "b.md": "# Other\n\nElse."})
        await world.index()
        revision = await world.rt.live.get(world.site.id)
        assert revision is not None
        dense = await world.rt.embedder.embed_query("rotate signing keys")
        by_meaning = HybridQuery(dense, SparseVector((), ()), 1.0, 0.0)
        everywhere = retrieve.scope(revision, version="", locale="")

        found = await retrieve.search(world.rt, world.site, "rotate signing keys")
        points = await world.rt.vectors.search(revision.collection, by_meaning, everywhere, limit=10)

    assert found.features is not None
    assert found.features.nearest == pytest.approx(max(point.score for point in points))
