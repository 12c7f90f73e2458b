"""How long one hybrid query takes in a reader's scope, by the number of chunks, on each kind of Qdrant."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import stores
from bench.points import SCOPE, Points
from bench.stores import EMBEDDED, GRPC, REST, Served, Timings
from bench.table import Figure, Row

GROUP = "one hybrid query, 384 dimensions, 60 terms a chunk, scoped to store, revision, version, locale"

_COLLECTION = "chunks"
_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Scale:
    sizes: tuple[int, ...]
    queries: int


FULL = Scale(sizes=(1_000, 10_000, 100_000), queries=150)
QUICK = Scale(sizes=(1_000, 10_000), queries=60)


def measure(scale: Scale) -> Iterator[Row]:
    with TemporaryDirectory(prefix="askdocs-bench-") as folder:
        files = Path(folder, "embedded")
        points, written = Points(), 0
        smallest: Figure | None = None
        for size in scale.sizes:
            asyncio.run(stores.fill(files, _COLLECTION, points.make(written, size)))
            written = size
            with stores.served(files, Path(folder, f"served-{size}"), [_COLLECTION]) as server:
                timings = asyncio.run(_compare(files, server, points, scale.queries))
            here = Figure.of(timings[EMBEDDED].wall, "ms")
            yield Row(GROUP, f"{size:,} chunks, {EMBEDDED}", here, smallest, f"with {scale.sizes[0]:,}")
            smallest = smallest or here
            yield from _servers(f"{size:,} chunks", timings)


def _servers(name: str, timings: Mapping[str, Timings]) -> Iterator[Row]:
    """By the clock over the embedded engine, and this process's CPU with gRPC over that with REST."""
    here = Figure.of(timings[EMBEDDED].wall, "ms")
    for kind in (REST, GRPC):
        there = Figure.of(timings[kind].wall, "ms")
        yield Row(GROUP, f"{name}, {kind}", there, here, EMBEDDED, "the engine behind our shim")
    spared = Figure.of(timings[EMBEDDED].cpu, "ms")
    rest, grpc = Figure.of(timings[REST].cpu, "ms"), Figure.of(timings[GRPC].cpu, "ms")
    yield Row(GROUP, f"{name}, {REST}: CPU on our side", rest, spared, EMBEDDED)
    yield Row(GROUP, f"{name}, {GRPC}: CPU on our side", grpc, rest, "REST")


async def _compare(files: Path, server: Served, points: Points, queries: int) -> Mapping[str, Timings]:
    """The same queries in turn to each."""
    async with stores.opened(files, server) as opened:
        timings: dict[str, Timings] = {}
        for rounds in (_WARM_UP, queries):
            timings = {kind: Timings() for kind in opened}
            for _ in range(rounds):
                query = points.query()
                for kind, store in opened.items():
                    await stores.ask(store, _COLLECTION, query, SCOPE, timings[kind])
    return timings
