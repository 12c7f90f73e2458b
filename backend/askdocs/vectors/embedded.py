"""The Qdrant engine inside this process: nothing to install, nothing to start.

Each call of the engine (qdrant-edge-py 0.9) holds the GIL until it returns: threads gain nothing, and a long
call stalls the whole process. All calls go through one thread, in order; long writes are cut into slices that
let readers in between.

Nothing builds a graph over the vectors. At 100,000 chunks that would save 10 ms of a search's 14, but find
fewer of the nearest under the scope's filters, and stall the process for a minute each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import qdrant_edge as edge

from askdocs.errors import VectorStoreUnavailable
from askdocs.types import MOST_SECTION_CHUNKS, OPEN, HybridQuery, Point, Scope, ScoredPoint, SparseVector
from askdocs.vectors.shards import Shards

P = ParamSpec("P")
T = TypeVar("T")

UPSERT_SLICE = 64
"""Points per write: about 2 ms in which nothing else in the process runs."""

FILTER_SLICE = 500
"""Points that one step of a write by filter touches: about 6 ms."""

FLUSH_AFTER = 4096
"""Points after which a long series of writes is flushed, so that its log stays short."""


class QdrantEmbedded:
    """The vector store under `directory`, which is made, locked and opened on first use. One process at a
    time owns it; another one gets `ShardLocked`. What a write acknowledged outlives the process."""

    def __init__(self, directory: Path) -> None:
        self._shards = Shards(directory)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qdrant-embedded")
        self._closed = False
        self._unflushed = 0

    async def ensure(self, collection: str, *, dimensions: int) -> None:
        await self._run(self._ensure, collection, dimensions)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), UPSERT_SLICE):
            await self._run(self._upsert, collection, points[start : start + UPSERT_SLICE])
        if self._unflushed >= FLUSH_AFTER:
            await self.flush(collection)

    async def search(
        self, collection: str, query: HybridQuery, scope: Scope, *, limit: int
    ) -> list[ScoredPoint]:
        return await self._run(self._search, collection, query, scope, limit)

    async def sections(
        self, collection: str, scope: Scope, wanted: Mapping[str, Collection[int]]
    ) -> list[Mapping[str, Any]]:
        return await self._run(self._sections, collection, scope, wanted) if wanted else []

    async def count(self, collection: str, scope: Scope) -> int:
        return await self._run(self._count, collection, edge.Filter(must=_visible(scope)))

    async def close_documents(
        self, collection: str, store_id: str, paths: Sequence[str] | None, *, revision: int
    ) -> None:
        still_open: list[edge.ConditionType] = [_is("store_id", store_id), _is("to_rev", OPEN)]
        closed = {"to_rev": revision}
        if paths is None:
            await self._set(collection, still_open, closed)
            return
        for start in range(0, len(paths), FILTER_SLICE):
            of_paths = _any("path", paths[start : start + FILTER_SLICE])
            await self._set(collection, [*still_open, of_paths], closed)

    async def undo(self, collection: str, store_id: str, *, live: int) -> None:
        await self._delete(collection, [_is("store_id", store_id), _range("from_rev", gt=live)])
        closed_later = _range("to_rev", gte=live, lt=OPEN)
        await self._set(collection, [_is("store_id", store_id), closed_later], {"to_rev": OPEN})

    async def sweep(self, collection: str, store_id: str, *, oldest: int) -> None:
        await self._delete(collection, [_is("store_id", store_id), _range("to_rev", lt=oldest)])

    async def flush(self, collection: str) -> None:
        """It waits for the disk, 50 to 300 ms however little is new, and holds the GIL: call it seldom."""
        await self._run(self._flush, collection)

    async def ping(self) -> None:
        await self._run(self._shards.check)

    async def exists(self, collection: str) -> bool:
        return await self._run(self._shards.exists, collection)

    async def snapshot(self, collection: str, folder: Path) -> Path:
        """A folder with the engine's files. No question is answered while they are flushed and copied, which
        took 0.04 s with 12,000 chunks, and up to 0.3 s more where much had been written."""
        return await self._run(self._shards.copy, collection, folder)

    async def recover(self, collection: str, snapshot: Path) -> None:
        await self._run(self._shards.adopt, collection, snapshot)

    async def drop(self, collection: str) -> None:
        await self._run(self._shards.drop, collection)

    async def engine(self) -> str:
        return f"qdrant-edge {version('qdrant-edge-py')}"

    async def close(self) -> None:
        if not self._closed:
            await self._run(self._shards.release)
            self._closed = True
            self._thread.shutdown()

    # what follows runs in the engine's thread, unless it is a coroutine

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise VectorStoreUnavailable("The vector store has been closed.")

        def run() -> T:
            with self._shards.errors():
                return work(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def _ensure(self, collection: str, dimensions: int) -> None:
        if not self._shards.exists(collection):
            self._shards.create(collection, dimensions)
        self._shards.get(collection)

    def _upsert(self, collection: str, points: Sequence[Point]) -> None:
        shard = self._shards.get(collection)
        self._shards.require_room()
        shard.update(edge.UpdateOperation.upsert_points([_point(point) for point in points]))
        self._unflushed += len(points)

    def _flush(self, collection: str) -> None:
        if self._shards.exists(collection):
            self._shards.get(collection).flush()
        self._unflushed = 0

    def _search(self, collection: str, query: HybridQuery, scope: Scope, limit: int) -> list[ScoredPoint]:
        """The lists first, then both scores of every chunk in either: a formula over the lists alone would
        take the cosine of a chunk that only the sparse list found for 0."""
        shard = self._shards.get(collection)
        weighted = _weighted(query)
        where = edge.Filter(must=_visible(scope))
        lists = [
            edge.QueryRequest(limit=query.candidates, query=nearest, filter=where, with_payload=False)
            for nearest, _ in weighted
        ]
        found = {point.id for hits in shard.query_batch(edge.QueryBatchRequest(lists)) for point in hits}
        if not found:
            return []
        among = edge.Filter(must=[edge.HasIdCondition(found)])
        fused = edge.QueryRequest(
            limit=limit,
            query=_formula([weight for _, weight in weighted]),
            prefetches=[
                edge.Prefetch(limit=len(found), query=nearest, filter=among) for nearest, _ in weighted
            ],
            with_payload=True,
        )
        return [ScoredPoint(str(hit.id), hit.score, hit.payload or {}) for hit in shard.query(fused)]

    def _sections(
        self, collection: str, scope: Scope, wanted: Mapping[str, Collection[int]]
    ) -> list[Mapping[str, Any]]:
        any_of = [
            edge.Filter(must=[_is("path", path), _any("section", [*ns])]) for path, ns in wanted.items()
        ]
        where = edge.Filter(must=_visible(scope), should=[*any_of])
        request = edge.ScrollRequest(
            limit=MOST_SECTION_CHUNKS, filter=where, with_payload=True, with_vector=False
        )
        records, _ = self._shards.get(collection).scroll(request)
        return [record.payload or {} for record in records]

    def _count(self, collection: str, where: edge.Filter) -> int:
        return self._shards.get(collection).count(edge.CountRequest(exact=True, filter=where))

    async def _delete(self, collection: str, where: Sequence[edge.ConditionType]) -> None:
        await self._rewrite(collection, where, edge.UpdateOperation.delete_points)

    async def _set(
        self, collection: str, where: Sequence[edge.ConditionType], payload: Mapping[str, Any]
    ) -> None:
        await self._rewrite(
            collection, where, lambda ids: edge.UpdateOperation.set_payload(ids, dict(payload))
        )

    async def _rewrite(
        self,
        collection: str,
        where: Sequence[edge.ConditionType],
        change: Callable[[list[edge.PointId]], edge.UpdateOperation],
    ) -> None:
        """Change the points that the filter finds until it finds none: the change takes them out of it."""
        if not await self._run(self._shards.exists, collection):
            return
        while await self._run(self._rewrite_slice, collection, edge.Filter(must=list(where)), change):
            pass

    def _rewrite_slice(
        self,
        collection: str,
        where: edge.Filter,
        change: Callable[[list[edge.PointId]], edge.UpdateOperation],
    ) -> bool:
        shard = self._shards.get(collection)
        request = edge.ScrollRequest(limit=FILTER_SLICE, filter=where, with_payload=False, with_vector=False)
        records, _ = shard.scroll(request)
        if records:
            self._shards.require_room()
            shard.update(change([record.id for record in records]))
        return len(records) == FILTER_SLICE


def _point(point: Point) -> edge.Point:
    return edge.Point(
        id=point.id,
        vector={"dense": point.dense.tolist(), "sparse": _sparse(point.sparse)},
        payload=dict(point.payload),
    )


def _sparse(vector: SparseVector) -> edge.SparseVector:
    return edge.SparseVector(list(vector.indices), list(vector.values))


def _weighted(query: HybridQuery) -> list[tuple[edge.Query, float]]:
    """What to search by, with its weight in the score: dense, sparse, both or nothing."""
    weighted = []
    if query.dense is not None:
        weighted.append((edge.Query.Nearest(query.dense.tolist(), using="dense"), query.dense_weight))
    if query.sparse.indices:
        weighted.append((edge.Query.Nearest(_sparse(query.sparse), using="sparse"), query.sparse_weight))
    return weighted


def _formula(weights: Sequence[float]) -> edge.Formula:
    """The weighted sum of the prefetches' scores. A chunk that shares no term with the question has no sparse
    score: its dot product is 0."""
    scores = [f"$score[{n}]" for n in range(len(weights))]
    terms = [
        edge.Expression.Mult([edge.Expression.Constant(weight), edge.Expression.Variable(score)])
        for weight, score in zip(weights, scores, strict=True)
    ]
    return edge.Formula(edge.Expression.Sum(terms), defaults=dict.fromkeys(scores, 0.0))


def _visible(scope: Scope) -> list[edge.ConditionType]:
    conditions: list[edge.ConditionType] = [
        _is("store_id", scope.store_id),
        _range("from_rev", lte=scope.revision),
        _range("to_rev", gte=scope.revision),
    ]
    if scope.version is not None:
        conditions.append(_any("version", [scope.version, ""]))
    if scope.locale is not None:
        conditions.append(_any("locale", [scope.locale, ""]))
    return conditions


def _is(key: str, value: str | int) -> edge.FieldCondition:
    return edge.FieldCondition(key, match=edge.MatchValue(value))


def _any(key: str, values: Sequence[str] | Sequence[int]) -> edge.FieldCondition:
    return edge.FieldCondition(key, match=edge.MatchAny([*values]))


def _range(key: str, **bounds: float) -> edge.FieldCondition:
    return edge.FieldCondition(key, range=edge.RangeFloat(**bounds))
