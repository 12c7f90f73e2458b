"""Our queries, points and scopes in the models of the Qdrant client."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from qdrant_client import AsyncQdrantClient, models

from askdocs.types import MOST_SECTION_CHUNKS, HybridQuery, Point, Scope, ScoredPoint, SparseVector

SEARCH = models.SearchParams(hnsw_ef=256)
"""With the scope's filters on 30,000 points this lifts the .87 to .98 of the 100 nearest that the graph finds
to .97 to 1.0, for 0.4 ms."""


async def search(
    qdrant: AsyncQdrantClient, collection: str, query: HybridQuery, scope: Scope, *, limit: int
) -> list[ScoredPoint]:
    by = _weighted(query)
    found = await qdrant.query_points(
        collection,
        prefetch=_prefetches(by, visible(scope), query.candidates),
        query=formula([weight for _, _, weight in by]),
        limit=limit,
        with_payload=True,
    )
    return [ScoredPoint(str(point.id), point.score, point.payload or {}) for point in found.points]


async def sections(
    qdrant: AsyncQdrantClient, collection: str, where: models.Filter
) -> list[Mapping[str, Any]]:
    found, _ = await qdrant.scroll(collection, where, limit=MOST_SECTION_CHUNKS, with_payload=True)
    return [record.payload or {} for record in found]


def point_struct(point: Point) -> models.PointStruct:
    return models.PointStruct(
        id=point.id,
        vector={"dense": point.dense.tolist(), "sparse": _sparse(point.sparse)},
        payload=dict(point.payload),
    )


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


Weighted = tuple[str, list[float] | models.SparseVector, float]


def _weighted(query: HybridQuery) -> list[Weighted]:
    """What to search by: the vector's name, the vector, its weight. Dense, sparse, both or nothing."""
    by: list[Weighted] = []
    if query.dense is not None:
        by.append(("dense", query.dense.tolist(), query.dense_weight))
    if query.sparse.indices:
        by.append(("sparse", _sparse(query.sparse), query.sparse_weight))
    return by


def _prefetches(
    by: Sequence[Weighted], where: Sequence[models.Condition], candidates: int
) -> list[models.Prefetch]:
    """The best by each vector, then every one of them scored by each vector: a formula over the lists alone
    would take the cosine of a chunk that only the sparse list found for 0."""
    lists = [
        models.Prefetch(query=vector, using=name, filter=all_of(where), limit=candidates, params=SEARCH)
        for name, vector, _ in by
    ]
    if len(lists) == 1:
        return lists
    return [
        models.Prefetch(prefetch=lists, query=vector, using=name, limit=candidates * len(lists))
        for name, vector, _ in by
    ]


def formula(weights: Sequence[float]) -> models.FormulaQuery:
    """The weighted sum of the prefetches' scores. A chunk that shares no term with the question has no sparse
    score: its dot product is 0."""
    scores = [f"$score[{n}]" for n in range(len(weights))]
    terms = [
        models.MultExpression(mult=[weight, score]) for weight, score in zip(weights, scores, strict=True)
    ]
    return models.FormulaQuery(
        formula=models.SumExpression(sum=[*terms]), defaults=dict.fromkeys(scores, 0.0)
    )


def visible(scope: Scope) -> list[models.Condition]:
    conditions: list[models.Condition] = [
        is_value("store_id", scope.store_id),
        in_range("from_rev", lte=scope.revision),
        in_range("to_rev", gte=scope.revision),
    ]
    if scope.version is not None:
        conditions.append(is_any("version", [scope.version, ""]))
    if scope.locale is not None:
        conditions.append(is_any("locale", [scope.locale, ""]))
    return conditions


def of_sections(scope: Scope, wanted: Mapping[str, Collection[int]]) -> models.Filter:
    any_of = [
        all_of([is_value("path", path), is_any("section", [*numbers])]) for path, numbers in wanted.items()
    ]
    return models.Filter(must=visible(scope), should=[*any_of])


def all_of(conditions: Sequence[models.Condition]) -> models.Filter:
    return models.Filter(must=list(conditions))


def is_value(key: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def is_any(key: str, values: list[str] | list[int]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=values))


def in_range(key: str, **bounds: float) -> models.FieldCondition:
    return models.FieldCondition(key=key, range=models.Range(**bounds))
