"""Question to hits: one hybrid query, scoped to a store's live revision, a version and a locale."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from askdocs.answer import confidence, passages, query, ranking
from askdocs.runtime import Runtime
from askdocs.types import Hit, Revision, Scope, Site, Turn

_CHUNKS_PER_HIT = 8
"""Points asked for per hit, since a section may be many of them."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Hits best first, at most one per section. `confidence` (0 to 1) is how well the best of them fits.

    `revision` is None when the site has published nothing yet. `scope` is what was searched: the version and
    locale that were asked for, or those that stand in for ones that the docs do not have.
    """

    hits: tuple[Hit, ...]
    confidence: float
    revision: Revision | None
    scope: Scope | None = None
    by_words_alone: bool = False
    """Whether nothing was compared by meaning: the question could not be embedded as the chunks were."""


async def search(
    rt: Runtime,
    site: Site,
    question: str,
    *,
    version: str = "",
    locale: str = "",
    limit: int = 10,
    turns: Sequence[Turn] = (),
) -> Retrieval:
    """The sections of the site's docs that fit the question best.

    A version or locale that the docs do not have falls back to their default. With earlier `turns` the
    previous question is searched for as well, as far as this one does not speak for itself. When the question
    cannot be embedded the search is by words alone. Errors: those of the database and the vector store.
    """
    started = time.perf_counter()
    before = query.last_question(turns)
    # Not a task group, which would wrap the error of one in a group of its own.
    revision, vectors = await asyncio.gather(rt.live.get(site.id), query.embed(rt, question, before))
    if revision is None:
        return Retrieval((), 0.0, None)
    statistics = await rt.statistics.get((site.id, revision.store_id, revision.number))
    asked = query.build(rt, revision, statistics, question, before, vectors)
    within = scope(revision, version=version, locale=locale)
    points = await rt.vectors.search(revision.collection, asked.hybrid, within, limit=limit * _CHUNKS_PER_HIT)
    hits = passages.assemble(ranking.sections(points), limit=limit)
    rt.metrics.retrieval_seconds.observe(time.perf_counter() - started)
    return Retrieval(
        tuple(hits),
        confidence.estimate(asked.terms, hits, statistics),
        revision,
        within,
        by_words_alone=asked.hybrid.dense is None,
    )


def scope(revision: Revision, *, version: str, locale: str) -> Scope:
    """What a reader of `version` and `locale` may see of a revision; unknown ones become the default."""
    if version not in revision.versions:
        version = revision.default_version
    if locale not in revision.locales:
        locale = revision.default_locale
    return Scope(revision.store_id, revision.number, version or None, locale or None)
