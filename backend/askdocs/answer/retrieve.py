"""Question to hits: one hybrid query, scoped to a store's live revision, a version and a locale."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from askdocs.answer import confidence, elsewhere, headings, passages, query, ranking
from askdocs.answer.elsewhere import Notice, OtherLocale, OtherVersion
from askdocs.answer.passages import Place
from askdocs.answer.query import Query
from askdocs.answer.ranking import Circumstances, Ranked
from askdocs.models import calibrated
from askdocs.runtime import Runtime
from askdocs.text import languages, pasted, prompts, purposes, tokens
from askdocs.text.bm25 import Statistics
from askdocs.types import (
    Calibration,
    Features,
    Hit,
    HybridQuery,
    Revision,
    Scope,
    Site,
    SparseVector,
    Turn,
)

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

    notices: tuple[Notice, ...] = ()
    """What whoever asked must be told of where the answer is from, or stands."""

    @property
    def is_declined(self) -> bool:
        """Whether nothing is answered."""
        return not self.hits or self.confidence < self.calibration.decline or self.other_version is not None

    @property
    def other_version(self) -> OtherVersion | None:
        return next((one for one in self.notices if isinstance(one, OtherVersion)), None)

    @property
    def other_locale(self) -> OtherLocale | None:
        return next((one for one in self.notices if isinstance(one, OtherLocale)), None)

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
    excerpt: str = "",
    exactly: bool = False,
) -> Retrieval:
    """The sections of the site's docs that fit the question best: `limit` of them as hits, and beside them as
    much as fills `room` characters in all.

    A version or locale that the docs do not have falls back to their default. With earlier `turns` the
    previous question is searched for as well, as far as this one does not speak for itself; so far, too, the
    page at `page_url` and those that the answer before cites come first. An `excerpt` that the question is
    about takes the place of the turns. When the question cannot be embedded the search is by words alone.

    Unless it is to be `exactly` there, what the reader's version and locale do not answer is sought in
    others. Errors: those of the database and the vector store.
    """
    started = time.perf_counter()
    turns = () if excerpt else turns
    question, before = pasted.clean(question), pasted.clean(excerpt or query.last_question(turns))
    # Not a task group, which would wrap the error of one in a group of its own.
    revision, vectors = await asyncio.gather(rt.live.get(site.id), query.embed(rt, site, question, before))
    if revision is None:
        return Retrieval((), 0.0, None)
    statistics = await rt.statistics.get((site.id, revision.store_id, revision.number))
    within = scope(revision, version=version, locale=locale)
    build = partial(query.build, rt, revision, statistics, question, before, vectors, about=bool(excerpt))
    asked = build(locale=within.locale or "")
    by_words_alone = asked.hybrid.dense is None
    searching = _Search(
        rt,
        revision,
        statistics,
        _circumstances(question, asked, turns, page_url, revision),
        await _calibration(rt, revision, by_words_alone=by_words_alone),
        limit,
        room,
    )
    found = await searching.within(within, asked)
    if not exactly:
        found = await _look_elsewhere(
            searching,
            found,
            asked,
            lambda pages: build(locale=within.locale or "", pages=pages),
        )
    rt.metrics.retrieval_seconds.observe(time.perf_counter() - started)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """All that a search needs besides where to look and what for."""

    rt: Runtime
    revision: Revision
    statistics: Statistics
    circumstances: Circumstances
    calibration: Calibration
    limit: int
    room: int

    async def ranked(self, within: Scope, asked: Query, *, chunks: int) -> list[Ranked]:
        points = await self.rt.vectors.search(self.revision.collection, asked.hybrid, within, limit=chunks)
        sections = ranking.sections(points)
        named = headings.raise_named(sections, asked.terms, asked.language, self.statistics)
        return ranking.move(named, self.circumstances)

    async def within(self, within: Scope, asked: Query) -> Retrieval:
        chunks = max(self.limit * _CHUNKS_PER_HIT, _LEAST_CHUNKS)
        ranked, nearest = await asyncio.gather(
            self.ranked(within, asked, chunks=chunks), self._nearest(within, asked)
        )
        of_sections = [section.points for section in ranked]
        found = await passages.gather(
            self.rt, self.revision, within, of_sections, limit=self.limit, room=self.room
        )
        # Fewer points than were asked for are all that there are.
        is_all = sum(len(points) for points in of_sections) < chunks
        rest = 0.0 if is_all else min(section.score for section in ranked)
        seen = _features(asked, ranked, found.hits, self.statistics, nearest=nearest, rest=rest)
        return Retrieval(
            found.hits,
            confidence.probability(seen, self.calibration) if seen else 0.0,
            self.revision,
            within,
            by_words_alone=asked.hybrid.dense is None,
            beside=found.beside,
            features=seen,
            calibration=self.calibration,
            asked=asked,
            moves={section.place: section.moves for section in ranked[: self.limit] if section.moves},
        )

    async def _nearest(self, within: Scope, asked: Query) -> float:
        """The cosine of the chunk that is nearest in meaning; 0 where nothing can be compared."""
        if asked.hybrid.dense is None:
            return 0.0
        by_meaning = HybridQuery(asked.hybrid.dense, SparseVector((), ()), 1.0, 0.0, candidates=1)
        found = await self.rt.vectors.search(self.revision.collection, by_meaning, within, limit=1)
        return found[0].score if found else 0.0


async def _look_elsewhere(
    searching: _Search, own: Retrieval, asked: Query, ask_in: Callable[[str], Query]
) -> Retrieval:
    """What was found, or what another version is sure of, or another locale answers.

    Passages of another version are not given for the reader's: a notice leads there, and nothing is
    answered. Those of another locale say the same in another language, and stand in where nothing else does.
    How sure one of them is shows in a search of it alone: among all of them every section has its doubles.
    """
    revision, within = searching.revision, own.scope
    if within is None:
        return own
    if within.version and len(revision.versions) > 1:
        ranked = await searching.ranked(replace(within, version=None), asked, chunks=_LEAST_CHUNKS)
        there = elsewhere.other_version(within, own.hits, passages.best(section.points for section in ranked))
        if there:
            alone = await searching.within(replace(within, version=there.version), asked)
            if not alone.is_unsure:
                return replace(own, notices=(there,))
    if own.is_declined and within.locale and len(revision.locales) > 1:
        locale = revision.default_locale
        if locale in ("", within.locale):
            ranked = await searching.ranked(replace(within, locale=None), asked, chunks=_LEAST_CHUNKS)
            locale = elsewhere.other_locale(within, passages.best(section.points for section in ranked))
        if locale:
            there_asked = ask_in(languages.primary(locale))
            abroad = await searching.within(replace(within, locale=locale), there_asked)
            if not abroad.is_declined:
                return replace(abroad, notices=(OtherLocale(locale),))
    return own


def _circumstances(
    question: str, asked: Query, turns: Sequence[Turn], page_url: str, revision: Revision
) -> Circumstances:
    cited = turns[-1].cited if turns else ()
    return Circumstances(
        kinds=purposes.asked_for(question),
        weights={one.spec.name: one.spec.weight for one in revision.sources if one.spec.weight != 1},
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
    asked: Query,
    ranked: Sequence[Ranked],
    hits: Sequence[Hit],
    statistics: Statistics,
    *,
    nearest: float,
    rest: float,
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
    scores = list(pages.values())
    return confidence.features(asked.terms, scores, held, statistics, nearest=nearest, rest=rest)


def scope(revision: Revision, *, version: str, locale: str) -> Scope:
    """What a reader of `version` and `locale` may see of a revision; unknown ones become the default."""
    if version not in revision.versions:
        version = revision.default_version
    if locale not in revision.locales:
        locale = revision.default_locale
    return Scope(revision.store_id, revision.number, version or None, locale or None)
