"""How fast docs become an index, and what it costs to look when nothing or little has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from askdocs.config import load
from askdocs.db import sites
from askdocs.index import run
from askdocs.index.counts import TermCounts
from askdocs.models.minilm import LocalEmbedder
from askdocs.runtime import Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.text import bm25, chunking
from askdocs.text.bm25 import Statistics
from askdocs.types import Site, SourceSpec, Vector
from bench import corpus
from bench.table import Figure, Row


@dataclass(frozen=True, slots=True)
class Scale:
    """`embedded` pages are indexed with the model at work; the rest of the times are of `pages`."""

    pages: int
    embedded: int
    repetitions: int


FULL = Scale(pages=1000, embedded=60, repetitions=3)
QUICK = Scale(pages=100, embedded=10, repetitions=1)


class InstantEmbedder(LocalEmbedder):
    """Takes no time, and says that it is the local model, for whom it fills the cache."""

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), self.dimensions), np.float32)
        unit: Vector = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@dataclass(frozen=True, slots=True)
class Run:
    """An index run: seconds by the clock, and of CPU on all cores."""

    wall: float
    cpu: float
    chunks: int = 0

    def note(self, pages: int) -> str:
        return f"{1000 * self.cpu / pages:.3g} ms of CPU a page"


def measure(scale: Scale) -> Iterator[Row]:
    group = f"indexing a Markdown folder of {scale.pages:,} pages, embedded engine, local model"
    pages = scale.pages
    with TemporaryDirectory(prefix="askdocs-bench-") as folder:
        docs, some = Path(folder, "docs"), Path(folder, "some")
        corpus.write(docs, pages)
        corpus.write(some, scale.embedded)

        read = _plan(docs)
        planned = Figure(pages / read.wall, "pages/s")
        yield Row(group, "reading and planning alone", planned, note=read.note(pages))

        whole, nothing, changed = asyncio.run(_index_again(Path(folder), docs, scale))
        cached = Figure(pages / whole.wall, "pages/s")
        note = f"{whole.chunks:,} chunks, {whole.note(pages)}"
        yield Row(group, "all of it, embeddings cached", cached, planned, "reading and planning", note)

        fresh = asyncio.run(_index_once(Path(folder, "fresh"), some))
        computed = Figure(scale.embedded / fresh.wall, "pages/s")
        note = (
            f"{fresh.note(scale.embedded)}, {fresh.chunks / fresh.wall:.0f} chunks/s "
            f"on {scale.embedded} pages; by that {pages:,} take {fresh.wall * pages / scale.embedded:.0f} s"
        )
        yield Row(group, "all of it, embeddings computed", computed, cached, "cached", note)

        once, none, one = Figure(whole.wall, "s"), _seconds(nothing), _seconds(changed)
        note = f"{median(run.cpu for run in nothing):.2f} s of CPU"
        yield Row(group, "again, nothing changed", none, once, "all, cached", note)
        note = f"{median(run.cpu for run in changed):.2f} s of CPU"
        yield Row(group, "again, one page changed", one, none, "nothing changed", note)


def _plan(docs: Path) -> Run:
    """Read all pages and work out chunks, terms and sparse vectors, on one core."""
    longest = load("test").index.chunk_chars
    began, used = time.perf_counter(), time.process_time()
    pages, counts = [], TermCounts()
    for page in open_source(SourceSpec(docs)).pages:
        chunking.content_hash(page)
        chunking.split(page, max_chars=longest)
        pages.append(page)
    statistics = Statistics().update(added=map(counts.count, pages)).restated()
    for section in chain.from_iterable(counts.take(page)[1] for page in pages):
        bm25.document_vector(section, statistics.average_length)
    return Run(time.perf_counter() - began, time.process_time() - used)


async def _index_again(folder: Path, docs: Path, scale: Scale) -> tuple[Run, list[Run], list[Run]]:
    """Everything with its embeddings cached; then again with nothing changed, and with one page changed."""
    async with open_runtime(load("test", home=folder / "again")) as rt:
        real = rt.embedder
        rt.embedder = InstantEmbedder()
        await _index(rt, await rt.db.run(sites.add, "first", origins=[]), docs)
        await rt.embedder.close()
        rt.embedder = real
        await rt.embedder.warm()
        site = await rt.db.run(sites.add, "second", origins=[])
        whole = await _index(rt, site, docs)
        nothing, changed = [], []
        for edition in range(1, scale.repetitions + 1):
            nothing.append(await _index(rt, site, docs))
            number = scale.pages // 2
            (docs / corpus.page_path(number)).write_text(corpus.page(number, edition=edition))
            changed.append(await _index(rt, site, docs))
    return whole, nothing, changed


async def _index_once(home: Path, docs: Path) -> Run:
    async with open_runtime(load("test", home=home)) as rt:
        await rt.embedder.warm()
        return await _index(rt, await rt.db.run(sites.add, "once", origins=[]), docs)


async def _index(rt: Runtime, site: Site, docs: Path) -> Run:
    used = time.process_time()
    summary = await run.index(rt, site, [open_source(SourceSpec(docs))])
    return Run(summary.seconds, time.process_time() - used, summary.chunks)


def _seconds(runs: Sequence[Run]) -> Figure:
    return Figure(median(run.wall for run in runs), "s")
