"""Google Cloud Storage for tests: the part of its JSON API that `gcloud storage` uses for files.

By hand, from `backend/`: `python -m tests.fakes.google_storage`, which prints its URL; then
`CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=$URL/storage/v1/ gcloud storage ls gs://bucket`. Every bucket exists.
"""

from __future__ import annotations

import asyncio
import base64
import fnmatch
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote

from aiohttp import web

_POLYNOMIAL = 0x82F63B78


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc32c(content: bytes) -> str:
    """As the API gives it: big-endian, in base64."""
    value = 0xFFFFFFFF
    for byte in content:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return base64.b64encode((value ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


@dataclass
class Storage:
    """`objects` are by bucket and name. `corrupt` names objects whose content changes on its way in."""

    url: str = ""
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    corrupt: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    uploads: dict[str, tuple[str, str, bytearray]] = field(default_factory=dict)
    serial: Any = field(default_factory=count)

    def put(self, bucket: str, name: str, content: bytes) -> web.Response:
        if any(fnmatch.fnmatch(name, pattern) for pattern in self.corrupt):
            content = content[:-1] + bytes([content[-1] ^ 1])
        self.objects[bucket, name] = content
        return web.json_response(self.describe(bucket, name))

    def describe(self, bucket: str, name: str) -> dict[str, Any]:
        content = self.objects[bucket, name]
        return {
            "kind": "storage#object",
            "id": f"{bucket}/{name}/1",
            "name": name,
            "bucket": bucket,
            "generation": "1",
            "metageneration": "1",
            "contentType": "application/octet-stream",
            "storageClass": "STANDARD",
            "size": str(len(content)),
            "md5Hash": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            "crc32c": crc32c(content),
            "mediaLink": f"{self.url}/download/storage/v1/b/{bucket}/o/{quote(name, safe='')}?alt=media",
            "etag": "CAE=",
            "timeCreated": "2026-01-01T00:00:00.000Z",
            "updated": "2026-01-01T00:00:00.000Z",
        }


STORAGE = web.AppKey("storage", Storage)


def application(storage: Storage) -> web.Application:
    app = web.Application(client_max_size=256 * 2**20, middlewares=[_note])
    app[STORAGE] = storage
    app.add_routes(
        [
            web.get("/storage/v1/b", _buckets),
            web.get("/storage/v1/b/{bucket}", _bucket),
            web.get("/storage/v1/b/{bucket}/storageLayout", _layout),
            web.get("/storage/v1/b/{bucket}/o", _list),
            web.get("/storage/v1/b/{bucket}/o/{name:.+}", _get),
            web.delete("/storage/v1/b/{bucket}/o/{name:.+}", _delete),
            web.get("/download/storage/v1/b/{bucket}/o/{name:.+}", _get),
            web.post("/upload/storage/v1/b/{bucket}/o", _upload),
            web.post("/resumable/upload/storage/v1/b/{bucket}/o", _upload),
            web.put("/upload/storage/v1/b/{bucket}/o", _resume),
            web.put("/resumable/upload/storage/v1/b/{bucket}/o", _resume),
        ]
    )
    return app


@asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[Storage]:
    storage = Storage()
    runner = web.AppRunner(application(storage), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        storage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield storage
    finally:
        await runner.cleanup()


@web.middleware
async def _note(request: web.Request, handler: Any) -> web.StreamResponse:
    request.app[STORAGE].requests.append(f"{request.method} {request.path_qs}")
    response: web.StreamResponse = await handler(request)
    return response


async def _buckets(request: web.Request) -> web.Response:
    """Those of a project whose names begin so: the one that is called so."""
    return web.json_response({"kind": "storage#buckets", "items": [_described(request.query["prefix"])]})


async def _bucket(request: web.Request) -> web.Response:
    name = request.match_info["bucket"]
    if name.startswith("missing"):
        raise web.HTTPNotFound(text=json.dumps({"error": {"code": 404, "message": "No such bucket."}}))
    return web.json_response(_described(name))


def _described(bucket: str) -> dict[str, str]:
    return {"kind": "storage#bucket", "name": bucket, "id": bucket, "location": "US"}


async def _layout(request: web.Request) -> web.Response:
    name = request.match_info["bucket"]
    return web.json_response({"kind": "storage#storageLayout", "bucket": name, "location": "US"})


async def _list(request: web.Request) -> web.Response:
    storage, bucket = request.app[STORAGE], request.match_info["bucket"]
    if bucket.startswith("missing"):
        error = {"code": 404, "message": "The specified bucket does not exist."}
        return web.json_response({"error": error}, status=404)
    prefix, delimiter = request.query.get("prefix", ""), request.query.get("delimiter")
    items, prefixes = [], set()
    for owner, name in sorted(storage.objects):
        if owner != bucket or not name.startswith(prefix):
            continue
        rest = name.removeprefix(prefix)
        if delimiter and delimiter in rest:
            prefixes.add(prefix + rest.partition(delimiter)[0] + delimiter)
        else:
            items.append(storage.describe(bucket, name))
    return web.json_response({"kind": "storage#objects", "items": items, "prefixes": sorted(prefixes)})


async def _get(request: web.Request) -> web.Response:
    storage, key = request.app[STORAGE], (request.match_info["bucket"], request.match_info["name"])
    if key not in storage.objects:
        return web.json_response({"error": {"code": 404, "message": "No such object."}}, status=404)
    if request.query.get("alt") != "media":
        return web.json_response(storage.describe(*key))
    content = storage.objects[key]
    headers = {"x-goog-hash": f"crc32c={crc32c(content)}", "x-goog-generation": "1"}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if wanted is None:
        return web.Response(body=content, headers=headers)
    start, end = int(wanted[1]), int(wanted[2] or len(content) - 1)
    headers["Content-Range"] = f"bytes {start}-{min(end, len(content) - 1)}/{len(content)}"
    return web.Response(body=content[start : end + 1], status=206, headers=headers)


async def _delete(request: web.Request) -> web.Response:
    storage, key = request.app[STORAGE], (request.match_info["bucket"], request.match_info["name"])
    if storage.objects.pop(key, None) is None:
        return web.json_response({"error": {"code": 404, "message": "No such object."}}, status=404)
    return web.Response(status=204)


async def _upload(request: web.Request) -> web.Response:
    storage, bucket = request.app[STORAGE], request.match_info["bucket"]
    body = await request.read()
    match request.query.get("uploadType"):
        case "media":
            return storage.put(bucket, request.query["name"], body)
        case "multipart":
            about, content = _multipart(request.headers["Content-Type"], body)
            return storage.put(bucket, request.query.get("name") or json.loads(about)["name"], content)
        case "resumable":
            number = str(next(storage.serial))
            name = request.query.get("name") or json.loads(body)["name"]
            storage.uploads[number] = (bucket, name, bytearray())
            where = f"{storage.url}{request.path}?uploadType=resumable&upload_id={number}"
            return web.Response(headers={"Location": where, "X-GUploader-UploadID": number})
    raise web.HTTPBadRequest


def _multipart(content_type: str, body: bytes) -> tuple[bytes, bytes]:
    """What the two parts hold. Not by a parser of mail, which takes line ends at the edges for its own."""
    boundary = re.search(r"boundary=['\"]?([^;'\"]+)", content_type)
    assert boundary is not None
    _, about, content, _ = body.split(b"--" + boundary[1].encode())
    return _payload(about), _payload(content)


def _payload(part: bytes) -> bytes:
    """After the first empty line, without the line end before the next boundary. gcloud ends lines by \\n, so
    that a \\r before it belongs to the content."""
    return part.lstrip(b"\n").partition(b"\n\n")[2].removesuffix(b"\n")


async def _resume(request: web.Request) -> web.Response:
    storage = request.app[STORAGE]
    bucket, name, received = storage.uploads[request.query["upload_id"]]
    received.extend(await request.read())
    total = request.headers.get("Content-Range", "").rpartition("/")[2]
    if total not in ("", "*") and len(received) < int(total):
        return web.Response(status=308, headers={"Range": f"bytes=0-{len(received) - 1}"})
    return storage.put(bucket, name, bytes(received))


async def _serve() -> None:
    async with running() as storage:
        print(storage.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
