"""Whether a site's questions stay as quick when a thousand sites share its collection."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from askdocs.types import Point
from bench import stores
from bench.points import SCOPE, Points
from bench.stores import Served, Timings
from bench.table import Figure, Row

GROUP = "one hybrid query to any of many sites in one collection, over one to a site that has it to itself"

ALONE, SHARED = "alone", "shared"

_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Scale:
    sites: int
    chunks: int
    queries: int


FULL = Scale(sites=1_000, chunks=100, queries=200)
QUICK = Scale(sites=100, chunks=100, queries=60)

Measured = Mapping[str, Mapping[str, Timings]]
"""By the kind of store, then by collection."""


def measure(scale: Scale) -> Iterator[Row]:
    with TemporaryDirectory(prefix="askdocs-bench-") as folder:
        files = Path(folder, "embedded")
        asyncio.run(stores.fill(files, ALONE, _points(1, scale.chunks)))
        asyncio.run(stores.fill(files, SHARED, _points(scale.sites, scale.chunks)))
        with stores.served(files, Path(folder, "served"), [ALONE, SHARED]) as server:
            measured = asyncio.run(_compare(files, server, scale))
    for kind, timings in measured.items():
        base, ours = Figure.of(timings[ALONE].wall, "ms"), Figure.of(timings[SHARED].wall, "ms")
        name = f"a random one of {scale.sites:,} sites of {scale.chunks} chunks, {kind}"
        yield Row(GROUP, name, ours, base, ALONE)


def _points(sites: int, chunks: int) -> Iterator[Point]:
    for number, point in enumerate(Points().make(0, sites * chunks)):
        yield replace(point, payload={**point.payload, "store_id": _store(number // chunks)})


def _store(site: int) -> str:
    return f"site-{site}"


async def _compare(files: Path, server: Served, scale: Scale) -> Measured:
    """The same queries in turn to each store, to the one site and to one of the many."""
    points, chance = Points(), random.Random(7)
    async with stores.opened(files, server) as opened:
        measured: dict[str, dict[str, Timings]] = {}
        for rounds in (_WARM_UP, scale.queries):
            measured = {kind: {ALONE: Timings(), SHARED: Timings()} for kind in opened}
            for _ in range(rounds):
                query = points.query()
                alone = replace(SCOPE, store_id=_store(0))
                any_site = replace(SCOPE, store_id=_store(chance.randrange(scale.sites)))
                for kind, store in opened.items():
                    await stores.ask(store, ALONE, query, alone, measured[kind][ALONE])
                    await stores.ask(store, SHARED, query, any_site, measured[kind][SHARED])
    return measured
