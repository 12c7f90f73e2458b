"""Writes a revision's chunks: pages are cut, embedded and put into the vector store, some at a time."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence

from askdocs.db import embeddings
from askdocs.db.revisions import DocumentRow
from askdocs.index.counts import TermCounts
from askdocs.index.lease import Lease
from askdocs.index.progress import Progress, Report
from askdocs.runtime import Runtime
from askdocs.text import bm25, chunking, codec
from askdocs.types import Chunk, Page, Point, SparseVector, Vector

_CHUNKS_PER_WRITE = 128
_POINTS = uuid.UUID("6f0e2f0c-8a4e-4f0b-9d0e-0a5f6b1c7d2e")
"""Namespace of point ids: writing a revision twice writes the same points."""


class Writer:
    """Writes pages into `collection` under a lease, and counts what that took.

    `average_length` is that of the store's sections, in terms; `samples` are some of the points written.
    """

    def __init__(
        self, rt: Runtime, lease: Lease, *, store_id: str, collection: str, average_length: float
    ) -> None:
        self.chunks = self.embedded = self.reused = 0
        self.samples: list[Point] = []
        self._rt, self._lease = rt, lease
        self._store_id, self._collection, self._average_length = store_id, collection, average_length

    async def write(
        self, pages: Sequence[Page], hashes: Mapping[str, str], counts: TermCounts, report: Report
    ) -> AsyncIterator[DocumentRow]:
        """The pages' rows, whose chunks are all written when the last row is out. `hashes` are by path, and
        `counts` hold all the pages."""
        batch: list[tuple[Chunk, SparseVector]] = []
        if pages:
            report(Progress("embed", 0, len(pages)))
        for done, page in enumerate(pages, 1):
            chunks, row = await asyncio.to_thread(self._prepare, page, hashes[page.path], counts)
            batch.extend(chunks)
            if len(batch) >= _CHUNKS_PER_WRITE or done == len(pages):
                await self._write_chunks(batch)
                batch = []
                report(Progress("embed", done, len(pages)))
            yield row

    def _prepare(
        self, page: Page, content_hash: str, counts: TermCounts
    ) -> tuple[list[tuple[Chunk, SparseVector]], DocumentRow]:
        """A page's chunks, each with the sparse vector of its whole section."""
        terms, sections = counts.take(page)
        vectors = [bm25.document_vector(section, self._average_length) for section in sections]
        chunks = chunking.split(page, max_chars=self._rt.settings.index.chunk_chars)
        row = DocumentRow(
            path=page.path,
            url=page.url,
            title=page.title,
            version=page.version,
            locale=page.locale,
            content_hash=content_hash,
            chunks=len(chunks),
            terms=terms,
        )
        return [(chunk, vectors[chunk.section]) for chunk in chunks], row

    async def _write_chunks(self, batch: Sequence[tuple[Chunk, SparseVector]]) -> None:
        vectors = await self._vectors([chunk.dense_text for chunk, _ in batch])
        points = [
            Point(
                id=str(
                    uuid.uuid5(
                        _POINTS, f"{self._store_id}/{self._lease.number}/{chunk.path}/{chunk.position}"
                    )
                ),
                dense=vector,
                sparse=terms,
                payload=codec.payload(chunk, store_id=self._store_id, revision=self._lease.number),
            )
            for (chunk, terms), vector in zip(batch, vectors, strict=True)
        ]
        await self._lease.write(self._rt.vectors.upsert, self._collection, points)
        self.chunks += len(points)
        self.samples.extend(points[:1])

    async def _vectors(self, texts: Sequence[str]) -> list[Vector]:
        """The texts' embeddings, each computed at most once for its model."""
        model = f"{self._rt.embedder.model}/{self._rt.embedder.dimensions}"
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        today = self._rt.now().date()
        known = await self._rt.db.run(embeddings.get, model, hashes=list(dict.fromkeys(hashes)), today=today)
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        if missing:
            vectors = await self._rt.embedder.embed_documents(list(missing.values()))
            fresh = dict(zip(missing, vectors, strict=True))
            await self._rt.db.run(embeddings.put, model, vectors=fresh, today=today)
            known |= fresh
        self.embedded += len(missing)
        self.reused += len(texts) - len(missing)
        return [known[key] for key in hashes]
