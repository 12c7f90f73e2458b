"""Writes a revision and makes it live: lease, undo, write, verify, switch, sweep.

Nothing of a revision is visible before `revisions.publish` moves the pointer, so a crash anywhere leaves
readers where they were; what it left behind is undone by the next publish.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from askdocs.db import documents, embeddings, leases, revisions
from askdocs.db.revisions import DocumentRow, Publication
from askdocs.errors import AskdocsError, Unavailable, VerificationFailed
from askdocs.index.plan import Plan
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import bm25, chunking, tokens
from askdocs.text.bm25 import PageTerms, Statistics
from askdocs.types import (
    Chunk,
    HybridQuery,
    Page,
    Point,
    Revision,
    Scope,
    Site,
    Source,
    SparseVector,
    Store,
    Vector,
)

_CHUNKS_PER_WRITE = 128
_SAME_VECTOR = 0.98
_POINTS = uuid.UUID("6f0e2f0c-8a4e-4f0b-9d0e-0a5f6b1c7d2e")
"""Namespace of point ids: writing a revision twice writes the same points."""


@dataclass(frozen=True, slots=True)
class Progress:
    phase: Literal["read", "embed", "verify"]
    done: int
    total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Change:
    """What the next revision is: all its pages and their content hashes by path, what of it is to be written,
    and the statistics of the whole."""

    plan: Plan
    pages: Mapping[str, Page]
    hashes: Mapping[str, str]
    statistics: Statistics


def fingerprint(rt: Runtime) -> str:
    """Names the collection: everything that a vector depends on besides its text."""
    model = re.sub(r"[^A-Za-z0-9.]+", "-", rt.embedder.model).strip("-").lower()
    chunks = f"{chunking.CHUNKER}.{rt.settings.index.chunk_chars}.{tokens.TOKENIZER}"
    return f"{rt.settings.vectors.collection_prefix}_{model}_{rt.embedder.dimensions}_{chunks}"


class Publisher:
    """One attempt to publish: within `lease`, either `write` or `discard`."""

    def __init__(self, rt: Runtime, site: Site, store: Store, report: Report) -> None:
        self.rt, self.site, self.store, self.report = rt, site, store, report
        self.live: Revision | None = None
        self.continues = False
        """Whether the live revision's vectors still hold, so that what is unchanged need not be written."""
        self.chunks = self.embedded = self.reused = 0
        self._collection = fingerprint(rt)
        self._owner = f"process {os.getpid()} on {socket.gethostname()}, run {rt.new_id()[:12]}"
        self._number = 0
        self._settled = False
        self._canaries: list[Point] = []

    @asynccontextmanager
    async def lease(self, location: str) -> AsyncIterator[None]:
        """Hold the store's lease. Whatever ends the body early is undone, also when that is Ctrl-C."""
        taken = await self.rt.db.run(
            leases.take,
            self.site.id,
            store_id=self.store.id,
            collection=self._collection,
            model=self.rt.embedder.model,
            dimensions=self.rt.embedder.dimensions,
            source=location,
            owner=self._owner,
            now=self.rt.now(),
            lease_seconds=self.rt.settings.index.lease_seconds,
        )
        self._number = taken.number
        beat = asyncio.create_task(self._beat())
        try:
            self.live = await self.rt.db.run(revisions.live, self.site.id, store_id=self.store.id)
            await self.rt.vectors.ensure(self._collection, dimensions=self.rt.embedder.dimensions)
            self.continues = self.live is not None and await self._holds(self.live)
            yield
        except BaseException as error:
            was_stopped = isinstance(error, asyncio.CancelledError | KeyboardInterrupt)
            reason = "It was stopped before it was complete." if was_stopped else str(error)
            await self.rt.finish(self._give_up(reason or type(error).__name__))
            raise
        finally:
            beat.cancel()
            await asyncio.wait([beat])

    async def discard(self) -> None:
        """Give the lease back: nothing is to be published. A crash may have left a sweep undone, though."""
        await self.rt.db.run(leases.discard, self.site.id, store_id=self.store.id, owner=self._owner)
        self._settled = True
        await self._sweep()

    async def write(self, source: Source, change: Change) -> None:
        """Write the revision's chunks, verify it and make it live."""
        await self._undo_leftovers()
        work = change.plan
        if self.live and work.closed:
            # First, while the open chunks of these documents are still those of the live revision alone.
            closed = work.closed if self.continues else None
            await self.rt.vectors.close_documents(
                self.live.collection, self.store.id, closed, revision=self._number - 1
            )
        rows = [row async for row in self._write_pages(change)]
        total = await self._verify(work)
        for collection in {self._collection, self.live.collection if self.live else self._collection}:
            await self.rt.vectors.flush(collection)
        await self.rt.finish(self._switch(self._publication(source, change, rows, total)))
        await self._sweep()

    async def _holds(self, live: Revision) -> bool:
        """Whether the live revision was made with our model, chunker and tokenizer, and is all there.

        Vectors may be lost without the database, as when a folder or a cluster is made anew.
        """
        if live.collection != self._collection:
            return False
        known = await self.rt.db.run(
            documents.chunk_count, self.site.id, store_id=self.store.id, revision=live.number
        )
        found = await self.rt.vectors.count(self._collection, Scope(self.store.id, live.number))
        if found != known:
            log.warning("vectors_lost", site=self.site.name, revision=live.number, known=known, found=found)
        return found == known

    async def _switch(self, publication: Publication) -> None:
        """Move the live pointer. Not to be cancelled half-way: its outcome would then be unknown."""
        self.live = await self.rt.db.run(
            revisions.publish,
            self.site.id,
            store_id=self.store.id,
            owner=self._owner,
            publication=publication,
            now=self.rt.now(),
        )
        self._settled = True
        self.rt.live.forget(self.site.id)
        log.info("revision_published", site=self.site.name, revision=self._number, pages=publication.pages)

    async def _undo_leftovers(self) -> None:
        """Forget what crashed, failed and withdrawn revisions wrote after the live one."""
        live = self.live.number if self.live else 0
        used = await self.rt.db.run(revisions.forget_after, self.site.id, store_id=self.store.id, live=live)
        for collection in used:
            await self.rt.vectors.undo(collection, self.store.id, live=live)

    async def _renew(self) -> None:
        """Show that this publisher lives. Raises `Conflict` if another has taken the lease over."""
        await self.rt.db.run(leases.renew, self.site.id, store_id=self.store.id, owner=self._owner)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.rt.settings.index.lease_seconds / 3)
            if self._settled:
                return
            try:
                await self._renew()
            except AskdocsError as error:
                log.warning("heartbeat_failed", revision=self._number, error=str(error))

    async def _give_up(self, reason: str) -> None:
        """Undo what was written, unless it is live or has become another publisher's to undo."""
        await self.rt.drain(but=asyncio.current_task())
        if self._settled:
            return
        try:
            await self._renew()
            await self._undo_or_leave()
            await self.rt.db.run(
                leases.give_up, self.site.id, store_id=self.store.id, owner=self._owner, error=reason
            )
        except AskdocsError as error:
            log.warning("lease_left_to_lapse", revision=self._number, error=str(error))

    async def _undo_or_leave(self) -> None:
        """Undo now, or leave it to the next publish, which undoes before it writes."""
        try:
            await self._undo_leftovers()
        except Unavailable as error:
            log.warning("undo_left_to_next_publish", revision=self._number, error=str(error))

    async def _write_pages(self, change: Change) -> AsyncIterator[DocumentRow]:
        batch: list[tuple[Chunk, SparseVector]] = []
        total = len(change.plan.written)
        if total:
            self.report(Progress("embed", 0, total))
        for done, path in enumerate(change.plan.written, 1):
            chunks, row = await asyncio.to_thread(self._prepare, change, change.pages[path])
            batch.extend(chunks)
            if len(batch) >= _CHUNKS_PER_WRITE or done == total:
                await self._write_chunks(batch)
                batch = []
                self.report(Progress("embed", done, total))
            yield row

    def _prepare(self, change: Change, page: Page) -> tuple[list[tuple[Chunk, SparseVector]], DocumentRow]:
        """A page's chunks, each with the sparse vector of its whole section."""
        counts = chunking.section_terms(page, tokens.terms)
        average = change.statistics.average_length
        vectors = [bm25.document_vector(terms, average) for terms in counts]
        chunks = chunking.split(page, max_chars=self.rt.settings.index.chunk_chars)
        row = DocumentRow(
            path=page.path,
            url=page.url,
            title=page.title,
            version=page.version,
            locale=page.locale,
            content_hash=change.hashes[page.path],
            chunks=len(chunks),
            terms=PageTerms.count(counts).to_bytes(),
        )
        return [(chunk, vectors[chunk.section]) for chunk in chunks], row

    async def _write_chunks(self, batch: Sequence[tuple[Chunk, SparseVector]]) -> None:
        vectors = await self._vectors([chunk.dense_text for chunk, _ in batch])
        points = [
            Point(
                id=str(uuid.uuid5(_POINTS, f"{self.store.id}/{self._number}/{chunk.path}/{chunk.position}")),
                dense=vector,
                sparse=terms,
                payload=chunk.payload(store_id=self.store.id, revision=self._number),
            )
            for (chunk, terms), vector in zip(batch, vectors, strict=True)
        ]
        await self._renew()
        await self.rt.vectors.upsert(self._collection, points)
        self.chunks += len(points)
        self._canaries.extend(points[:1])

    async def _vectors(self, texts: Sequence[str]) -> list[Vector]:
        """The texts' embeddings, each computed at most once for its model."""
        model = f"{self.rt.embedder.model}/{self.rt.embedder.dimensions}"
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        today = self.rt.now().date()
        known = await self.rt.db.run(embeddings.get, model, hashes=list(dict.fromkeys(hashes)), today=today)
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        if missing:
            vectors = await self.rt.embedder.embed_documents(list(missing.values()))
            fresh = dict(zip(missing, vectors, strict=True))
            await self.rt.db.run(embeddings.put, model, vectors=fresh, today=today)
            known |= fresh
        self.embedded += len(missing)
        self.reused += len(texts) - len(missing)
        return [known[key] for key in hashes]

    async def _verify(self, work: Plan) -> int:
        """Count the revision's chunks and find some of them again. Returns the count."""
        kept = 0
        if self.live and self.continues:
            kept = await self.rt.db.run(
                documents.chunk_count,
                self.site.id,
                store_id=self.store.id,
                revision=self.live.number,
                without=work.closed,
            )
        scope = Scope(self.store.id, self._number)
        found = await self.rt.vectors.count(self._collection, scope)
        if found != kept + self.chunks:
            raise VerificationFailed(
                f"The new revision should hold {kept + self.chunks} chunks, but {found} were found.",
                fix="The live revision is untouched. Run the command again; if it repeats, report it.",
            )
        step = max(1, len(self._canaries) // max(1, self.rt.settings.index.canaries))
        for canary in self._canaries[::step]:
            await self._find(canary, scope)
        self.report(Progress("verify", 1, 1))
        return found

    async def _find(self, canary: Point, scope: Scope) -> None:
        """A chunk must be found by its own vector; one just like it will do, as docs repeat themselves."""
        query = HybridQuery(canary.dense, SparseVector((), ()), 1.0, 0.0, candidates=10)
        found = await self.rt.vectors.search(self._collection, query, scope, limit=10)
        if not any(hit.id == canary.id or hit.score > _SAME_VECTOR for hit in found):
            raise VerificationFailed(
                f"A chunk of {canary.payload['path']} was written but is not found by its own vector.",
                fix="The live revision is untouched. Run the command again; if it repeats, report it.",
            )

    def _publication(
        self, source: Source, change: Change, rows: Sequence[DocumentRow], total: int
    ) -> Publication:
        pages, work = change.pages.values(), change.plan
        return Publication(
            added=rows,
            closed=work.closed,
            statistics=change.statistics.to_bytes(),
            default_version=source.default_version,
            default_locale=source.default_locale,
            versions=sorted({page.version for page in pages} - {""}),
            locales=sorted({page.locale for page in pages} - {""}),
            pages=len(pages),
            chunks=total,
            summary={
                "added": len(work.added),
                "changed": len(work.changed),
                "removed": len(work.removed),
                "unchanged": len(work.unchanged),
                "embedded": self.embedded,
                "reused": self.reused,
            },
        )

    async def _sweep(self) -> None:
        """Drop what only revisions beyond the retention could see. Trouble here must not fail a publish."""
        try:
            oldest = await self.rt.db.run(
                revisions.sweep, self.site.id, store_id=self.store.id, keep=self.rt.settings.index.retention
            )
            if oldest is None:
                return
            used = await self.rt.db.run(revisions.collections, self.site.id, store_id=self.store.id)
            for collection in {*used, self._collection}:
                await self.rt.vectors.sweep(collection, self.store.id, oldest=oldest)
        except Unavailable as error:
            log.warning("sweep_left_to_next_publish", error=str(error))
