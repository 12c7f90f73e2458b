"""How long one hybrid query takes in a reader's scope, by the number of chunks, on both engines.

The server is the vendor's engine behind the small HTTP server of our tests, over the very same files: what is
compared is what the client and the protocol add, not the speed of Qdrant.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from askdocs.protocols import VectorStore
from askdocs.vectors.embedded import QdrantEmbedded
from askdocs.vectors.server import QdrantServer
from bench import programs
from bench.points import DIMENSIONS, SCOPE, Points
from bench.programs import Program
from bench.table import Figure, Row

Opened = TypeVar("Opened", bound=VectorStore)

GROUP = "one hybrid query, 384 dimensions, 60 terms a chunk, scoped to store, revision, version, locale"

_COLLECTION = "chunks"
_LIMIT = 50
_WARM_UP = 10
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Scale:
    sizes: tuple[int, ...]
    queries: int


FULL = Scale(sizes=(1_000, 10_000, 100_000), queries=150)
QUICK = Scale(sizes=(1_000, 10_000), queries=60)


@dataclass(frozen=True, slots=True)
class Timings:
    """Of one store: milliseconds by the clock, and of this process's CPU, for each query."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure(scale: Scale) -> Iterator[Row]:
    with TemporaryDirectory(prefix="askdocs-bench-") as folder:
        embedded, served = Path(folder, "embedded"), Path(folder, "served")
        points, written = Points(), 0
        smallest: Figure | None = None
        for size in scale.sizes:
            asyncio.run(_fill(embedded, points, written, size))
            written = size
            with _server(embedded, served) as shim:
                ours, theirs = asyncio.run(_compare(embedded, shim.url, points, scale.queries))
            here, there = Figure.of(ours.wall, "ms"), Figure.of(theirs.wall, "ms")
            yield Row(GROUP, f"{size:,} chunks, embedded", here, smallest, f"with {scale.sizes[0]:,}")
            smallest = smallest or here
            yield Row(
                GROUP, f"{size:,} chunks, server", there, here, "embedded", "the engine behind our shim"
            )
            here, there = Figure.of(ours.cpu, "ms"), Figure.of(theirs.cpu, "ms")
            yield Row(GROUP, f"{size:,} chunks, server: CPU on our side", there, here, "embedded")


async def _fill(folder: Path, points: Points, start: int, stop: int) -> None:
    async with _open(QdrantEmbedded(folder)) as store:
        await store.ensure(_COLLECTION, dimensions=DIMENSIONS)
        for batch in range(start, stop, _BATCH):
            await store.upsert(_COLLECTION, list(points.make(batch, min(batch + _BATCH, stop))))


@contextmanager
def _server(embedded: Path, served: Path) -> Iterator[Program]:
    """The shim over a copy of the embedded engine's files: to send it 100,000 chunks would take minutes."""
    shim = ["-m", "tests.fakes.qdrant", "--dir", str(served)]
    log = embedded.parent / "shim.log"
    if not served.exists():
        with programs.running(shim, log=log) as empty:
            asyncio.run(_create(empty.url))
    shutil.rmtree(served / _COLLECTION / "shard")
    shutil.copytree(embedded / _COLLECTION, served / _COLLECTION / "shard")
    with programs.running(shim, log=log) as filled:
        yield filled


async def _create(url: str) -> None:
    async with _open(QdrantServer(url)) as store:
        await store.ensure(_COLLECTION, dimensions=DIMENSIONS)


async def _compare(folder: Path, url: str, points: Points, queries: int) -> tuple[Timings, Timings]:
    """The same queries in turn to the one and the other."""
    async with _open(QdrantEmbedded(folder)) as embedded, _open(QdrantServer(url, timeout=60)) as server:
        for _ in range(_WARM_UP):
            await _query((embedded, Timings()), (server, Timings()), points)
        ours, theirs = (embedded, Timings()), (server, Timings())
        for _ in range(queries):
            await _query(ours, theirs, points)
    return ours[1], theirs[1]


async def _query(
    one: tuple[VectorStore, Timings], other: tuple[VectorStore, Timings], points: Points
) -> None:
    query = points.query()
    for store, timings in (one, other):
        began, used = time.perf_counter(), time.process_time()
        await store.search(_COLLECTION, query, SCOPE, limit=_LIMIT)
        timings.wall.append((time.perf_counter() - began) * 1000)
        timings.cpu.append((time.process_time() - used) * 1000)


@asynccontextmanager
async def _open(store: Opened) -> AsyncIterator[Opened]:
    try:
        yield store
    finally:
        await store.close()
