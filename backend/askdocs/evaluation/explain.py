"""Why a section ranks where it does: its score in parts, and the terms of the question that it holds.

Scores are not computed here. The vector store is asked again with all weights but one at 0, which leaves the
part of that one; what the parts do not add up to is what ranking added or took away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from askdocs.answer import retrieve
from askdocs.answer.retrieve import Retrieval
from askdocs.errors import NotFound
from askdocs.evaluation import observe
from askdocs.evaluation.observe import Found
from askdocs.runtime import Runtime
from askdocs.text import tokens
from askdocs.text.languages import ENGLISH
from askdocs.types import Ask, Hit, HybridQuery, ScoredPoint, Site, Turn

_WEIGHT = "_weight"

_ROUNDING = 0.002
"""Parts that miss the score by less than this add up to it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A search term of the question, and how much it narrows down. The docs know it or not.

    `meant` is a term of theirs that is searched for too, for a word that may be misspelt; "" for any other.
    """

    term: str
    idf: float
    known: bool
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A section with its score: the sum of its `parts`, and of what was `moved` besides.

    The parts are by the name of the ranking that gave them, or of what counts besides the question's words:
    `kind` of the page, the `page` that it was asked on, and the ones `cited` before.

    `terms` are those of the question that it holds.
    """

    found: Found
    parts: Mapping[str, float]
    moved: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """What the confidence rests on: the logit adds up each value times its weight."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """`terms` in the order of the question, `ranked` best first. Below `threshold` nothing is answered."""

    terms: tuple[Term, ...]
    ranked: tuple[Ranked, ...]
    features: tuple[Feature, ...]
    confidence: float
    threshold: float
    revision: int
    version: str
    locale: str

    @classmethod
    def revive(cls, values: Mapping[str, Any]) -> Self:
        """From `asdict`, perhaps through JSON."""
        ranked = tuple(
            Ranked(**{**one, "found": Found(**one["found"]), "terms": tuple(one["terms"])})
            for one in values["ranked"]
        )
        terms = tuple(Term(**one) for one in values["terms"])
        features = tuple(Feature(**one) for one in values["features"])
        return cls(**{**values, "terms": terms, "ranked": ranked, "features": features})


async def explain(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn] = (), *, limit: int = 10
) -> Explanation:
    """Errors: those of searching, and `NotFound` where nothing is published."""
    turns = await observe.played(rt, site, ask, turns)
    found = await retrieve.search(
        rt,
        site,
        ask.question,
        version=ask.version,
        locale=ask.locale,
        limit=limit,
        turns=turns,
        page_url=ask.page_url,
    )
    if found.revision is None or found.asked is None or found.scope is None:
        raise NotFound(
            f"{site.name} has nothing published yet.", fix=f"Run: askdocs index PATH --site {site.name}"
        )
    revision = found.revision
    statistics = await rt.statistics.get((site.id, revision.store_id, revision.number))
    corrects = rt.settings.retrieval.spelling > 0
    terms = [
        Term(
            term,
            round(statistics.idf(term), 3),
            term in statistics.frequencies,
            (corrects and statistics.vocabulary.nearest(term)) or "",
        )
        for term in dict.fromkeys(found.asked.terms)
    ]
    parts = await _parts(rt, found, found.asked.hybrid)
    return Explanation(
        terms=tuple(terms),
        ranked=tuple(_ranked(hit, found, parts, terms) for hit in found.hits),
        features=tuple(_features(found)),
        confidence=round(found.confidence, 4),
        threshold=found.calibration.decline,
        revision=revision.number,
        version=found.scope.version or "",
        locale=found.scope.locale or "",
    )


def _features(found: Retrieval) -> list[Feature]:
    if found.features is None:
        return []
    weights = asdict(found.calibration.weights)
    return [Feature(name, round(value, 4), weights[name]) for name, value in asdict(found.features).items()]


Place = tuple[Any, Any]
"""Path and number of a section."""


async def _parts(rt: Runtime, found: Retrieval, query: HybridQuery) -> dict[Place, dict[str, float]]:
    """Of each section among the candidates, what each ranking gave to its best point."""
    names = [one.name for one in fields(query) if one.name.endswith(_WEIGHT)]
    off: dict[str, Any] = dict.fromkeys(names, 0.0)
    alone = [replace(query, **{**off, name: getattr(query, name)}) for name in names]
    together, *apart = await asyncio.gather(*(_search(rt, found, one) for one in (query, *alone)))
    scores = [{point.id: point.score for point in points} for points in apart]
    best: dict[Place, dict[str, float]] = {}
    for point in together:
        place = (point.payload.get("path"), point.payload.get("section"))
        best.setdefault(
            place,
            {
                name.removesuffix(_WEIGHT): round(of_one.get(point.id, 0.0), 4)
                for name, of_one in zip(names, scores, strict=True)
            },
        )
    return best


async def _search(rt: Runtime, found: Retrieval, query: HybridQuery) -> list[ScoredPoint]:
    """All candidates: there are at most as many as each of the two rankings contributes."""
    if found.revision is None or found.scope is None:
        return []
    return await rt.vectors.search(found.revision.collection, query, found.scope, limit=2 * query.candidates)


def _ranked(
    hit: Hit, found: Retrieval, parts: Mapping[Place, Mapping[str, float]], terms: Sequence[Term]
) -> Ranked:
    """Terms are held as the question's language makes them of the section's text."""
    chunk = hit.chunk
    language = found.asked.language if found.asked else ENGLISH
    held = set(tokens.terms(f"{chunk.breadcrumb}\n{chunk.text}", language))
    place = (chunk.path, chunk.section)
    own = dict(parts.get(place, {}))
    if own:
        own |= {name: round(value, 4) for name, value in found.moves.get(place, {}).items()}
    moved = hit.score - sum(own.values())
    return Ranked(
        found=Found.of(hit),
        parts=own,
        moved=round(moved, 4) if own and abs(moved) > _ROUNDING else 0.0,
        terms=tuple(one.term for one in terms if not held.isdisjoint((one.term, one.meant))),
    )
