"""Publishes a revision: reads a source, writes what changed, verifies it, then moves the live pointer.

Nothing of a revision is visible before `revisions.publish` moves the pointer, so a crash anywhere leaves
readers where they were; what it left behind is undone by the next publish.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from askdocs import chunking, plan, sparse, tokens
from askdocs.db import documents, embeddings, revisions, sites
from askdocs.db.revisions import DocumentRow, Publication
from askdocs.errors import AskdocsError, SourceError, Unavailable, VerificationFailed
from askdocs.observe import log
from askdocs.plan import Plan
from askdocs.runtime import Runtime
from askdocs.sparse import PageTerms, Statistics
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

_READ_AHEAD = 32
_CHUNKS_PER_WRITE = 128
_SAME_VECTOR = 0.98
_POINTS = uuid.UUID("6f0e2f0c-8a4e-4f0b-9d0e-0a5f6b1c7d2e")
"""Namespace of point ids: writing a revision twice writes the same points."""


@dataclass(frozen=True, slots=True)
class Progress:
    phase: Literal["read", "embed", "write", "verify"]
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What an index run did. `revision` is the live one afterwards, `published` whether this run made it."""

    revision: int
    published: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    chunks: int
    embedded: int
    reused: int
    seconds: float
    problems: tuple[str, ...]


Report = Callable[[Progress], None]


async def index(
    rt: Runtime, site: Site, source: Source, *, force: bool = False, report: Report = lambda _: None
) -> Summary:
    """Publish what `source` holds as the next revision of the site's docs.

    Cost is proportional to what changed. Nothing changed publishes nothing. With `force` a source that lost
    most of its pages is taken at its word. Raises `PublishInProgress`, `SuspiciousShrinkage`,
    `VerificationFailed`, `SourceError` and the errors of the edges; the live revision then stays as it is.
    """
    started = time.perf_counter()
    store = await rt.db.run(sites.store, site.id)
    publish = _Publish(rt, site, store, report)
    async with publish.lease(source.location):
        pages = await _read(source, report)
        work = await publish.plan(pages, force=force)
        if work.is_empty:
            await publish.discard()
        else:
            await publish.write(source, pages, work)
    return Summary(
        revision=publish.live.number if publish.live else 0,
        published=not work.is_empty,
        added=len(work.added),
        changed=len(work.changed),
        removed=len(work.removed),
        unchanged=len(work.unchanged),
        chunks=publish.chunks,
        embedded=publish.embedded,
        reused=publish.reused,
        seconds=time.perf_counter() - started,
        problems=tuple(source.problems),
    )


async def _read(source: Source, report: Report) -> dict[str, Page]:
    """All pages by path. Parsing takes the CPU, so it is done in a thread, some pages at a time."""
    pages: dict[str, Page] = {}
    while batch := await asyncio.to_thread(lambda: list(islice(source.pages, _READ_AHEAD))):
        for page in batch:
            if page.path in pages:
                source.problems.append(f"{page.path} occurs twice; the first one counts.")
            else:
                pages[page.path] = page
        report(Progress("read", len(pages), max(source.total, len(pages))))
    if not pages:
        raise SourceError(
            f"{source.location} holds no page that can be indexed.",
            fix="Check the path" + (": " + " ".join(source.problems[:3]) if source.problems else "."),
        )
    return pages


def fingerprint(rt: Runtime) -> str:
    """Names the collection: everything that a vector depends on besides its text."""
    model = re.sub(r"[^A-Za-z0-9.]+", "-", rt.embedder.model).strip("-").lower()
    chunks = f"{chunking.CHUNKER}.{rt.settings.index.chunk_chars}.{tokens.TOKENIZER}"
    return f"{rt.settings.vectors.collection_prefix}_{model}_{rt.embedder.dimensions}_{chunks}"


class _Publish:
    """One attempt to publish. Its methods are called in the order in which they stand here."""

    def __init__(self, rt: Runtime, site: Site, store: Store, report: Report) -> None:
        self.rt, self.site, self.store, self.report = rt, site, store, report
        self.live: Revision | None = None
        self.collection = fingerprint(rt)
        self.owner = uuid.uuid4().hex
        self.number = 0
        self.hashes: dict[str, str] = {}
        self.statistics = Statistics()
        self.chunks = self.embedded = self.reused = 0
        self._settled = False
        self._canaries: list[Point] = []

    @asynccontextmanager
    async def lease(self, location: str) -> AsyncIterator[None]:
        """Hold the store's lease. Whatever ends the body early is undone, also when that is Ctrl-C."""
        revision = await self.rt.db.run(
            revisions.begin,
            self.site.id,
            store_id=self.store.id,
            collection=self.collection,
            model=self.rt.embedder.model,
            dimensions=self.rt.embedder.dimensions,
            source=location,
            owner=self.owner,
            now=self.rt.now(),
            lease_seconds=self.rt.settings.index.lease_seconds,
        )
        self.number = revision.number
        self.live = await self.rt.db.run(revisions.live, self.site.id, store_id=self.store.id)
        beat = asyncio.create_task(self._beat())
        try:
            yield
        except BaseException as error:
            await self.rt.finish(self._give_up(str(error) or type(error).__name__))
            raise
        finally:
            beat.cancel()
            await asyncio.wait([beat])

    async def plan(self, pages: Mapping[str, Page], *, force: bool) -> Plan:
        """Compare the pages with the live revision, and count the new one's statistics."""
        self.hashes = await asyncio.to_thread(
            lambda: {path: chunking.content_hash(page) for path, page in pages.items()}
        )
        published: dict[str, str] = {}
        if self.live:
            published = await self.rt.db.run(
                documents.hashes, self.site.id, store_id=self.store.id, revision=self.live.number
            )
        work = plan.diff(published, self.hashes, restate=not self._continues)
        if not force:
            plan.check_shrinkage(
                work, published=len(published), max_shrinkage=self.rt.settings.index.max_shrinkage
            )
        if work.is_empty:
            return work
        self.statistics = await self._count(pages, work)
        if self._continues and self.statistics.drifted:
            work = plan.diff(published, self.hashes, restate=True)
            self.statistics = await self._count(pages, work, anew=True)
        return work

    async def discard(self) -> None:
        """Give the lease back: there is nothing to publish."""
        await self.rt.db.run(revisions.discard, self.site.id, store_id=self.store.id, number=self.number)
        self._settled = True

    async def write(self, source: Source, pages: Mapping[str, Page], work: Plan) -> None:
        """Write the revision's chunks, verify it and make it live."""
        await self._undo_leftovers()
        await self.rt.vectors.ensure(self.collection, dimensions=self.rt.embedder.dimensions)
        if self.live and work.closed:
            # First, while the open chunks of these documents are still those of the live revision alone.
            closed = work.closed if self._continues else None
            await self.rt.vectors.close_documents(
                self.live.collection, self.store.id, closed, revision=self.number - 1
            )
        rows = [row async for row in self._write_pages([pages[path] for path in work.written])]
        total = await self._verify(work)
        await self.rt.finish(self._switch(self._publication(source, pages, work, rows, total)))
        await self._sweep()

    async def _switch(self, publication: Publication) -> None:
        """Move the live pointer. Not to be cancelled half-way: its outcome would then be unknown."""
        self.live = await self.rt.db.run(
            revisions.publish,
            self.site.id,
            store_id=self.store.id,
            number=self.number,
            owner=self.owner,
            publication=publication,
            now=self.rt.now(),
        )
        self._settled = True
        log.info("revision_published", site=self.site.name, revision=self.number, pages=publication.pages)

    @property
    def _continues(self) -> bool:
        """Whether the live revision's vectors still hold: same model, dimensions, chunker and tokenizer."""
        return self.live is not None and self.live.collection == self.collection

    async def _undo_leftovers(self) -> None:
        """Forget what crashed, failed and withdrawn revisions wrote after the live one."""
        live = self.live.number if self.live else 0
        used = await self.rt.db.run(revisions.forget_after, self.site.id, store_id=self.store.id, live=live)
        for collection in used:
            await self.rt.vectors.undo(collection, self.store.id, live=live)

    async def _beat(self) -> None:
        """Show that this publisher lives. A lost lease is refused by `revisions.publish` at the latest."""
        while True:
            await asyncio.sleep(self.rt.settings.index.lease_seconds / 3)
            try:
                await self.rt.db.run(
                    revisions.heartbeat,
                    self.site.id,
                    store_id=self.store.id,
                    number=self.number,
                    owner=self.owner,
                    now=self.rt.now(),
                )
            except AskdocsError as error:
                log.warning("heartbeat_failed", revision=self.number, error=str(error))

    async def _give_up(self, reason: str) -> None:
        await self.rt.drain(but=asyncio.current_task())
        if self._settled:
            return
        try:
            await self._undo_leftovers()
            await self.rt.db.run(
                revisions.fail, self.site.id, store_id=self.store.id, number=self.number, error=reason
            )
        except AskdocsError as error:
            log.warning("undo_left_to_next_publish", revision=self.number, error=str(error))

    async def _count(self, pages: Mapping[str, Page], work: Plan, *, anew: bool = False) -> Statistics:
        """Statistics of the new revision, from the live one's and the difference."""
        before: bytes | None = None
        gone: dict[str, bytes] = {}
        if self.live and self._continues and not anew:
            before = await self.rt.db.run(
                revisions.statistics, self.site.id, store_id=self.store.id, number=self.live.number
            )
            gone = await self.rt.db.run(
                documents.terms,
                self.site.id,
                store_id=self.store.id,
                revision=self.live.number,
                paths=work.closed,
            )

        def count() -> Statistics:
            start = Statistics.from_bytes(before) if before else Statistics()
            come = (_page_terms(pages[path]) for path in work.written)
            went = (PageTerms.from_bytes(data) for data in gone.values())
            counted = start.update(added=come, removed=went)
            return counted if before else counted.restated()

        return await asyncio.to_thread(count)

    async def _write_pages(self, pages: Sequence[Page]) -> AsyncIterator[DocumentRow]:
        batch: list[tuple[Chunk, SparseVector]] = []
        for done, page in enumerate(pages, 1):
            chunks, row = await asyncio.to_thread(self._prepare, page)
            batch.extend(chunks)
            if len(batch) >= _CHUNKS_PER_WRITE or done == len(pages):
                await self._write_chunks(batch)
                batch = []
                self.report(Progress("embed", done, len(pages)))
            yield row

    def _prepare(self, page: Page) -> tuple[list[tuple[Chunk, SparseVector]], DocumentRow]:
        """A page's chunks, each with the sparse vector of its whole section."""
        counts = chunking.section_terms(page, tokens.terms)
        average = self.statistics.average_length
        vectors = [sparse.document_vector(terms, average) for terms in counts]
        chunks = chunking.split(page, max_chars=self.rt.settings.index.chunk_chars)
        row = DocumentRow(
            path=page.path,
            url=page.url,
            title=page.title,
            version=page.version,
            locale=page.locale,
            content_hash=self.hashes[page.path],
            chunks=len(chunks),
            terms=PageTerms.count(counts).to_bytes(),
        )
        return [(chunk, vectors[chunk.section]) for chunk in chunks], row

    async def _write_chunks(self, batch: Sequence[tuple[Chunk, SparseVector]]) -> None:
        vectors = await self._vectors([chunk.dense_text for chunk, _ in batch])
        points = [
            Point(
                id=str(uuid.uuid5(_POINTS, f"{self.store.id}/{self.number}/{chunk.path}/{chunk.position}")),
                dense=vector,
                sparse=terms,
                payload=chunk.payload(store_id=self.store.id, revision=self.number),
            )
            for (chunk, terms), vector in zip(batch, vectors, strict=True)
        ]
        await self.rt.vectors.upsert(self.collection, points)
        self.chunks += len(points)
        self._canaries.extend(points[:1])

    async def _vectors(self, texts: Sequence[str]) -> list[Vector]:
        """The texts' embeddings, each computed at most once for its model."""
        model = f"{self.rt.embedder.model}/{self.rt.embedder.dimensions}"
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        known = await self.rt.db.run(embeddings.get, model, hashes=list(dict.fromkeys(hashes)))
        missing = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
        if missing:
            vectors = await self.rt.embedder.embed_documents(list(missing.values()))
            fresh = dict(zip(missing, vectors, strict=True))
            await self.rt.db.run(embeddings.put, model, vectors=fresh)
            known |= fresh
        self.embedded += len(missing)
        self.reused += len(texts) - len(missing)
        return [known[key] for key in hashes]

    async def _verify(self, work: Plan) -> int:
        """Count the revision's chunks and find some of them again. Returns the count."""
        kept = 0
        if self.live and self._continues:
            kept = await self.rt.db.run(
                documents.chunk_count,
                self.site.id,
                store_id=self.store.id,
                revision=self.live.number,
                without=work.closed,
            )
        scope = Scope(self.store.id, self.number)
        found = await self.rt.vectors.count(self.collection, scope)
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
        found = await self.rt.vectors.search(self.collection, query, scope, limit=10)
        if not any(hit.id == canary.id or hit.score > _SAME_VECTOR for hit in found):
            raise VerificationFailed(
                f"A chunk of {canary.payload['path']} was written but is not found by its own vector.",
                fix="The live revision is untouched. Run the command again; if it repeats, report it.",
            )

    def _publication(
        self,
        source: Source,
        pages: Mapping[str, Page],
        work: Plan,
        rows: list[DocumentRow],
        total: int,
    ) -> Publication:
        return Publication(
            added=rows,
            closed=list(work.closed),
            statistics=self.statistics.to_bytes(),
            default_version=source.default_version,
            default_locale=source.default_locale,
            versions=tuple(sorted({page.version for page in pages.values()} - {""})),
            locales=tuple(sorted({page.locale for page in pages.values()} - {""})),
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
            for collection in {*used, self.collection}:
                await self.rt.vectors.sweep(collection, self.store.id, oldest=oldest)
        except Unavailable as error:
            log.warning("sweep_left_to_next_publish", error=str(error))


def _page_terms(page: Page) -> PageTerms:
    return PageTerms.count(chunking.section_terms(page, tokens.terms))
