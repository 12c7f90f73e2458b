"""How fast docs become an index, and what it costs to look when nothing or little has changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from askdocs import chunking, indexing, sparse, tokens
from askdocs.config import load
from askdocs.db import sites
from askdocs.embedder import LocalEmbedder
from askdocs.indexing import Summary
from askdocs.runtime import Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.sparse import PageTerms, Statistics
from askdocs.types import Site, Vector
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


def measure(scale: Scale) -> Iterator[Row]:
    group = f"indexing of a Markdown folder of {scale.pages:,} pages, embedded engine, local model"
    with TemporaryDirectory(prefix="askdocs-bench-") as folder:
        docs = Path(folder, "docs")
        corpus.write(docs, scale.pages)
        planned = _rate(scale.pages, _plan(docs))
        yield Row(group, "reading and planning alone", planned)

        cached, nothing, changed = asyncio.run(_index_again(Path(folder), docs, scale))
        written = _rate(scale.pages, cached.seconds)
        note = f"{cached.chunks:,} chunks"
        yield Row(group, "the whole, embeddings cached", written, planned, "reading and planning", note)

        some = Path(folder, "some")
        corpus.write(some, scale.embedded)
        computed = asyncio.run(_index_once(Path(folder, "second"), some))
        per_chunk = computed.chunks / computed.seconds
        note = (
            f"{per_chunk:.0f} chunks/s, measured on {scale.embedded} pages; "
            f"{scale.pages:,} would take about {computed.seconds * scale.pages / scale.embedded:.0f} s"
        )
        rate = _rate(scale.embedded, computed.seconds)
        yield Row(group, "the whole, embeddings computed", rate, written, "cached", note)

        whole = Figure(cached.seconds, "s")
        yield Row(group, "again, nothing changed", Figure(median(nothing), "s"), whole, "the whole, cached")
        yield Row(
            group,
            "again, one page changed",
            Figure(median(changed), "s"),
            Figure(median(nothing), "s"),
            "nothing changed",
        )


def _plan(docs: Path) -> float:
    """Seconds to read all pages and work out chunks, terms and sparse vectors, on one core."""
    began = time.perf_counter()
    statistics, sections = Statistics(), []
    for page in open_source(docs).pages:
        chunking.content_hash(page)
        chunking.split(page, max_chars=load("test").index.chunk_chars)
        sections.append(chunking.section_terms(page, tokens.terms))
    statistics = statistics.update(added=[PageTerms.count(terms) for terms in sections]).restated()
    for terms in (terms for page_terms in sections for terms in page_terms):
        sparse.document_vector(terms, statistics.average_length)
    return time.perf_counter() - began


async def _index_again(folder: Path, docs: Path, scale: Scale) -> tuple[Summary, list[float], list[float]]:
    """The whole with its embeddings cached; then again with nothing changed, and with one page changed."""
    async with _opened(folder / "first") as rt:
        real = rt.embedder
        assert isinstance(real, LocalEmbedder)
        rt.embedder = InstantEmbedder(folder)
        await _index(rt, await rt.db.run(sites.add, "first", origins=[]), docs)
        await rt.embedder.close()
        rt.embedder = real
        await real.warm()
        site = await rt.db.run(sites.add, "second", origins=[])
        whole = await _index(rt, site, docs)
        nothing, changed = [], []
        for edition in range(1, scale.repetitions + 1):
            nothing.append((await _index(rt, site, docs)).seconds)
            number = scale.pages // 2
            (docs / corpus.page_path(number)).write_text(corpus.page(number, edition=edition))
            changed.append((await _index(rt, site, docs)).seconds)
    return whole, nothing, changed


async def _index_once(home: Path, docs: Path) -> Summary:
    async with _opened(home) as rt:
        assert isinstance(rt.embedder, LocalEmbedder)
        await rt.embedder.warm()
        return await _index(rt, await rt.db.run(sites.add, "third", origins=[]), docs)


async def _index(rt: Runtime, site: Site, docs: Path) -> Summary:
    return await indexing.index(rt, site, open_source(docs))


@asynccontextmanager
async def _opened(home: Path) -> AsyncIterator[Runtime]:
    async with open_runtime(load("test", home=home)) as rt:
        yield rt


def _rate(pages: int, seconds: float) -> Figure:
    return Figure(pages / seconds, "pages/s")
