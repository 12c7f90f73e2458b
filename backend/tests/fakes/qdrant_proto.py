"""From the messages of Qdrant's gRPC API to the types of the engine, for the shim; the rest it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import qdrant_edge as edge
from qdrant_client import grpc as proto
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc

from tests.fakes.qdrant_engine import Json, Refused
from tests.fakes.qdrant_json import point_id, read_index


def read_collection(request: proto.CreateCollection) -> Json:
    """What the REST API would have been sent."""
    return {
        "vectors": {
            name: {"size": params.size, "distance": proto.Distance.Name(params.distance)}
            for name, params in request.vectors_config.params_map.map.items()
        },
        "sparse_vectors": {
            name: {"modifier": "idf" if params.modifier else None}
            for name, params in request.sparse_vectors_config.map.items()
        },
        "hnsw_config": GrpcToRest.convert_hnsw_config_diff(request.hnsw_config).model_dump(exclude_none=True),
    }


def read_field_index(request: proto.CreateFieldIndexCollection) -> edge.PayloadSchemaParams:
    params = GrpcToRest.convert_payload_schema_params(request.field_index_params)
    return read_index(params.model_dump(exclude_none=True, mode="json"))


def read_point(point: proto.PointStruct) -> edge.Point:
    return edge.Point(
        id=_read_id(point.id),
        vector={name: _read_vector(vector) for name, vector in point.vectors.vectors.vectors.items()},
        payload=GrpcToRest.convert_payload(point.payload),
    )


def read_query(request: proto.QueryPoints) -> edge.QueryRequest:
    return edge.QueryRequest(
        limit=request.limit,
        query=_read_scoring(request),
        prefetches=_read_prefetches(request.prefetch),
        filter=_read_filter_of(request),
        with_payload=request.with_payload.enable,
        with_vector=False,
    )


def read_scroll(request: proto.ScrollPoints) -> edge.ScrollRequest:
    return edge.ScrollRequest(
        limit=request.limit,
        filter=_read_filter_of(request),
        with_payload=request.with_payload.enable,
        with_vector=False,
    )


def read_count(request: proto.CountPoints) -> edge.CountRequest:
    return edge.CountRequest(exact=request.exact, filter=_read_filter_of(request))


def read_selected(selector: proto.PointsSelector) -> edge.Filter:
    if selector.WhichOneof("points_selector_one_of") != "filter":
        raise Refused(400, "Wrong input: no filter")
    return _read_filter(selector.filter)


def scored_point(hit: edge.ScoredPoint) -> proto.ScoredPoint:
    payload = RestToGrpc.convert_payload(hit.payload or {})
    return proto.ScoredPoint(id=_identity(hit.id), payload=payload, score=hit.score, version=hit.version)


def retrieved_point(record: edge.Record) -> proto.RetrievedPoint:
    payload = RestToGrpc.convert_payload(record.payload or {})
    return proto.RetrievedPoint(id=_identity(record.id), payload=payload)


def _identity(identity: edge.PointId) -> proto.PointId:
    found = point_id(identity)
    return proto.PointId(num=found) if isinstance(found, int) else proto.PointId(uuid=found)


def _read_id(identity: proto.PointId) -> int | str:
    return identity.uuid if identity.WhichOneof("point_id_options") == "uuid" else identity.num


def _read_vector(vector: proto.Vector | proto.VectorInput) -> Any:
    """Both messages name what they hold the same."""
    if vector.HasField("sparse"):
        return edge.SparseVector(list(vector.sparse.indices), list(vector.sparse.values))
    if vector.HasField("dense"):
        return list(vector.dense.data)
    raise Refused(501, "the shim knows dense and sparse vectors only")


def _read_prefetches(prefetches: Iterable[proto.PrefetchQuery]) -> list[edge.Prefetch]:
    return [
        edge.Prefetch(
            limit=prefetch.limit,
            query=_read_scoring(prefetch),
            prefetches=_read_prefetches(prefetch.prefetch),
            filter=_read_filter_of(prefetch),
        )
        for prefetch in prefetches
    ]


def _read_scoring(request: proto.QueryPoints | proto.PrefetchQuery) -> edge.ScoringQueryType | None:
    if not request.HasField("query"):
        return None
    kind = request.query.WhichOneof("variant")
    if kind == "nearest":
        return edge.Query.Nearest(_read_vector(request.query.nearest), using=request.using or None)
    if kind == "formula":
        formula = request.query.formula
        defaults = GrpcToRest.convert_payload(formula.defaults)
        return edge.Formula(_read_expression(formula.expression), defaults=defaults)
    raise Refused(501, f"the shim knows no {kind} queries")


def _read_expression(expression: proto.Expression) -> edge.Expression:
    kind = expression.WhichOneof("variant")
    if kind == "constant":
        return edge.Expression.Constant(expression.constant)
    if kind == "variable":
        return edge.Expression.Variable(expression.variable)
    if kind == "sum":
        return edge.Expression.Sum([_read_expression(term) for term in expression.sum.sum])
    if kind == "mult":
        return edge.Expression.Mult([_read_expression(term) for term in expression.mult.mult])
    raise Refused(501, f"the shim knows no {kind} expressions")


def _read_filter_of(request: Any) -> edge.Filter | None:
    return _read_filter(request.filter) if request.HasField("filter") else None


def _read_filter(where: proto.Filter) -> edge.Filter:
    clauses: dict[str, Any] = {
        clause: [_read_condition(condition) for condition in getattr(where, clause)]
        for clause in ("must", "should", "must_not")
        if getattr(where, clause)
    }
    return edge.Filter(**clauses)


def _read_condition(condition: proto.Condition) -> edge.ConditionType:
    of = condition.WhichOneof("condition_one_of")
    if of == "filter":
        return _read_filter(condition.filter)
    if of != "field":
        raise Refused(501, f"the shim knows no {of} conditions")
    field = condition.field
    if field.HasField("range"):
        bounds = {name.name: value for name, value in field.range.ListFields()}
        return edge.FieldCondition(field.key, range=edge.RangeFloat(**bounds))
    kind = field.match.WhichOneof("match_value")
    if kind == "keywords":
        return edge.FieldCondition(field.key, match=edge.MatchAny(list(field.match.keywords.strings)))
    if kind == "integers":
        return edge.FieldCondition(field.key, match=edge.MatchAny(list(field.match.integers.integers)))
    if kind in ("keyword", "integer"):
        return edge.FieldCondition(field.key, match=edge.MatchValue(getattr(field.match, kind)))
    raise Refused(501, f"the shim knows no {kind} matches")
