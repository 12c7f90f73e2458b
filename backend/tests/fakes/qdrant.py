"""A Qdrant server for tests: the part of its REST API that Askdocs uses, over the vendor's own engine.

The unmodified `qdrant_client` talks to it. In a test:

    async with qdrant.running(tmp_path, api_key="key") as shim:
        client = AsyncQdrantClient(url=shim.url, api_key="key")
        shim.faults.append(Fault("status", status=503, times=1))

By hand, from `backend/`: `python -m tests.fakes.qdrant --port 6333 --dir /tmp/qdrant [--api-key KEY]`. Port 0
picks a free one; the first line printed is the URL. Faults are then scripted over HTTP, without a key:
`POST /_faults {"kind": "delay", "seconds": 2, "path": "/points/query"}`, `DELETE /_faults`. A refused
connection needs no script: stop the shim.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import qdrant_edge as edge
from aiohttp import web

from tests.fakes.qdrant_json import (
    Refused,
    point_id,
    read_config,
    read_filter,
    read_index,
    read_prefetches,
    read_required_filter,
    read_scoring,
    read_vector,
)

VERSION = "1.17.0"


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests whose path contains `path` (times None: all of them).

    `delay` answers after `seconds`, `status` answers with an error, `cut` does the work and closes the
    connection in the middle of the body, `garbage` answers with a page that no Qdrant would send.
    """

    kind: Literal["delay", "status", "cut", "garbage"]
    status: int = 500
    seconds: float = 1.0
    times: int | None = None
    path: str = ""


@dataclass(slots=True)
class Shim:
    directory: Path
    api_key: str | None = None
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Method and path of every request so far."""
    connections: set[object] = field(default_factory=set)
    """The address and port of every client so far."""
    shards: dict[str, edge.EdgeShard] = field(default_factory=dict)

    def open(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for description in sorted(self.directory.glob("*/shim.json")):
            name = description.parent.name
            self.shards[name] = edge.EdgeShard.load(str(description.parent / "shard"))

    def close(self) -> None:
        while self.shards:
            self.shards.popitem()[1].close()

    def shard(self, request: web.Request) -> edge.EdgeShard:
        name = request.match_info["name"]
        if name not in self.shards:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.shards[name]

    def take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path in path and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


SHIM = web.AppKey("shim", Shim)


def create_app(shim: Shim) -> web.Application:
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
            web.delete(collection, _delete_collection),
            web.get(f"{collection}/exists", _collection_exists),
            web.put(f"{collection}/index", _create_index),
            web.put(f"{collection}/points", _upsert),
            web.post(f"{collection}/points/query", _query),
            web.post(f"{collection}/points/scroll", _scroll),
            web.post(f"{collection}/points/count", _count),
            web.post(f"{collection}/points/payload", _set_payload),
            web.post(f"{collection}/points/delete", _delete_points),
        ]
    )
    return app


@asynccontextmanager
async def running(directory: Path, *, api_key: str | None = None, port: int = 0) -> AsyncIterator[Shim]:
    """Serve on a loopback port until the block ends."""
    shim = Shim(directory, api_key)
    shim.open()
    runner = web.AppRunner(create_app(shim), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        shim.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield shim
    finally:
        await runner.cleanup()
        shim.close()


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
    if shim.api_key is not None and request.headers.get("api-key") != shim.api_key:
        return web.Response(status=401, text="Must provide an API key or an Authorization bearer token")
    fault = shim.take_fault(request.path)
    if fault and fault.kind == "status":
        return _failure(fault.status, "Service internal error: scripted")
    if fault and fault.kind == "garbage":
        return web.Response(text="<html>It works!</html>", content_type="text/html")
    if fault and fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
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
    shim = request.app[SHIM]
    info = shim.shard(request).info()
    description = json.loads((shim.directory / request.match_info["name"] / "shim.json").read_text())
    return _success(
        {
            "status": "green",
            "optimizer_status": "ok",
            "points_count": info.points_count,
            "indexed_vectors_count": info.indexed_vectors_count,
            "segments_count": info.segments_count,
            "config": {
                "params": {key: description.get(key) for key in ("vectors", "sparse_vectors")},
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000}
                | (description.get("hnsw_config") or {}),
                "optimizer_config": {"default_segment_number": 0, "flush_interval_sec": 5},
            },
            "payload_schema": {
                name: {"data_type": str(index.data_type).rsplit(".", 1)[-1].lower(), "points": index.points}
                for name, index in info.payload_schema.items()
            },
        }
    )


async def _create_collection(request: web.Request) -> web.Response:
    shim, name, body = request.app[SHIM], request.match_info["name"], await request.json()
    if name in shim.shards:
        raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
    directory = shim.directory / name
    directory.mkdir()
    shim.shards[name] = edge.EdgeShard.create(str(directory / "shard"), read_config(body))
    (directory / "shim.json").write_text(json.dumps(body))
    return _success(True)


async def _delete_collection(request: web.Request) -> web.Response:
    shim, name = request.app[SHIM], request.match_info["name"]
    shard = shim.shards.pop(name, None)
    if shard is None:
        return _success(False)
    shard.close()
    shutil.rmtree(shim.directory / name)
    return _success(True)


async def _create_index(request: web.Request) -> web.Response:
    body = await request.json()
    index = read_index(body["field_schema"])
    return _update(request, edge.UpdateOperation.create_field_index(body["field_name"], index))


# points


def _update(request: web.Request, operation: edge.UpdateOperation) -> web.Response:
    request.app[SHIM].shard(request).update(operation)
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
    if body.get("points") is not None:
        return _update(request, edge.UpdateOperation.set_payload(body["points"], body["payload"]))
    where = read_required_filter(body)
    return _update(request, edge.UpdateOperation.set_payload_by_filter(where, body["payload"]))


async def _delete_points(request: web.Request) -> web.Response:
    body = await request.json()
    if body.get("points") is not None:
        return _update(request, edge.UpdateOperation.delete_points(body["points"]))
    return _update(request, edge.UpdateOperation.delete_points_by_filter(read_required_filter(body)))


async def _query(request: web.Request) -> web.Response:
    body = await request.json()
    hits = (
        request.app[SHIM]
        .shard(request)
        .query(
            edge.QueryRequest(
                limit=body.get("limit", 10),
                query=read_scoring(body),
                prefetches=read_prefetches(body),
                filter=read_filter(body.get("filter")),
                with_payload=bool(body.get("with_payload")),
                with_vector=False,
            )
        )
    )
    points = [
        {"id": point_id(hit.id), "version": hit.version, "score": hit.score, "payload": hit.payload}
        for hit in hits
    ]
    return _success({"points": points})


async def _scroll(request: web.Request) -> web.Response:
    body = await request.json()
    records, following = (
        request.app[SHIM]
        .shard(request)
        .scroll(
            edge.ScrollRequest(
                offset=body.get("offset"),
                limit=body.get("limit", 10),
                filter=read_filter(body.get("filter")),
                with_payload=bool(body.get("with_payload", True)),
                with_vector=False,
            )
        )
    )
    points = [{"id": point_id(record.id), "payload": record.payload} for record in records]
    return _success(
        {"points": points, "next_page_offset": None if following is None else point_id(following)}
    )


async def _count(request: web.Request) -> web.Response:
    body = await request.json()
    counting = edge.CountRequest(exact=body.get("exact", True), filter=read_filter(body.get("filter")))
    return _success({"count": request.app[SHIM].shard(request).count(counting)})


async def _serve(port: int, directory: Path, api_key: str | None) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(directory, api_key=api_key, port=port) as shim:
        print(shim.url, flush=True)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=6333)
    parser.add_argument(
        "--dir", type=Path, required=True, help="where the collections live; kept between runs"
    )
    parser.add_argument("--api-key", help="refuse requests that do not carry this key")
    arguments = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.port, arguments.dir, arguments.api_key))


if __name__ == "__main__":
    main()
