"""The test Qdrant's gRPC API: the part of it that Askdocs uses, on the servicers that the client ships."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import grpc
import qdrant_edge as edge
from qdrant_client import grpc as proto
from qdrant_client import models
from qdrant_client.conversions.conversion import GrpcToRest, RestToGrpc
from qdrant_client.grpc.collections_service_pb2_grpc import add_CollectionsServicer_to_server
from qdrant_client.grpc.points_service_pb2_grpc import add_PointsServicer_to_server
from qdrant_client.grpc.qdrant_pb2_grpc import add_QdrantServicer_to_server

from tests.fakes.qdrant_engine import VERSION, Certificate, Refused, Shim
from tests.fakes.qdrant_proto import (
    read_collection,
    read_count,
    read_field_index,
    read_point,
    read_query,
    read_scroll,
    read_selected,
    retrieved_point,
    scored_point,
)
from tests.fakes.relay import Relay

Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Behaviour = Callable[[Any, Any], Awaitable[Any]]

HEALTH = "/qdrant.Qdrant/HealthCheck"
"""What Qdrant answers to anybody, without a key."""

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    409: grpc.StatusCode.ALREADY_EXISTS,
    413: grpc.StatusCode.OUT_OF_RANGE,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    501: grpc.StatusCode.UNIMPLEMENTED,
    502: grpc.StatusCode.UNAVAILABLE,
    503: grpc.StatusCode.UNAVAILABLE,
}
"""Qdrant's gRPC codes by the HTTP status of the same error."""


@asynccontextmanager
async def serving(
    shim: Shim, port: int, certificate: Certificate | None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """Serve on a port of `host`, a free one for 0, until the block ends; yields the port.

    Clients come through a relay, because the server itself cannot cut a connection."""
    server = grpc.aio.server(interceptors=[_Envelope(shim)])
    add_QdrantServicer_to_server(_Qdrant(), server)  # type: ignore[no-untyped-call]  # generated
    add_CollectionsServicer_to_server(_Collections(shim), server)  # type: ignore[no-untyped-call]  # generated
    add_PointsServicer_to_server(_Points(shim), server)  # type: ignore[no-untyped-call]  # generated
    if certificate:
        pair = (certificate.key.read_bytes(), certificate.chain.read_bytes())
        behind = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    else:
        behind = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with Relay(behind, shim.connections).listening(port, host) as shim.relay:
            yield shim.relay.port
    finally:
        await server.stop(grace=None)


class _Envelope(grpc.aio.ServerInterceptor):
    """Key, faults and errors round every answer."""

    def __init__(self, shim: Shim) -> None:
        self._shim = shim

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler | None:
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        behaviour, serialize = handler.unary_unary, handler.response_serializer
        assert behaviour is not None
        assert serialize is not None
        return grpc.unary_unary_rpc_method_handler(
            self._wrapped(behaviour, handler_call_details.method),
            request_deserializer=handler.request_deserializer,
            response_serializer=lambda reply: reply if isinstance(reply, bytes) else serialize(reply),
        )

    def _wrapped(self, behaviour: Behaviour, path: str) -> Behaviour:
        shim = self._shim

        async def behave(request: Any, context: Context) -> Any:
            shim.requests.append(path)
            key = dict(context.invocation_metadata() or ()).get("api-key")
            if shim.api_key is not None and path != HEALTH and key != shim.api_key:
                await _fail(context, 401, "Must provide an API key or an Authorization bearer token")
            fault = shim.take_fault(path)
            if fault and fault.kind == "status":
                await _fail(context, fault.status, "Service internal error: scripted")
            if fault and fault.kind == "garbage":
                return b"<html>It works!</html>"
            if fault and fault.kind == "delay":
                try:
                    shim.delaying.set()
                    await asyncio.sleep(fault.seconds)
                except asyncio.CancelledError:
                    shim.abandoned.set()
                    raise
            try:
                reply = await behaviour(request, context)
            except Refused as refused:
                await _fail(context, refused.status, str(refused))
            except grpc.aio.AbortError:
                raise
            except Exception as error:  # the engine raises bare Exception, mostly for senseless requests
                await _fail(context, 400, f"Wrong input: {error}")
            if fault and fault.kind == "cut" and shim.relay:
                shim.relay.cut()
            return reply

        return behave


async def _fail(context: Context, status: int, message: str) -> None:
    trailers = (("retry-after", "7"),) if status == 429 else ()
    await context.abort(CODES[status], message, trailers)


class _Qdrant(proto.QdrantServicer):
    async def HealthCheck(self, request: Any, context: Context) -> proto.HealthCheckReply:
        return proto.HealthCheckReply(title="qdrant - vector search engine", version=VERSION)


class _Collections(proto.CollectionsServicer):
    def __init__(self, shim: Shim) -> None:
        self._shim = shim

    async def List(self, request: Any, context: Context) -> proto.ListCollectionsResponse:
        names = [proto.CollectionDescription(name=name) for name in sorted(self._shim.shards)]
        return proto.ListCollectionsResponse(collections=names)

    async def CollectionExists(
        self, request: proto.CollectionExistsRequest, context: Context
    ) -> proto.CollectionExistsResponse:
        exists = request.collection_name in self._shim.shards
        return proto.CollectionExistsResponse(result=proto.CollectionExists(exists=exists))

    async def Get(
        self, request: proto.GetCollectionInfoRequest, context: Context
    ) -> proto.GetCollectionInfoResponse:
        described = models.CollectionInfo(**self._shim.describe(request.collection_name))
        return proto.GetCollectionInfoResponse(result=RestToGrpc.convert_collection_info(described))

    async def Create(
        self, request: proto.CreateCollection, context: Context
    ) -> proto.CollectionOperationResponse:
        self._shim.create(request.collection_name, read_collection(request))
        return proto.CollectionOperationResponse(result=True)


class _Points(proto.PointsServicer):
    def __init__(self, shim: Shim) -> None:
        self._shim = shim

    def _update(self, collection: str, operation: edge.UpdateOperation) -> proto.PointsOperationResponse:
        self._shim.shard(collection).update(operation)
        return proto.PointsOperationResponse(result=proto.UpdateResult(status=proto.UpdateStatus.Completed))

    async def CreateFieldIndex(
        self, request: proto.CreateFieldIndexCollection, context: Context
    ) -> proto.PointsOperationResponse:
        creation = edge.UpdateOperation.create_field_index(request.field_name, read_field_index(request))
        return self._update(request.collection_name, creation)

    async def Upsert(self, request: proto.UpsertPoints, context: Context) -> proto.PointsOperationResponse:
        points = [read_point(point) for point in request.points]
        return self._update(request.collection_name, edge.UpdateOperation.upsert_points(points))

    async def SetPayload(
        self, request: proto.SetPayloadPoints, context: Context
    ) -> proto.PointsOperationResponse:
        where = read_selected(request.points_selector)
        payload = GrpcToRest.convert_payload(request.payload)
        change = edge.UpdateOperation.set_payload_by_filter(where, payload)
        return self._update(request.collection_name, change)

    async def Delete(self, request: proto.DeletePoints, context: Context) -> proto.PointsOperationResponse:
        deletion = edge.UpdateOperation.delete_points_by_filter(read_selected(request.points))
        return self._update(request.collection_name, deletion)

    async def Query(self, request: proto.QueryPoints, context: Context) -> proto.QueryResponse:
        hits = self._shim.shard(request.collection_name).query(read_query(request))
        return proto.QueryResponse(result=[scored_point(hit) for hit in hits])

    async def Scroll(self, request: proto.ScrollPoints, context: Context) -> proto.ScrollResponse:
        found, _ = self._shim.shard(request.collection_name).scroll(read_scroll(request))
        return proto.ScrollResponse(result=[retrieved_point(record) for record in found])

    async def Count(self, request: proto.CountPoints, context: Context) -> proto.CountResponse:
        count = self._shim.shard(request.collection_name).count(read_count(request))
        return proto.CountResponse(result=proto.CountResult(count=count))
