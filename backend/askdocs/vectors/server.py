"""A Qdrant server or cluster (Qdrant 1.14 or later, for formula queries), over gRPC or REST.

Importing this costs most of a second and 86 MB: import it only where a server is configured.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from qdrant_client import AsyncQdrantClient, models

from askdocs.types import OPEN, HybridQuery, Point, Scope, ScoredPoint
from askdocs.vectors import messages, wire
from askdocs.vectors.connection import Ask, Connection, Transport
from askdocs.vectors.failures import FAILURES, NoCollection, exists_already
from askdocs.vectors.snapshots import Snapshots

T = TypeVar("T")

SLICE = 500
"""Paths per filter."""

GRAPH = models.HnswConfigDiff(m=0, payload_m=16)
"""A graph per value of the indexed fields and none over everything: no question looks across stores. With the
scope's filters on 30,000 points this found .87 to .98 of the 100 nearest, the default graph .66 to .82."""

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
    repetitions included; `chance` draws from 0 to 1 how long to pause between them. Nothing is dialled before
    the first call."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        transport: Transport = "auto",
        grpc_port: int | None = None,
        timeout: float = 5.0,
        write_timeout: float = 60.0,
        batch_size: int = 100,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._timeout = timeout
        self._write_timeout = write_timeout
        self._batch_size = batch_size
        self._connection = Connection(
            url,
            api_key=api_key,
            transport=transport,
            grpc_port=grpc_port,
            longest=max(timeout, write_timeout),
            chance=chance,
        )
        self._snapshots = Snapshots(url, api_key=api_key)

    async def ensure(self, collection: str, *, dimensions: int) -> None:
        if not await self._read(lambda qdrant: qdrant.collection_exists(collection)):
            await self._write(lambda qdrant: _create(qdrant, collection, dimensions))
        # The indexes are looked at each time, because a crash may have come between them and the collection.
        found = await self._read(lambda qdrant: qdrant.get_collection(collection))
        for field in sorted(INDEXES.keys() - found.payload_schema.keys()):
            await self._index(collection, field)

    async def upsert(self, collection: str, points: Sequence[Point]) -> None:
        for start in range(0, len(points), self._batch_size):
            await self._upsert(collection, points[start : start + self._batch_size])

    async def search(
        self, collection: str, query: HybridQuery, scope: Scope, *, limit: int
    ) -> list[ScoredPoint]:
        if query.dense is None and not query.sparse.indices:
            return []
        return await self._connection.request(
            lambda qdrant: wire.search(qdrant, collection, query, scope, limit=limit),
            over_grpc=lambda qdrant: messages.search(qdrant, collection, query, scope, limit=limit),
            within=self._timeout,
        )

    async def sections(
        self, collection: str, scope: Scope, wanted: Mapping[str, Collection[int]]
    ) -> list[Mapping[str, Any]]:
        if not wanted:
            return []
        where = wire.of_sections(scope, wanted)
        return await self._connection.request(
            lambda qdrant: wire.sections(qdrant, collection, where),
            over_grpc=lambda qdrant: messages.sections(qdrant, collection, where),
            within=self._timeout,
        )

    async def count(self, collection: str, scope: Scope) -> int:
        where = wire.all_of(wire.visible(scope))
        return (await self._read(lambda qdrant: qdrant.count(collection, where, exact=True))).count

    async def close_documents(
        self, collection: str, store_id: str, paths: Sequence[str] | None, *, revision: int
    ) -> None:
        still_open = [wire.is_value("store_id", store_id), wire.is_value("to_rev", OPEN)]
        if paths is None:
            await self._set(collection, {"to_rev": revision}, still_open)
            return
        for start in range(0, len(paths), SLICE):
            named = wire.is_any("path", list(paths[start : start + SLICE]))
            await self._set(collection, {"to_rev": revision}, [*still_open, named])

    async def undo(self, collection: str, store_id: str, *, live: int) -> None:
        of_store = wire.is_value("store_id", store_id)
        await self._delete(collection, [of_store, wire.in_range("from_rev", gt=live)])
        closed_later = wire.in_range("to_rev", gte=live, lt=OPEN)
        await self._set(collection, {"to_rev": OPEN}, [of_store, closed_later])

    async def sweep(self, collection: str, store_id: str, *, oldest: int) -> None:
        of_store = wire.is_value("store_id", store_id)
        await self._delete(collection, [of_store, wire.in_range("to_rev", lt=oldest)])

    async def flush(self, collection: str) -> None:
        """Nothing to do: a server keeps a log of what it acknowledged."""

    async def ping(self) -> None:
        # The list of collections, because the server's health page asks for no key.
        await self._read(lambda qdrant: qdrant.get_collections())

    async def exists(self, collection: str) -> bool:
        return await self._read(lambda qdrant: qdrant.collection_exists(collection))

    async def snapshot(self, collection: str, folder: Path) -> Path:
        """One file. The server makes it while it answers, and keeps none."""
        target = folder / f"{collection}.snapshot"
        await self._snapshots.fetch(collection, target)
        return target

    async def recover(self, collection: str, snapshot: Path) -> None:
        await self._snapshots.send(collection, snapshot)
        await asyncio.to_thread(snapshot.unlink)

    async def drop(self, collection: str) -> None:
        await self._write(lambda qdrant: qdrant.delete_collection(collection))

    async def engine(self) -> str:
        return await self._snapshots.engine()

    async def close(self) -> None:
        await self._connection.close()

    async def _index(self, collection: str, field: str) -> None:
        await self._write(
            lambda qdrant: qdrant.create_payload_index(collection, field, INDEXES[field], wait=True)
        )

    async def _upsert(self, collection: str, points: Sequence[Point]) -> None:
        batch = [wire.point_struct(point) for point in points]
        await self._write(lambda qdrant: qdrant.upsert(collection, batch, wait=True))

    async def _set(self, collection: str, payload: dict[str, Any], where: Sequence[models.Condition]) -> None:
        matching = wire.all_of(where)
        with suppress(NoCollection):
            await self._write(lambda qdrant: qdrant.set_payload(collection, payload, matching, wait=True))

    async def _delete(self, collection: str, where: Sequence[models.Condition]) -> None:
        selector = models.FilterSelector(filter=wire.all_of(where))
        with suppress(NoCollection):
            await self._write(lambda qdrant: qdrant.delete(collection, selector, wait=True))

    async def _read(self, ask: Ask[T]) -> T:
        return await self._connection.request(ask, within=self._timeout)

    async def _write(self, ask: Ask[T]) -> T:
        return await self._connection.request(ask, within=self._write_timeout)


async def _create(qdrant: AsyncQdrantClient, collection: str, dimensions: int) -> None:
    try:
        await qdrant.create_collection(
            collection,
            vectors_config={"dense": models.VectorParams(size=dimensions, distance=models.Distance.COSINE)},
            sparse_vectors_config={"sparse": models.SparseVectorParams()},
            hnsw_config=GRAPH,
        )
    except FAILURES as error:
        if not exists_already(error):  # somebody else, or an earlier attempt, was faster
            raise
