"""Question to hits: one hybrid query, scoped to a store's live revision, a version and a locale."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from askdocs import sparse, tokens
from askdocs.db import revisions, sites
from askdocs.db.engine import Session, reads
from askdocs.errors import ModelUnavailable
from askdocs.observe import log
from askdocs.runtime import Runtime
from askdocs.sparse import Statistics
from askdocs.types import Chunk, Hit, HybridQuery, Revision, Scope, ScoredPoint, Site, Turn, Vector

_STATISTICS_KEPT = 32
_CHUNKS_PER_HIT = 5
"""A section may be many chunks, of which only the best becomes a hit."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Hits best first, at most one per section. `confidence` (0 to 1) is how well the best of them fits.

    `revision` is None when the site has published nothing yet.
    """

    hits: tuple[Hit, ...]
    confidence: float
    revision: Revision | None


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
    previous question is searched for as well, since a follow-up seldom repeats its subject. When the question
    cannot be embedded the search is by words alone. Errors: those of the database and the vector store.
    """
    started = time.perf_counter()
    query = f"{turns[-1].question}\n{question}" if turns else question
    async with asyncio.TaskGroup() as group:
        embedding = group.create_task(_embed(rt, query))
        opening = group.create_task(rt.db.run(_live, site.id))
    revision, dense = opening.result(), embedding.result()
    if revision is None:
        return Retrieval((), 0.0, None)
    if dense is not None and (revision.model, revision.dimensions) != (
        rt.embedder.model,
        rt.embedder.dimensions,
    ):
        log.warning("revision_of_another_model", revision=revision.number, model=revision.model)
        dense = None
    statistics = await _statistics(rt, site, revision)
    hybrid = _hybrid(rt, query, dense, statistics)
    points = await rt.vectors.search(
        revision.collection,
        hybrid,
        scope(revision, version=version, locale=locale),
        limit=limit * _CHUNKS_PER_HIT,
    )
    hits = _best_of_each_section(points)[:limit]
    rt.metrics.retrieval_seconds.observe(time.perf_counter() - started)
    return Retrieval(tuple(hits), max(0.0, min(1.0, hits[0].score)) if hits else 0.0, revision)


def scope(revision: Revision, *, version: str, locale: str) -> Scope:
    """What a reader of `version` and `locale` may see of a revision; unknown ones become the default."""
    if version not in revision.versions:
        version = revision.default_version
    if locale not in revision.locales:
        locale = revision.default_locale
    return Scope(revision.store_id, revision.number, version or None, locale or None)


async def _embed(rt: Runtime, query: str) -> Vector | None:
    try:
        return await rt.embedder.embed_query(query)
    except ModelUnavailable as error:
        log.warning("question_not_embedded", error=str(error))
        rt.metrics.fallbacks.labels(reason="embedding").inc()
        return None


@reads
def _live(db: Session, site_id: str) -> Revision | None:
    store = sites.find_store(db, site_id)
    return revisions.live(db, site_id, store_id=store.id) if store else None


async def _statistics(rt: Runtime, site: Site, revision: Revision) -> Statistics:
    key = (revision.store_id, revision.number)
    if key not in rt.statistics:
        stored = await rt.db.run(
            revisions.statistics, site.id, store_id=revision.store_id, number=revision.number
        )
        while len(rt.statistics) >= _STATISTICS_KEPT:
            rt.statistics.pop(next(iter(rt.statistics)))
        rt.statistics[key] = await asyncio.to_thread(Statistics.from_bytes, stored or b"")
    return rt.statistics[key]


def _hybrid(rt: Runtime, query: str, dense: Vector | None, statistics: Statistics) -> HybridQuery:
    """Weights that put both scores on a scale of 0 to 1: a dot product can reach at most `ceiling`."""
    vector, ceiling = sparse.query_vector(tokens.terms(query), statistics)
    weights = rt.settings.retrieval
    sparse_share = weights.sparse_weight if dense is not None else 1.0
    return HybridQuery(
        dense=dense,
        sparse=vector,
        dense_weight=weights.dense_weight,
        sparse_weight=sparse_share / ceiling if ceiling else 0.0,
        candidates=weights.candidates,
    )


def _best_of_each_section(points: Sequence[ScoredPoint]) -> list[Hit]:
    seen: set[tuple[str, int]] = set()
    hits = []
    for point in points:
        section = (point.payload["path"], point.payload["section"])
        if section not in seen:
            seen.add(section)
            hits.append(Hit(Chunk.from_payload(point.payload), point.score))
    return hits
