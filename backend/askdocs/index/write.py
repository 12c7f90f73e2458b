"""Writes a revision's chunks: pages are cut, embedded and put into the vector store, some at a time."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence

import numpy as np

from askdocs.db import embeddings
from askdocs.db.revisions import DocumentRow
from askdocs.index import points
from askdocs.index.counts import TermCounts
from askdocs.index.lease import Lease
from askdocs.index.points import Piece
from askdocs.index.progress import Progress, Report
from askdocs.runtime import Runtime
from askdocs.text import chunking, codec
from askdocs.types import Page, Point, Vector

_POINTS_PER_WRITE = 128
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
        batch: list[list[Piece]] = []
        if pages:
            report(Progress("embed", 0, len(pages)))
        for done, page in enumerate(pages, 1):
            pieces, row = await asyncio.to_thread(self._prepare, page, hashes[page.path], counts)
            batch.append(pieces)
            if sum(map(len, batch)) >= _POINTS_PER_WRITE or done == len(pages):
                await self._write_pages(batch)
                batch = []
                report(Progress("embed", done, len(pages)))
            yield row

    def _prepare(self, page: Page, content_hash: str, counts: TermCounts) -> tuple[list[Piece], DocumentRow]:
        terms, sections = counts.take(page)
        settings = self._rt.settings.index
        pieces = points.cut(
            page,
            sections,
            average_length=self._average_length,
            chunk_chars=settings.chunk_chars,
            code_view=settings.code_view,
        )
        row = DocumentRow(
            path=page.path,
            url=page.url,
            title=page.title,
            version=page.version,
            locale=page.locale,
            content_hash=content_hash,
            chunks=len(pieces),
            terms=terms,
            sections=chunking.section_hashes(page),
            source=page.source,
        )
        return pieces, row

    async def _write_pages(self, pages: Sequence[Sequence[Piece]]) -> None:
        """Write the points of whole pages, since each embedding is drawn to those of its page."""
        vectors = iter(await self._vectors([piece.dense_text for pieces in pages for piece in pieces]))
        written = [
            self._point(number, piece, vector)
            for pieces in pages
            for number, (piece, vector) in enumerate(
                zip(pieces, points.towards_page(np.stack([next(vectors) for _ in pieces])), strict=True)
            )
        ]
        await self._lease.write(self._rt.vectors.upsert, self._collection, written)
        self.chunks += len(written)
        self.samples.extend(written[:1])

    def _point(self, number: int, piece: Piece, vector: Vector) -> Point:
        """`number` is the piece's in its page."""
        name = f"{self._store_id}/{self._lease.number}/{piece.chunk.path}/{number}"
        return Point(
            id=str(uuid.uuid5(_POINTS, name)),
            dense=vector,
            sparse=piece.sparse,
            payload=codec.payload(piece.chunk, store_id=self._store_id, revision=self._lease.number),
        )

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
