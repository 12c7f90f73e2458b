"""Small real worlds: a runtime on SQLite and the embedded engine, with an embedder that needs no model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, select

from askdocs.answer import retrieve
from askdocs.config import load
from askdocs.db import revisions, sites, tables
from askdocs.db.database import Session
from askdocs.index import rollback, run
from askdocs.index.run import Summary
from askdocs.runtime import Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.text import tokens
from askdocs.text.bm25 import index as term_index
from askdocs.types import Hit, Site, SourceSpec, Vector
from tests.vectors.stored import stored

DIMENSIONS = 64


class WordEmbedder:
    """Texts that share words are near: each term adds one to a place of its own."""

    model = "words"
    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self.embedded: list[str] = []

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        self.embedded.extend(texts)
        return np.array([_vector(text) for text in texts], np.float32)

    async def embed_query(self, text: str) -> Vector:
        return _vector(text)

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass


def _vector(text: str) -> Vector:
    vector = np.full(DIMENSIONS, 1e-3, np.float32)
    for term in tokens.terms(text):
        vector[term_index(term) % DIMENSIONS] += 1
    return vector / np.float32(np.linalg.norm(vector))


class World:
    """A runtime, its site and a folder of Markdown to index, with the words tests need."""

    def __init__(self, rt: Runtime, site: Site, docs: Path) -> None:
        self.rt, self.site, self.docs = rt, site, docs
        self.embedder = WordEmbedder()
        rt.embedder = self.embedder

    def write(self, pages: Mapping[str, str | None]) -> None:
        """Put pages into the folder; None takes one out."""
        for path, text in pages.items():
            file = self.docs / path
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)

    async def index(self, *, force: bool = False) -> Summary:
        return await run.index(
            self.rt, self.site, [open_source(SourceSpec(self.docs))], run.Options(force=force)
        )

    async def hits(self, question: str, **scope: Any) -> list[Hit]:
        return list((await retrieve.search(self.rt, self.site, question, **scope)).hits)

    async def texts(self, question: str) -> str:
        return "\n".join(hit.chunk.text for hit in await self.hits(question))

    async def roll_back(self, to: int | None = None) -> int:
        return (await rollback.roll_back(self.rt, self.site, to=to)).number

    async def live(self) -> int:
        store = await self.rt.db.run(sites.store, self.site.id)
        return store.live_revision or 0

    async def leftovers(self) -> int:
        """Chunks in the engine that no document of any kept revision accounts for, less those lost."""
        store = await self.rt.db.run(sites.store, self.site.id)
        used = await self.rt.db.run(revisions.collections, self.site.id, store_id=store.id)
        found = [await stored(self.rt.vectors, collection, store.id) for collection in used]
        return sum(found) - await self.rt.db.run(_accounted_for, store.id)


def _accounted_for(db: Session, store_id: str) -> int:
    chunks = select(func.sum(tables.Document.chunks)).where(tables.Document.store_id == store_id)
    return db.scalar(chunks) or 0


@asynccontextmanager
async def open_world(folder: Path, *, name: str = "docs", **overrides: Any) -> AsyncIterator[World]:
    settings = load("test", home=folder / "home", **overrides)
    async with open_runtime(settings) as rt:
        site = await rt.db.run(sites.by_name, name)
        if site is None:
            site = await rt.db.run(sites.add, name, origins=["https://docs.test"])
        docs = folder / name
        docs.mkdir(parents=True, exist_ok=True)
        yield World(rt, site, docs)
