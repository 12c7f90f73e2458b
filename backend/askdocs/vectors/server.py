"""A Qdrant server or cluster, over its REST API (Qdrant 1.14 or later, for formula queries).

Importing this costs most of a second and 86 MB: import it only where a server is configured.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import httpx
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from askdocs.errors import ConfigError, VectorStoreRefused, VectorStoreUnavailable
from askdocs.types import OPEN, HybridQuery, Point, Scope, ScoredPoint, SparseVector

P = ParamSpec("P")
T = TypeVar("T")

PAUSES = (0.1, 0.4)
"""Seconds before the second and the third attempt."""

SLICE = 500
"""Paths per filter."""

CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30)
"""Without these the client opens a new connection for each request to a server on this machine."""

GRAPH = models.HnswConfigDiff(m=0, payload_m=16)
"""A graph per value of the indexed fields and none over everything: no question looks across stores. With the
scope's filters on 30,000 points this found .87 to .98 of the 100 nearest, the default graph .66 to .82."""

SEARCH = models.SearchParams(hnsw_ef=256)
"""Lifts those .87 to .98 to .97 to 1.0, for 0.4 ms."""

PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

CHECK = "Check that the server is running and that QDRANT_URL is right."

FAILURES = (ApiException, QdrantException, JSONDecodeError)
"""What a request may raise: an answer that is none, a limit, an answer that is not even JSON."""

_KEYWORD = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD)
_INTEGER = models.IntegerIndexParams(type=models.IntegerIndexType.INTEGER)

INDEXES: Mapping[str, models.KeywordIndexParams | models.IntegerIndexParams] = {
    "store_id": models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True),
    "path": _KEYWORD,
    "version": _KEYWORD,
    "locale": _KEYWORD,
    "from_rev": _INTEGER,
    "to_rev": _INTEGER,
}


class QdrantServer:
    """The vector store behind `url`. A read has `timeout` seconds and a request that writes `write_timeout`,
    repetitions included. Nothing is dialled before the first call."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout: float = 5.0,
        write_timeout: float = 60.0,
        batch_size: int = 100,
    ) -> None:
        self._timeout = timeout
        self._write_timeout = write_timeout
        self._batch_size = batch_size
        try:
            self._host = urlsplit(url).netloc.rpartition("@")[2] or url
            with warnings.catch_warnings():
                # A key over plain HTTP is normal within a private network.
                warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
                self._client = AsyncQdrantClient(
                    url=url,
                    api_key=api_key,
                    timeout=int(max(timeout, write_timeout)) + 1,
                    check_compatibility=False,
                    limits=CONNECTIONS,
                )
        except ValueError as error:
            # Without the URL itself, which may carry a password.
            raise ConfigError(
                "The URL of the Qdrant server cannot be read.", fix="Set QDRANT_URL to https://HOST:6333."
            ) from error

    async def ensure(self, collection: str, *, dimensions: int) -> None:
        if not await self._read(self._client.collection_exists, collection):
            await self._write(self._create, collection, dimensions)
        # The indexes are looked at each time, because a crash may have come between them and the collection.
        found = await self._read(self._client.get_collection, collection)
        for field in sorted(INDEXES.keys() - found.payload_schema.keys()):
            await self._write(self._client.create_payload_index, collection, field, INDEXES[field], wait=True)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), self._batch_size):
            batch = [_point(point) for point in points[start : start + self._batch_size]]
            await self._write(self._client.upsert, collection, batch, wait=True)

    async def search(
        self, collection: str, query: HybridQuery, scope: Scope, *, limit: int
    ) -> list[ScoredPoint]:
        weighted = _weighted(query)
        if not weighted:
            return []
        found = await self._read(
            self._client.query_points,
            collection,
            prefetch=_prefetches(weighted, _visible(scope), query.candidates),
            query=_formula([weight for _, _, weight in weighted]),
            limit=limit,
            with_payload=True,
        )
        return [ScoredPoint(str(point.id), point.score, point.payload or {}) for point in found.points]

    async def count(self, collection: str, scope: Scope) -> int:
        found = await self._read(self._client.count, collection, _all(_visible(scope)), exact=True)
        return found.count

    async def close_documents(
        self, collection: str, store_id: str, paths: Sequence[str] | None, *, revision: int
    ) -> None:
        still_open = [_is("store_id", store_id), _is("to_rev", OPEN)]
        if paths is None:
            await self._set(collection, {"to_rev": revision}, still_open)
            return
        for start in range(0, len(paths), SLICE):
            named = _any("path", paths[start : start + SLICE])
            await self._set(collection, {"to_rev": revision}, [*still_open, named])

    async def undo(self, collection: str, store_id: str, *, live: int) -> None:
        await self._delete(collection, [_is("store_id", store_id), _range("from_rev", gt=live)])
        closed_later = _range("to_rev", gte=live, lt=OPEN)
        await self._set(collection, {"to_rev": OPEN}, [_is("store_id", store_id), closed_later])

    async def sweep(self, collection: str, store_id: str, *, oldest: int) -> None:
        await self._delete(collection, [_is("store_id", store_id), _range("to_rev", lt=oldest)])

    async def flush(self, collection: str) -> None:
        """Nothing to do: a server keeps a log of what it acknowledged."""

    async def ping(self) -> None:
        # The list of collections, because the server's health page asks for no key.
        await self._read(self._client.get_collections)

    async def close(self) -> None:
        await self._client.close()

    async def _create(self, collection: str, dimensions: int) -> None:
        try:
            await self._client.create_collection(
                collection,
                vectors_config={
                    "dense": models.VectorParams(size=dimensions, distance=models.Distance.COSINE)
                },
                sparse_vectors_config={"sparse": models.SparseVectorParams()},
                hnsw_config=GRAPH,
            )
        except UnexpectedResponse as error:
            if error.status_code != HTTPStatus.CONFLICT:  # somebody else, or an earlier attempt, was faster
                raise

    async def _set(self, collection: str, payload: dict[str, Any], where: Sequence[models.Condition]) -> None:
        with suppress(_NoCollection):
            await self._write(self._client.set_payload, collection, payload, _all(where), wait=True)

    async def _delete(self, collection: str, where: Sequence[models.Condition]) -> None:
        selector = models.FilterSelector(filter=_all(where))
        with suppress(_NoCollection):
            await self._write(self._client.delete, collection, selector, wait=True)

    async def _read(
        self, request: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._attempt(lambda: request(*args, **kwargs), self._timeout)

    async def _write(
        self, request: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._attempt(lambda: request(*args, **kwargs), self._write_timeout)

    async def _attempt(self, request: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        """Send the request, and again if it may have been bad luck: none of ours does more when repeated."""
        failure: Exception | None = None
        try:
            async with asyncio.timeout(seconds):
                for pause in PAUSES:
                    try:
                        return await request()
                    except FAILURES as error:
                        if not _may_pass(error):
                            raise
                        failure = error
                    await asyncio.sleep(pause)
                return await request()
        except TimeoutError:
            if failure is not None:
                raise self._converted(failure) from failure
            raise VectorStoreUnavailable(
                f"Qdrant at {self._host} did not answer within {seconds:g} s.", fix=CHECK
            ) from None
        except FAILURES as error:
            raise self._converted(error) from error

    def _converted(self, error: Exception) -> VectorStoreUnavailable:
        qdrant = f"Qdrant at {self._host}"
        if isinstance(error, UnexpectedResponse):
            return self._refused(error.status_code or 0, _message(error))
        if isinstance(error, ResponseHandlingException) and isinstance(error.source, httpx.TransportError):
            reason = str(error.source) or type(error.source).__name__
            return VectorStoreUnavailable(f"{qdrant} cannot be reached: {reason}", fix=CHECK)
        if isinstance(error, ResourceExhaustedResponse):
            return VectorStoreUnavailable(f"{qdrant} is overloaded: {error}", retry_after=error.retry_after_s)
        return VectorStoreUnavailable(f"What answers at {self._host} is not Qdrant.", fix=CHECK)

    def _refused(self, status: int, text: str) -> VectorStoreUnavailable:
        qdrant = f"Qdrant at {self._host}"
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return VectorStoreRefused(f"{qdrant} refused our key: {text}", fix="Check QDRANT_API_KEY.")
        if status == HTTPStatus.NOT_FOUND and "Collection" in text:
            return _NoCollection(f"{qdrant}: {text}", fix="Build the index: run `askdocs index`.")
        if status == HTTPStatus.NOT_FOUND or status < HTTPStatus.BAD_REQUEST:
            return VectorStoreUnavailable(f"What answers at {self._host} is not Qdrant.", fix=CHECK)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING:
            return VectorStoreUnavailable(f"{qdrant} failed ({status}): {text}", fix=CHECK)
        return VectorStoreRefused(f"{qdrant} refused a request ({status}): {text}")


class _NoCollection(VectorStoreUnavailable):
    pass


def _may_pass(error: Exception) -> bool:
    if isinstance(error, UnexpectedResponse):
        return (error.status_code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, ResponseHandlingException) and isinstance(error.source, httpx.TransportError)


def _message(error: UnexpectedResponse) -> str:
    try:
        return str(error.structured()["status"]["error"])
    except (ValueError, KeyError, TypeError):
        return error.content.decode(errors="replace")[:200] or error.reason_phrase


def _point(point: Point) -> models.PointStruct:
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
    weighted: list[Weighted] = []
    if query.dense is not None:
        weighted.append(("dense", query.dense.tolist(), query.dense_weight))
    if query.sparse.indices:
        weighted.append(("sparse", _sparse(query.sparse), query.sparse_weight))
    return weighted


def _prefetches(
    weighted: Sequence[Weighted], where: Sequence[models.Condition], candidates: int
) -> list[models.Prefetch]:
    """The best by each vector, then every one of them scored by each vector: a formula over the lists alone
    would take the cosine of a chunk that only the sparse list found for 0."""
    lists = [
        models.Prefetch(query=vector, using=name, filter=_all(where), limit=candidates, params=SEARCH)
        for name, vector, _ in weighted
    ]
    if len(lists) == 1:
        return lists
    return [
        models.Prefetch(prefetch=lists, query=vector, using=name, limit=candidates * len(lists))
        for name, vector, _ in weighted
    ]


def _formula(weights: Sequence[float]) -> models.FormulaQuery:
    """The weighted sum of the prefetches' scores. A chunk that shares no term with the question has no sparse
    score: its dot product is 0."""
    scores = [f"$score[{n}]" for n in range(len(weights))]
    terms = [
        models.MultExpression(mult=[weight, score]) for weight, score in zip(weights, scores, strict=True)
    ]
    return models.FormulaQuery(
        formula=models.SumExpression(sum=[*terms]), defaults=dict.fromkeys(scores, 0.0)
    )


def _visible(scope: Scope) -> list[models.Condition]:
    conditions: list[models.Condition] = [
        _is("store_id", scope.store_id),
        _range("from_rev", lte=scope.revision),
        _range("to_rev", gte=scope.revision),
    ]
    if scope.version is not None:
        conditions.append(_any("version", [scope.version, ""]))
    if scope.locale is not None:
        conditions.append(_any("locale", [scope.locale, ""]))
    return conditions


def _all(conditions: Sequence[models.Condition]) -> models.Filter:
    return models.Filter(must=list(conditions))


def _is(key: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchValue(value=value))


def _any(key: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))


def _range(key: str, **bounds: float) -> models.FieldCondition:
    return models.FieldCondition(key=key, range=models.Range(**bounds))
