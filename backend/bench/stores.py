"""Qdrant in this process, and behind REST and gRPC over copies of the same files, to be asked in turn.

Behind both APIs stands the vendor's engine in the small server of our tests. What is compared is what the
client and the protocol add, not the speed of a Qdrant server.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from askdocs.protocols import VectorStore
from askdocs.types import HybridQuery, Point, Scope
from askdocs.vectors.embedded import QdrantEmbedded
from askdocs.vectors.server import QdrantServer
from bench import programs
from bench.points import DIMENSIONS
from tests.services import free_port

EMBEDDED, REST, GRPC = "embedded", "server over REST", "server over gRPC"

LIMIT = 50
_BATCH = 2000
_PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    grpc_port: int


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds by the clock, and of this process's CPU, for each query."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


async def fill(files: Path, collection: str, points: Iterator[Point]) -> None:
    """Write the points into the embedded engine's collection."""
    async with AsyncExitStack() as stack:
        store = QdrantEmbedded(files)
        stack.push_async_callback(store.close)
        await store.ensure(collection, dimensions=DIMENSIONS)
        while batch := [point for point, _ in zip(points, range(_BATCH), strict=False)]:
            await store.upsert(collection, batch)


@contextmanager
def served(files: Path, folder: Path, collections: Sequence[str]) -> Iterator[Served]:
    """A server in `folder` over copies of the embedded engine's collections: to send it 100,000 chunks would
    take minutes."""
    with _running(folder) as empty:
        asyncio.run(_create(empty, collections))
    for collection in collections:
        shutil.rmtree(folder / collection / "shard")
        shutil.copytree(files / collection, folder / collection / "shard")
    with _running(folder) as filled:
        yield filled


@contextmanager
def _running(folder: Path) -> Iterator[Served]:
    grpc_port = free_port()
    shim = ["-m", "tests.fakes.qdrant", "--dir", str(folder), "--grpc-port", str(grpc_port)]
    with programs.running(shim, log=folder.with_suffix(".log")) as program:
        yield Served(program.url, grpc_port)


async def _create(server: Served, collections: Sequence[str]) -> None:
    store = QdrantServer(server.url, grpc_port=server.grpc_port)
    for collection in collections:
        await store.ensure(collection, dimensions=DIMENSIONS)
    await store.close()


@asynccontextmanager
async def opened(files: Path, server: Served) -> AsyncIterator[Mapping[str, VectorStore]]:
    """The three stores by name."""
    stores: dict[str, VectorStore] = {
        EMBEDDED: QdrantEmbedded(files),
        REST: QdrantServer(server.url, transport="rest", timeout=_PATIENCE),
        GRPC: QdrantServer(server.url, transport="grpc", grpc_port=server.grpc_port, timeout=_PATIENCE),
    }
    try:
        yield stores
    finally:
        for store in stores.values():
            await store.close()


async def ask(
    store: VectorStore, collection: str, query: HybridQuery, scope: Scope, timings: Timings
) -> None:
    began, used = time.perf_counter(), time.process_time()
    await store.search(collection, query, scope, limit=LIMIT)
    timings.wall.append((time.perf_counter() - began) * 1000)
    timings.cpu.append((time.process_time() - used) * 1000)
