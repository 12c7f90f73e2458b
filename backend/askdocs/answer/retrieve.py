"""Question to hits: one hybrid query, scoped to a store's live revision, a version and a locale."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from askdocs.answer import confidence, headings, passages, query, ranking
from askdocs.answer.passages import Place
from askdocs.answer.query import Query
from askdocs.answer.ranking import Circumstances, Ranked
from askdocs.models import calibrated
from askdocs.runtime import Runtime
from askdocs.text import pasted, prompts, purposes, tokens
from askdocs.text.bm25 import Statistics
from askdocs.types import Calibration, Features, Hit, Revision, Scope, Site, Turn

_CHUNKS_PER_HIT = 8
"""Points asked for per hit, since a section may be many of them."""

_LEAST_CHUNKS = 96
"""Asked for however few hits are wanted: the best page is judged by those that come next."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Hits best first, at most one per section, and `beside` them what else a prompt has room for.

    `confidence` is the probability that the docs answer the question: by `features`, of which there are none
    without hits, and a `calibration`. `revision` is None when the site has published nothing yet. `scope` is
    what was searched: the version and locale that were asked for, or those that stand in for ones that the
    docs do not have.
    """

    hits: tuple[Hit, ...]
    confidence: float
    revision: Revision | None
    scope: Scope | None = None
    by_words_alone: bool = False
    """Whether nothing was compared by meaning: the question could not be embedded as the chunks were."""
    beside: tuple[Hit, ...] = ()
    features: Features | None = None
    calibration: Calibration = calibrated.BY_WORDS
    asked: Query | None = None
    """What the vector store was asked, None where nothing was."""
    moves: Mapping[Place, Mapping[str, float]] = field(default_factory=dict)
    """What was added to the scores of the hits' sections, by its name, where anything was."""

    @property
    def is_declined(self) -> bool:
        """Whether nothing is answered."""
        return not self.hits or self.confidence < self.calibration.decline

    @property
    def is_unsure(self) -> bool:
        """Whether the docs may well not answer it, so that whoever answers must be ready to say so."""
        return self.confidence < self.calibration.sure


async def search(
    rt: Runtime,
    site: Site,
    question: str,
    *,
    version: str = "",
    locale: str = "",
    limit: int = 10,
    room: int = 0,
    turns: Sequence[Turn] = (),
    page_url: str = "",
) -> Retrieval:
    """The sections of the site's docs that fit the question best: `limit` of them as hits, and beside them as
    much as fills `room` characters in all.

    A version or locale that the docs do not have falls back to their default. With earlier `turns` the
    previous question is searched for as well, as far as this one does not speak for itself; so far, too, the
    page at `page_url` and those that the answer before cites come first. When the question cannot be embedded
    the search is by words alone. Errors: those of the database and the vector store.
    """
    started = time.perf_counter()
    question, before = pasted.clean(question), pasted.clean(query.last_question(turns))
    # Not a task group, which would wrap the error of one in a group of its own.
    revision, vectors = await asyncio.gather(rt.live.get(site.id), query.embed(rt, question, before))
    if revision is None:
        return Retrieval((), 0.0, None)
    statistics = await rt.statistics.get((site.id, revision.store_id, revision.number))
    within = scope(revision, version=version, locale=locale)
    asked = query.build(rt, revision, statistics, question, before, vectors, locale=within.locale or "")
    chunks = max(limit * _CHUNKS_PER_HIT, _LEAST_CHUNKS)
    points = await rt.vectors.search(revision.collection, asked.hybrid, within, limit=chunks)
    named = headings.raise_named(ranking.sections(points), asked.terms, asked.language, statistics)
    ranked = ranking.move(named, _circumstances(question, asked, turns, page_url))
    of_sections = [section.points for section in ranked]
    found = await passages.gather(rt, revision, within, of_sections, limit=limit, room=room)
    by_words_alone = asked.hybrid.dense is None
    fitted = await _calibration(rt, revision, by_words_alone=by_words_alone)
    seen = _features(asked, ranked, found.hits, statistics)
    rt.metrics.retrieval_seconds.observe(time.perf_counter() - started)
    return Retrieval(
        found.hits,
        confidence.probability(seen, fitted) if seen else 0.0,
        revision,
        within,
        by_words_alone=by_words_alone,
        beside=found.beside,
        features=seen,
        calibration=fitted,
        asked=asked,
        moves={section.place: section.moves for section in ranked[:limit] if section.moves},
    )


def _circumstances(question: str, asked: Query, turns: Sequence[Turn], page_url: str) -> Circumstances:
    cited = turns[-1].cited if turns else ()
    return Circumstances(
        kinds=purposes.asked_for(question),
        page=prompts.page_path(page_url),
        cited=frozenset(map(prompts.page_path, cited)),
        leaning=asked.leaning,
    )


async def _calibration(rt: Runtime, revision: Revision, *, by_words_alone: bool) -> Calibration:
    fitted = calibrated.BY_WORDS
    if not by_words_alone:
        fitted = await rt.calibrations.get((revision.collection, revision.model))
    least = rt.settings.answers.min_confidence
    return fitted if least is None else replace(fitted, decline=least, sure=max(least, fitted.sure))


def _features(
    asked: Query, ranked: Sequence[Ranked], hits: Sequence[Hit], statistics: Statistics
) -> Features | None:
    if not hits:
        return None
    best = hits[0].chunk
    held = set(tokens.terms(f"{best.breadcrumb}\n{best.text}", asked.language))
    # A misspelt term is there where the one that it stands for is.
    held.update(term for term in asked.terms if statistics.vocabulary.nearest(term) in held)
    pages: dict[Any, float] = {}
    for section in ranked:
        pages.setdefault(section.points[0].payload.get("path"), section.score)
    return confidence.features(asked.terms, list(pages.values()), held, statistics)


def scope(revision: Revision, *, version: str, locale: str) -> Scope:
    """What a reader of `version` and `locale` may see of a revision; unknown ones become the default."""
    if version not in revision.versions:
        version = revision.default_version
    if locale not in revision.locales:
        locale = revision.default_locale
    return Scope(revision.store_id, revision.number, version or None, locale or None)
