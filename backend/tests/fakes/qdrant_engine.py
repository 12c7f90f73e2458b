"""What both APIs of the test Qdrant stand on: the vendor's own engine, and what goes wrong on purpose."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import qdrant_edge as edge

from tests.fakes.relay import Relay

Json = dict[str, Any]

VERSION = "1.17.0"


class Refused(Exception):
    """An answer of Qdrant's other than success, by its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next `times` requests whose path contains `path` (times None: all of them).

    `delay` answers after `seconds`, `status` answers with an error, `cut` does the work and closes the
    connection in place of an answer, `garbage` answers with what no Qdrant would send.
    """

    kind: Literal["delay", "status", "cut", "garbage"]
    status: int = 500
    seconds: float = 1.0
    times: int | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of a server: PEM files."""

    chain: Path
    key: Path


@dataclass(slots=True)
class Shim:
    directory: Path
    api_key: str | None = None
    url: str = ""
    grpc_port: int = 0
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Method and path of every request so far."""
    delaying: asyncio.Event = field(default_factory=asyncio.Event)
    """A request is being delayed."""
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    """The client did not wait for a delayed one."""
    connections: set[object] = field(default_factory=set)
    """The address and port of every client so far."""
    shards: dict[str, edge.EdgeShard] = field(default_factory=dict)
    nodes: int = 1
    """Of the cluster that it says to be one of."""
    relay: Relay | None = None
    """What clients of the gRPC API come through."""

    def open(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for description in sorted(self.directory.glob("*/shim.json")):
            name = description.parent.name
            self.shards[name] = edge.EdgeShard.load(str(description.parent / "shard"))

    def close(self) -> None:
        while self.shards:
            self.shards.popitem()[1].close()

    def forget(self, name: str) -> None:
        """Delete a collection, as `DELETE /collections/{name}` does."""
        self.shards.pop(name).close()
        shutil.rmtree(self.directory / name)

    def shard(self, name: str) -> edge.EdgeShard:
        if name not in self.shards:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.shards[name]

    def create(self, name: str, body: Json) -> None:
        """`body` is what the REST API takes."""
        if name in self.shards:
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        directory = self.directory / name
        directory.mkdir()
        self.shards[name] = edge.EdgeShard.create(str(directory / "shard"), _config(body))
        (directory / "shim.json").write_text(json.dumps(body))

    def describe(self, name: str) -> Json:
        """What the REST API says of a collection."""
        info = self.shard(name).info()
        body = json.loads((self.directory / name / "shim.json").read_text())
        return {
            "status": "green",
            "optimizer_status": "ok",
            "points_count": info.points_count,
            "indexed_vectors_count": info.indexed_vectors_count,
            "segments_count": info.segments_count,
            "config": {
                "params": {key: body.get(key) for key in ("vectors", "sparse_vectors")},
                "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000}
                | (body.get("hnsw_config") or {}),
                "optimizer_config": {"default_segment_number": 0, "flush_interval_sec": 5},
                "wal_config": {"wal_capacity_mb": 32, "wal_segments_ahead": 0},
            },
            "payload_schema": {
                field: {"data_type": str(index.data_type).rsplit(".", 1)[-1].lower(), "points": index.points}
                for field, index in info.payload_schema.items()
            },
        }

    def take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path in path and fault.times != 0:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def _config(body: Json) -> edge.EdgeConfig:
    if any(params.get("modifier") not in (None, "none") for params in body["sparse_vectors"].values()):
        raise Refused(501, "the shim knows no modifiers")
    return edge.EdgeConfig(
        vectors={
            name: edge.EdgeVectorParams(
                size=params["size"], distance=getattr(edge.Distance, params["distance"])
            )
            for name, params in body["vectors"].items()
        },
        sparse_vectors={name: edge.EdgeSparseVectorParams() for name in body["sparse_vectors"]},
    )
