"""What questions ask over gRPC, in the messages themselves.

The client would make them by way of its REST models, and models of the hits, for as much CPU as gRPC saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qdrant_client import AsyncQdrantClient, models
from qdrant_client import grpc as proto
from qdrant_client.conversions.conversion import RestToGrpc

from askdocs.types import MOST_SECTION_CHUNKS, HybridQuery, Scope, ScoredPoint
from askdocs.vectors import wire

WHOLE_PAYLOAD = proto.WithPayloadSelector(enable=True)


async def search(
    qdrant: AsyncQdrantClient, collection: str, query: HybridQuery, scope: Scope, *, limit: int
) -> list[ScoredPoint]:
    """The same as `wire`'s prefetches and formula ask for over REST."""
    nearest, weights = _nearest(query)
    where = RestToGrpc.convert_filter(wire.all_of(wire.visible(scope)))
    params = RestToGrpc.convert_search_params(wire.SEARCH)
    lists = [
        proto.PrefetchQuery(query=vector, using=name, filter=where, limit=query.candidates, params=params)
        for name, vector in nearest
    ]
    scored = [
        proto.PrefetchQuery(prefetch=lists, query=vector, using=name, limit=query.candidates * len(lists))
        for name, vector in nearest
    ]
    reply = await qdrant.grpc_points.Query(
        proto.QueryPoints(
            collection_name=collection,
            prefetch=scored if len(lists) > 1 else lists,
            query=RestToGrpc.convert_query(wire.formula(weights)),
            limit=limit,
            with_payload=WHOLE_PAYLOAD,
        )
    )
    return [
        ScoredPoint(hit.id.uuid, hit.score, {key: _decoded(value) for key, value in hit.payload.items()})
        for hit in reply.result
    ]


async def sections(
    qdrant: AsyncQdrantClient, collection: str, where: models.Filter
) -> list[Mapping[str, Any]]:
    reply = await qdrant.grpc_points.Scroll(
        proto.ScrollPoints(
            collection_name=collection,
            filter=RestToGrpc.convert_filter(where),
            limit=MOST_SECTION_CHUNKS,
            with_payload=WHOLE_PAYLOAD,
        )
    )
    return [{key: _decoded(value) for key, value in found.payload.items()} for found in reply.result]


def _nearest(query: HybridQuery) -> tuple[list[tuple[str, proto.Query]], list[float]]:
    """The vectors to search by with their names, and their weights."""
    nearest, weights = [], []
    if query.dense is not None:
        dense = proto.VectorInput(dense=proto.DenseVector(data=query.dense.tolist()))
        nearest.append(("dense", proto.Query(nearest=dense)))
        weights.append(query.dense_weight)
    if query.sparse.indices:
        terms = proto.SparseVector(indices=query.sparse.indices, values=query.sparse.values)
        nearest.append(("sparse", proto.Query(nearest=proto.VectorInput(sparse=terms))))
        weights.append(query.sparse_weight)
    return nearest, weights


def _decoded(value: proto.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "integer_value":
        return value.integer_value
    if kind == "list_value":
        return [_decoded(item) for item in value.list_value.values]
    if kind == "struct_value":
        return {key: _decoded(item) for key, item in value.struct_value.fields.items()}
    return None if kind in (None, "null_value") else getattr(value, kind)
