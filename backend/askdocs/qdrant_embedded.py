"""The Qdrant engine inside this process: one shard directory per collection, nothing to install or start.

What the engine (qdrant-edge-py 0.9) does, and what this module does about it:

- Each call holds the GIL until it returns, so threads gain nothing and a long call stalls the whole process.
  All calls go through one thread, in order, and long writes are cut into slices that let readers in between.
- A write that meets a full disk kills the process (SIGBUS on a mapped page), and so does opening a shard:
  free space is checked before both.
- A shard that a crash left half built cannot be loaded: a new one is built aside and renamed into place.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import qdrant_edge as edge

from askdocs.errors import AskdocsError, DiskFull, ShardLocked, VectorStoreRefused, VectorStoreUnavailable
from askdocs.types import OPEN, HybridQuery, Point, Scope, ScoredPoint, SparseVector

P = ParamSpec("P")
T = TypeVar("T")

ROOM = 128 * 2**20
"""Bytes that must be free on the disk before the engine may write. Its log grows by files of 32 MB."""

UPSERT_SLICE = 64
"""Points per write: about 2 ms in which nothing else in the process runs."""

FILTER_SLICE = 500
"""Points that one step of a write by filter touches: about 5 ms."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")

INDEXES: Mapping[str, Any] = {
    "store_id": edge.KeywordIndexParams(is_tenant=True),
    "path": edge.KeywordIndexParams(),
    "version": edge.KeywordIndexParams(),
    "locale": edge.KeywordIndexParams(),
    "from_rev": edge.IntegerIndexParams(lookup=True, range=True),
    "to_rev": edge.IntegerIndexParams(lookup=True, range=True),
}


class QdrantEmbedded:
    """The vector store under `directory`, which is made, locked and opened on first use. One process at a
    time owns it; another one gets `ShardLocked`. What a write acknowledged has been flushed to disk."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock: int | None = None
        self._shards: dict[str, edge.EdgeShard] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="qdrant-embedded")
        self._closed = False

    async def ensure(self, collection: str, *, dimensions: int) -> None:
        await self._run(self._ensure, collection, dimensions)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), UPSERT_SLICE):
            await self._run(self._upsert, collection, points[start : start + UPSERT_SLICE])
        await self._run(self._flush, collection)

    async def search(
        self, collection: str, query: HybridQuery, scope: Scope, *, limit: int
    ) -> list[ScoredPoint]:
        return await self._run(self._search, collection, query, scope, limit)

    async def page(self, collection: str, scope: Scope, path: str) -> list[Mapping[str, Any]]:
        return await self._run(
            self._page, collection, edge.Filter(must=[*_visible(scope), _is("path", path)])
        )

    async def count(self, collection: str, scope: Scope) -> int:
        return await self._run(self._count, collection, edge.Filter(must=_visible(scope)))

    async def count_all(self, collection: str, store_id: str) -> int:
        return await self._run(self._count, collection, edge.Filter(must=[_is("store_id", store_id)]))

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

    async def drop(self, collection: str) -> None:
        await self._run(self._drop, collection)

    async def ping(self) -> None:
        await self._run(self._own)

    async def close(self) -> None:
        if not self._closed:
            await self._run(self._release)
            self._closed = True
            self._thread.shutdown()

    # what follows runs in the engine's thread

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed:
            raise VectorStoreUnavailable("The vector store has been closed.")

        def run() -> T:
            with self._errors():
                return work(*args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def _own(self) -> None:
        """Become the one process that uses the directory, and clear away what a killed one left half done."""
        if self._lock is not None:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._directory / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise self._locked() from None
        self._lock = lock
        for leftover in (*self._directory.glob(".new-*"), *self._directory.glob(".dropped-*")):
            shutil.rmtree(leftover)

    def _path(self, collection: str) -> Path:
        if not _NAME.fullmatch(collection):
            raise VectorStoreRefused(f"{collection!r} cannot be the name of a collection.")
        return self._directory / collection

    def _exists(self, collection: str) -> bool:
        self._own()
        return self._path(collection).is_dir()

    def _open(self, collection: str) -> edge.EdgeShard:
        shard = self._shards.get(collection)
        if shard is None:
            if not self._exists(collection):
                raise VectorStoreUnavailable(
                    f"The vector store has no collection {collection!r}.",
                    fix="Build the index: run `askdocs index`.",
                )
            self._require_room()
            shard = self._shards[collection] = edge.EdgeShard.load(str(self._path(collection)))
        return shard

    def _require_room(self) -> None:
        free = shutil.disk_usage(self._directory).free
        if free < ROOM:
            raise DiskFull(
                f"The disk of {self._directory} has {free // 2**20} MB left; the vector store needs "
                f"{ROOM // 2**20} MB to work safely.",
                fix="Free some space and try again: nothing was lost.",
            )

    def _ensure(self, collection: str, dimensions: int) -> None:
        if self._exists(collection):
            self._open(collection)
            return
        self._require_room()
        aside = self._directory / f".new-{collection}"
        shutil.rmtree(aside, ignore_errors=True)
        shard = edge.EdgeShard.create(str(aside), _config(dimensions))
        for field, index in INDEXES.items():
            shard.update(edge.UpdateOperation.create_field_index(field, index))
        shard.close()
        aside.rename(self._path(collection))
        self._open(collection)

    def _upsert(self, collection: str, points: Sequence[Point]) -> None:
        shard = self._open(collection)
        self._require_room()
        shard.update(edge.UpdateOperation.upsert_points([_point(point) for point in points]))

    def _flush(self, collection: str) -> None:
        self._open(collection).flush()

    def _search(self, collection: str, query: HybridQuery, scope: Scope, limit: int) -> list[ScoredPoint]:
        """The lists first, then both scores of every chunk in either: a formula over the lists alone would
        count the cosine of a chunk that only the sparse list found as 0."""
        shard = self._open(collection)
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

    def _page(self, collection: str, where: edge.Filter) -> list[Mapping[str, Any]]:
        shard = self._open(collection)
        payloads: list[Mapping[str, Any]] = []
        offset: edge.PointId | None = None
        while True:
            request = edge.ScrollRequest(
                offset=offset, limit=FILTER_SLICE, filter=where, with_payload=True, with_vector=False
            )
            records, offset = shard.scroll(request)
            payloads += [record.payload or {} for record in records]
            if offset is None:
                return sorted(payloads, key=lambda payload: payload["position"])

    def _count(self, collection: str, where: edge.Filter) -> int:
        return self._open(collection).count(edge.CountRequest(exact=True, filter=where))

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
        if not await self._run(self._exists, collection):
            return
        while await self._run(self._rewrite_slice, collection, edge.Filter(must=list(where)), change):
            pass
        await self._run(self._flush, collection)

    def _rewrite_slice(
        self,
        collection: str,
        where: edge.Filter,
        change: Callable[[list[edge.PointId]], edge.UpdateOperation],
    ) -> bool:
        shard = self._open(collection)
        request = edge.ScrollRequest(limit=FILTER_SLICE, filter=where, with_payload=False, with_vector=False)
        records, _ = shard.scroll(request)
        if records:
            self._require_room()
            shard.update(change([record.id for record in records]))
        return len(records) == FILTER_SLICE

    def _drop(self, collection: str) -> None:
        if not self._exists(collection):
            return
        if shard := self._shards.pop(collection, None):
            shard.close()
        dropped = self._path(collection).rename(self._directory / f".dropped-{collection}")
        shutil.rmtree(dropped)

    def _release(self) -> None:
        try:
            while self._shards:
                self._shards.popitem()[1].close()
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _locked(self) -> ShardLocked:
        return ShardLocked(
            f"Another process is using the vector store in {self._directory}.",
            fix="A server is probably running: stop it, or let it do the work and try again once it answers.",
        )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except AskdocsError:
            raise
        except Exception as error:  # the engine raises bare Exception for everything
            raise self._converted(error) from error

    def _converted(self, error: Exception) -> AskdocsError:
        text = str(error)
        if "WouldBlock" in text:
            return self._locked()
        if re.search(r"No space left|os error 28|StorageFull", text):
            return DiskFull(f"The disk of {self._directory} is full.", fix="Free some space and try again.")
        if isinstance(error, ValueError) or "dimension" in text or "Not existing vector" in text:
            return VectorStoreRefused(f"The vector store refused a request: {text}")
        if isinstance(error, OSError):
            fix = "Check that the directory exists on a disk that works and that this user may write to it."
            return VectorStoreUnavailable(
                f"The vector store in {self._directory} cannot be used: {text}", fix=fix
            )
        return VectorStoreUnavailable(f"The vector store in {self._directory} failed: {text}")


def _config(dimensions: int) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={"dense": edge.EdgeVectorParams(size=dimensions, distance=edge.Distance.Cosine)},
        sparse_vectors={"sparse": edge.EdgeSparseVectorParams()},
    )


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
    """The weighted sum of the prefetches' scores; a chunk that shares no term with the question has no sparse
    score, which is a dot product of 0."""
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


def _any(key: str, values: Sequence[str]) -> edge.FieldCondition:
    return edge.FieldCondition(key, match=edge.MatchAny(list(values)))


def _range(key: str, **bounds: float) -> edge.FieldCondition:
    return edge.FieldCondition(key, range=edge.RangeFloat(**bounds))
