"""The test Qdrant's REST API: the part of it that Askdocs uses."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import qdrant_edge as edge
from aiohttp import web

from tests.fakes import qdrant_snapshots
from tests.fakes.qdrant_engine import VERSION, Certificate, Fault, Refused, Shim
from tests.fakes.qdrant_json import (
    point_id,
    read_filter,
    read_index,
    read_prefetches,
    read_required_filter,
    read_scoring,
    read_vector,
)

SHIM = web.AppKey("shim", Shim)

_PUBLIC = ("/", "/healthz", "/readyz")
"""What Qdrant answers to anybody, without a key."""


@asynccontextmanager
async def serving(
    shim: Shim, port: int, certificate: Certificate | None, host: str = "127.0.0.1"
) -> AsyncIterator[str]:
    """Serve on a port of `host`, a free one for 0, until the block ends; yields the URL."""
    runner = web.AppRunner(_app(shim), access_log=None, shutdown_timeout=1, handler_cancellation=True)
    await runner.setup()
    tls = None
    if certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate.chain, certificate.key)
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _app(shim: Shim) -> web.Application:
    app = web.Application(middlewares=[_envelope], client_max_size=64 * 2**20)
    app[SHIM] = shim
    collection = "/collections/{name}"
    app.add_routes(
        [
            web.get("/", _version),
            web.get("/healthz", _version),
            web.get("/readyz", _version),
            web.post("/_faults", _script_fault),
            web.delete("/_faults", _clear_faults),
            web.get("/collections", _list_collections),
            web.get(collection, _describe_collection),
            web.put(collection, _create_collection),
            web.get(f"{collection}/exists", _collection_exists),
            web.put(f"{collection}/index", _create_index),
            web.put(f"{collection}/points", _upsert),
            web.post(f"{collection}/points/query", _query),
            web.post(f"{collection}/points/scroll", _scroll),
            web.post(f"{collection}/points/count", _count),
            web.post(f"{collection}/points/payload", _set_payload),
            web.post(f"{collection}/points/delete", _delete_points),
            *qdrant_snapshots.routes(shim),
        ]
    )
    return app


@web.middleware
async def _envelope(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Key, faults, errors and the `{"result", "status", "time"}` around every answer."""
    shim = request.app[SHIM]
    if request.path == "/_faults":
        return await handler(request)
    shim.requests.append(f"{request.method} {request.path}")
    if request.transport is not None:
        shim.connections.add(request.transport.get_extra_info("peername"))
    is_public = request.path in _PUBLIC
    if not is_public and shim.api_key is not None and request.headers.get("api-key") != shim.api_key:
        return web.Response(status=401, text="Must provide an API key or an Authorization bearer token")
    fault = shim.take_fault(request.path)
    if fault and fault.kind == "status":
        return _failure(fault.status, "Service internal error: scripted")
    if fault and fault.kind == "garbage":
        return web.Response(text="<html>It works!</html>", content_type="text/html")
    if fault and fault.kind == "delay":
        try:
            shim.delaying.set()
            await asyncio.sleep(fault.seconds)
        except asyncio.CancelledError:
            shim.abandoned.set()
            raise
    try:
        response = await handler(request)
    except Refused as refused:
        return _failure(refused.status, str(refused))
    except web.HTTPException as unknown:
        return _failure(unknown.status, unknown.reason)
    except Exception as error:  # the engine raises bare Exception, mostly for requests that make no sense
        return _failure(400, f"Wrong input: {error}")
    if fault and fault.kind == "cut":
        assert request.transport is not None
        partial = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
        await partial.prepare(request)
        await partial.write(b'{"result": ')
        request.transport.abort()
        return partial
    return response


def _success(result: object) -> web.Response:
    return web.json_response({"result": result, "status": "ok", "time": 0.0})


def _failure(status: int, message: str) -> web.Response:
    headers = {"Retry-After": "7"} if status == 429 else {}
    return web.json_response({"status": {"error": message}, "time": 0.0}, status=status, headers=headers)


async def _version(_: web.Request) -> web.Response:
    return web.json_response({"title": "qdrant - vector search engine", "version": VERSION, "commit": None})


async def _script_fault(request: web.Request) -> web.Response:
    request.app[SHIM].faults.append(Fault(**await request.json()))
    return web.Response(status=204)


async def _clear_faults(request: web.Request) -> web.Response:
    request.app[SHIM].faults.clear()
    return web.Response(status=204)


# collections


async def _list_collections(request: web.Request) -> web.Response:
    return _success({"collections": [{"name": name} for name in sorted(request.app[SHIM].shards)]})


async def _collection_exists(request: web.Request) -> web.Response:
    return _success({"exists": request.match_info["name"] in request.app[SHIM].shards})


async def _describe_collection(request: web.Request) -> web.Response:
    return _success(request.app[SHIM].describe(request.match_info["name"]))


async def _create_collection(request: web.Request) -> web.Response:
    request.app[SHIM].create(request.match_info["name"], await request.json())
    return _success(True)


async def _create_index(request: web.Request) -> web.Response:
    body = await request.json()
    index = read_index(body["field_schema"])
    return _update(request, edge.UpdateOperation.create_field_index(body["field_name"], index))


# points


def _shard(request: web.Request) -> edge.EdgeShard:
    return request.app[SHIM].shard(request.match_info["name"])


def _update(request: web.Request, operation: edge.UpdateOperation) -> web.Response:
    _shard(request).update(operation)
    return _success({"operation_id": 0, "status": "completed"})


async def _upsert(request: web.Request) -> web.Response:
    body = await request.json()
    points = [
        edge.Point(
            id=point["id"],
            vector={name: read_vector(vector) for name, vector in point["vector"].items()},
            payload=point.get("payload") or {},
        )
        for point in body["points"]
    ]
    return _update(request, edge.UpdateOperation.upsert_points(points))


async def _set_payload(request: web.Request) -> web.Response:
    body = await request.json()
    where = read_required_filter(body)
    return _update(request, edge.UpdateOperation.set_payload_by_filter(where, body["payload"]))


async def _delete_points(request: web.Request) -> web.Response:
    where = read_required_filter(await request.json())
    return _update(request, edge.UpdateOperation.delete_points_by_filter(where))


async def _query(request: web.Request) -> web.Response:
    body = await request.json()
    hits = _shard(request).query(
        edge.QueryRequest(
            limit=body.get("limit", 10),
            query=read_scoring(body),
            prefetches=read_prefetches(body),
            filter=read_filter(body.get("filter")),
            with_payload=bool(body.get("with_payload")),
            with_vector=False,
        )
    )
    points = [
        {"id": point_id(hit.id), "version": hit.version, "score": hit.score, "payload": hit.payload}
        for hit in hits
    ]
    return _success({"points": points})


async def _scroll(request: web.Request) -> web.Response:
    body = await request.json()
    scrolling = edge.ScrollRequest(
        limit=body.get("limit", 10),
        filter=read_filter(body.get("filter")),
        with_payload=bool(body.get("with_payload")),
        with_vector=False,
    )
    found, _ = _shard(request).scroll(scrolling)
    points = [{"id": point_id(record.id), "payload": record.payload} for record in found]
    return _success({"points": points, "next_page_offset": None})


async def _count(request: web.Request) -> web.Response:
    body = await request.json()
    counting = edge.CountRequest(exact=body.get("exact", True), filter=read_filter(body.get("filter")))
    return _success({"count": _shard(request).count(counting)})
