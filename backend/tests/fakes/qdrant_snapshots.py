"""The test Qdrant's snapshots: made of the engine's own files, downloaded, uploaded again, deleted.

As the real server does, it makes one of a collection while that is in use, names it after the collection, the
node and the time, tells its size and SHA-256, and replaces a collection by one that is uploaded.
"""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import cast

import qdrant_edge as edge
from aiohttp import BodyPartReader, web

from tests.fakes.qdrant_engine import Json, Refused, Shim

_NODE = 7036541312345678
_PIECE = 1 << 20
_serial = count()


def routes(shim: Shim) -> list[web.AbstractRouteDef]:
    one = "/collections/{name}/snapshots"

    async def cluster(_: web.Request) -> web.Response:
        if shim.nodes == 1:
            return _success({"status": "disabled"})
        peers = {str(_NODE + node): {"uri": f"http://node-{node}:6335/"} for node in range(shim.nodes)}
        return _success({"status": "enabled", "peer_id": _NODE, "peers": peers})

    async def create(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        shim.shard(name).flush()
        folder = _folder(shim, name)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{name}-{_NODE}-{datetime.now(UTC):%Y-%m-%d-%H-%M-%S}-{next(_serial)}.snapshot"
        _pack(shim.directory / name, file)
        return _success(_describe(file))

    async def listing(request: web.Request) -> web.Response:
        folder = _folder(shim, request.match_info["name"])
        return _success([_describe(file) for file in sorted(folder.glob("*.snapshot"))])

    async def download(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_find(shim, request))

    async def delete(request: web.Request) -> web.Response:
        _find(shim, request).unlink()
        return _success(True)

    async def upload(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        received = shim.directory / f".received-{next(_serial)}"
        await _receive(request, received)
        expected = request.query.get("checksum")
        if expected and expected != _sha256(received):
            received.unlink()
            raise Refused(400, f"Wrong input: Snapshot checksum mismatch: expected {expected}")
        _replace(shim, name, received)
        return _success(True)

    async def drop(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in shim.shards:
            shim.forget(name)
        return _success(True)

    return [
        web.get("/cluster", cluster),
        web.post(one, create),
        web.get(one, listing),
        web.post(f"{one}/upload", upload),
        web.get(f"{one}/{{snapshot}}", download),
        web.delete(f"{one}/{{snapshot}}", delete),
        web.delete("/collections/{name}", drop),
    ]


async def _receive(request: web.Request, target: Path) -> None:
    parts = await request.multipart()
    with target.open("wb") as file:
        while (part := await parts.next()) is not None:
            reader = cast("BodyPartReader", part)
            if reader.name == "snapshot":
                while piece := await reader.read_chunk(_PIECE):
                    file.write(piece)


def _pack(source: Path, target: Path) -> None:
    """Not by Python's tar, which writes out the holes that the engine's files are full of. Of a log that the
    engine flushes meanwhile it warns, and goes on."""
    packing = ["tar", "--warning=no-file-changed", "-cSf", str(target), "-C", str(source), "."]
    if subprocess.run(packing, check=False).returncode > 1:
        raise Refused(500, "Service internal error: the snapshot cannot be written")


def _replace(shim: Shim, name: str, snapshot: Path) -> None:
    if name in shim.shards:
        shim.forget(name)
    (shim.directory / name).mkdir()
    unpacked = subprocess.run(["tar", "-xf", snapshot, "-C", shim.directory / name], check=False)
    snapshot.unlink()
    if unpacked.returncode:
        raise Refused(400, "Wrong input: the snapshot cannot be read")
    shim.shards[name] = edge.EdgeShard.load(str(shim.directory / name / "shard"))


def _find(shim: Shim, request: web.Request) -> Path:
    file = _folder(shim, request.match_info["name"]) / Path(request.match_info["snapshot"]).name
    if not file.is_file():
        raise Refused(404, f"Not found: Snapshot {file.name} not found")
    return file


def _folder(shim: Shim, name: str) -> Path:
    shim.shard(name)  # which says so if there is no such collection
    return shim.directory / ".snapshots" / name


def _describe(file: Path) -> Json:
    made = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    return {
        "name": file.name,
        "creation_time": f"{made:%Y-%m-%dT%H:%M:%S}",
        "size": file.stat().st_size,
        "checksum": _sha256(file),
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _success(result: object) -> web.Response:
    return web.json_response({"result": result, "status": "ok", "time": 0.0})
