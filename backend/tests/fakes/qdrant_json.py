"""From the JSON of Qdrant's REST API to the engine's types, for the shim; what it knows not, it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import qdrant_edge as edge

from tests.fakes.qdrant_engine import Json, Refused


def point_id(found: edge.PointId) -> int | str:
    return found if isinstance(found, int) else str(found)


def read_index(schema: str | Json) -> edge.PayloadSchemaParams:
    options: Json = {"type": schema} if isinstance(schema, str) else dict(schema)
    kind = options.pop("type")
    if kind == "keyword":
        return edge.KeywordIndexParams(**options)
    if kind == "integer":
        return edge.IntegerIndexParams(**options)
    raise Refused(501, f"the shim knows no {kind} indexes")


def read_vector(vector: Any) -> Any:
    return edge.SparseVector(vector["indices"], vector["values"]) if isinstance(vector, dict) else vector


def read_prefetches(body: Json) -> list[edge.Prefetch]:
    prefetches = body.get("prefetch") or []
    return [
        edge.Prefetch(
            limit=prefetch.get("limit", 10),
            query=read_scoring(prefetch),
            prefetches=read_prefetches(prefetch),
            filter=read_filter(prefetch.get("filter")),
        )
        for prefetch in ([prefetches] if isinstance(prefetches, dict) else prefetches)
    ]


def read_scoring(body: Json) -> edge.ScoringQueryType | None:
    query = body.get("query")
    if query is None:
        return None
    if isinstance(query, dict) and "nearest" in query:
        query = query["nearest"]
    if isinstance(query, dict) and "formula" in query:
        return edge.Formula(_read_expression(query["formula"]), defaults=query.get("defaults") or {})
    return edge.Query.Nearest(read_vector(query), using=body.get("using"))


def _read_expression(expression: Any) -> edge.Expression:
    if isinstance(expression, str):
        return edge.Expression.Variable(expression)
    if not isinstance(expression, dict):
        return edge.Expression.Constant(float(expression))
    if "sum" in expression:
        return edge.Expression.Sum([_read_expression(term) for term in expression["sum"]])
    if "mult" in expression:
        return edge.Expression.Mult([_read_expression(term) for term in expression["mult"]])
    raise Refused(501, f"the shim knows no {'/'.join(expression)} expressions")


def read_required_filter(body: Json) -> edge.Filter:
    where = read_filter(body.get("filter"))
    if where is None:
        raise Refused(400, "Wrong input: neither points nor filter")
    return where


def read_filter(body: Json | None) -> edge.Filter | None:
    if body is None:
        return None
    clauses: dict[str, Any] = {
        clause: [
            _read_condition(c) for c in ([body[clause]] if isinstance(body[clause], dict) else body[clause])
        ]
        for clause in ("must", "should", "must_not")
        if body.get(clause) is not None
    }
    return edge.Filter(**clauses)


def _read_condition(body: Mapping[str, Any]) -> edge.ConditionType:
    if "has_id" in body:
        return edge.HasIdCondition(set(body["has_id"]))
    if "key" not in body:
        nested = read_filter(dict(body))
        assert nested is not None
        return nested
    match, bounds = body.get("match"), body.get("range")
    if match is None:
        return edge.FieldCondition(body["key"], range=edge.RangeFloat(**(bounds or {})))
    if "any" in match:
        return edge.FieldCondition(body["key"], match=edge.MatchAny(match["any"]))
    if "except" in match:
        return edge.FieldCondition(body["key"], match=edge.MatchExcept(match["except"]))
    return edge.FieldCondition(body["key"], match=edge.MatchValue(match["value"]))
