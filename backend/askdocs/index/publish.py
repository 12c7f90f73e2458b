"""Makes a planned change the live revision: undo, close, write, verify, switch; and sweeps old ones.

Nothing of a revision is visible before the switch moves the pointer, so a crash anywhere leaves readers where
they were; what it left behind is undone by the next publish.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from askdocs.db import documents, revisions
from askdocs.db.documents import Listed
from askdocs.db.revisions import DocumentRow, Publication
from askdocs.errors import Unavailable, VerificationFailed
from askdocs.index.counts import TermCounts
from askdocs.index.lease import Also, Lease
from askdocs.index.plan import Plan
from askdocs.index.progress import Progress, Report
from askdocs.index.write import Writer
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import chunking, tokens
from askdocs.text.bm25 import Statistics
from askdocs.types import (
    HybridQuery,
    Page,
    Point,
    PublishedSource,
    Revision,
    Scope,
    Site,
    SparseVector,
    Store,
)

_SAME_VECTOR = 0.98


@dataclass(frozen=True, slots=True)
class Target:
    """Where a publish writes, and what is live there. `continues` is whether the live revision's vectors
    still hold, so that what is unchanged need not be written."""

    site: Site
    store: Store
    collection: str
    live: Revision | None
    continues: bool


@dataclass(slots=True)
class Change:
    """What the next revision is: the pages that were read and their content hashes by path, what of them is
    to be written and the terms of that, and the statistics of the whole. `others` are the documents, by path,
    of sources that stay as they are, and `kept` pages that were not read, since they do so too; `sources` are
    all. It `is_empty` if it is no other than the live one. `skipped` counts the pages that could not be read.
    """

    plan: Plan
    pages: Mapping[str, Page]
    hashes: Mapping[str, str]
    others: Mapping[str, Listed]
    sources: Sequence[PublishedSource]
    is_empty: bool
    skipped: int = 0
    kept: Mapping[str, Listed] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)
    counts: TermCounts = field(default_factory=TermCounts)


@dataclass(frozen=True, slots=True)
class Published:
    """The revision that was made live, and what that took: chunks written, embeddings computed and reused."""

    revision: Revision
    chunks: int
    embedded: int
    reused: int


def fingerprint(rt: Runtime) -> str:
    """Names the collection: everything that a vector depends on besides its text."""
    model = re.sub(r"[^A-Za-z0-9.]+", "-", rt.embedder.model).strip("-").lower()
    views = f"{chunking.CHUNKER}c" if rt.settings.index.code_view else chunking.CHUNKER
    chunks = f"{views}.{rt.settings.index.chunk_chars}.{tokens.TOKENIZER}"
    return f"{rt.settings.vectors.collection_prefix}_{model}_{rt.embedder.dimensions}_{chunks}"


async def find_target(rt: Runtime, site: Site, store: Store, *, prepare: bool = True) -> Target:
    """To be called under the lease, since what is live must not change afterwards; unless nothing is to be
    written, and the vector store not to be prepared for it."""
    collection = fingerprint(rt)
    live = await rt.db.run(revisions.live, site.id, store_id=store.id)
    if prepare:
        await rt.vectors.ensure(collection, dimensions=rt.embedder.dimensions)
    continues = live is not None and await _holds(rt, site, live, collection)
    return Target(site, store, collection, live, continues)


async def publish(
    rt: Runtime,
    lease: Lease,
    target: Target,
    change: Change,
    *,
    also: Also | None = None,
    report: Report,
) -> Published:
    """Write the revision's chunks, verify it and make it live. Raises `Conflict`, `VerificationFailed`."""
    plan, live, store_id = change.plan, target.live, target.store.id
    if await rt.db.run(revisions.is_followed, target.site.id, store_id=store_id, live=lease.base):
        await _outlast_copies(rt)
    await lease.write(lease.undo)
    if live and plan.closed:
        # First, while the open chunks of these documents are still those of the live revision alone.
        closed = plan.closed if target.continues else None
        await lease.write(
            rt.vectors.close_documents, live.collection, store_id, closed, revision=lease.number - 1
        )
    writer = Writer(
        rt,
        lease,
        store_id=store_id,
        collection=target.collection,
        average_length=change.statistics.average_length,
    )
    pages = [change.pages[path] for path in plan.written]
    rows = [row async for row in writer.write(pages, change.hashes, change.counts, report)]
    total = await _verify(rt, lease, target, plan, writer)
    report(Progress("verify", 1, 1))
    for collection in {target.collection, live.collection if live else target.collection}:
        await rt.vectors.flush(collection)
    revision = await lease.publish(_publication(change, rows, total, writer), also=also)
    log.info("revision_published", site=target.site.name, revision=lease.number, pages=revision.pages)
    return Published(revision, writer.chunks, writer.embedded, writer.reused)


async def sweep(rt: Runtime, target: Target) -> None:
    """Drop what only revisions beyond the retention could see. Trouble here must not fail a publish."""
    site_id, store_id = target.site.id, target.store.id
    if rt.settings.index.retention == 1:
        await _outlast_copies(rt)
    try:
        oldest = await rt.db.run(
            revisions.sweep, site_id, store_id=store_id, keep=rt.settings.index.retention
        )
        if oldest is None:
            return
        used = await rt.db.run(revisions.collections, site_id, store_id=store_id)
        for collection in {*used, target.collection}:
            await rt.vectors.sweep(collection, store_id, oldest=oldest)
    except Unavailable as error:
        log.warning("sweep_left_to_next_publish", error=str(error))


async def _outlast_copies(rt: Runtime) -> None:
    """Let questions end that are answered from what is no longer live: a process learns of a switch after
    `LIVE_TTL` seconds, and a question that has begun may wait for its embedding first."""
    await asyncio.sleep(rt.settings.index.withdrawal_grace)


async def _holds(rt: Runtime, site: Site, live: Revision, collection: str) -> bool:
    """Whether the live revision was made with our model, chunker and tokenizer, and is all there.

    Vectors may be lost without the database, as when a folder or a cluster is made anew.
    """
    if live.collection != collection:
        return False
    known = await rt.db.run(documents.chunk_count, site.id, store_id=live.store_id, revision=live.number)
    found = await rt.vectors.count(collection, Scope(live.store_id, live.number))
    if found != known:
        log.warning("vectors_lost", site=site.name, revision=live.number, known=known, found=found)
    return found == known


async def _verify(rt: Runtime, lease: Lease, target: Target, plan: Plan, writer: Writer) -> int:
    """Count the revision's chunks and find some of them again. Returns the count."""
    kept = 0
    if target.live and target.continues:
        kept = await rt.db.run(
            documents.chunk_count,
            target.site.id,
            store_id=target.store.id,
            revision=target.live.number,
            without=plan.closed,
        )
    scope = Scope(target.store.id, lease.number)
    found = await rt.vectors.count(target.collection, scope)
    if found != kept + writer.chunks:
        raise VerificationFailed(
            f"The new revision should hold {kept + writer.chunks} chunks, but {found} were found.",
            fix="The live revision is untouched. Run the command again; if it repeats, report it.",
        )
    step = max(1, len(writer.samples) // max(1, rt.settings.index.canaries))
    for canary in writer.samples[::step]:
        await _find(rt, target.collection, canary, scope)
    return found


async def _find(rt: Runtime, collection: str, canary: Point, scope: Scope) -> None:
    """A chunk must be found by its own vector; one just like it will do, as docs repeat themselves."""
    query = HybridQuery(canary.dense, SparseVector((), ()), 1.0, 0.0, candidates=10)
    found = await rt.vectors.search(collection, query, scope, limit=10)
    if not any(hit.id == canary.id or hit.score > _SAME_VECTOR for hit in found):
        raise VerificationFailed(
            f"A chunk of {canary.payload['path']} was written but is not found by its own vector.",
            fix="The live revision is untouched. Run the command again; if it repeats, report it.",
        )


def _publication(change: Change, rows: Sequence[DocumentRow], total: int, writer: Writer) -> Publication:
    """The first source that says so tells which version and locale a question gets that names none."""
    plan, sources = change.plan, change.sources
    pages: list[Page | Listed] = [*change.pages.values(), *change.kept.values(), *change.others.values()]
    return Publication(
        added=rows,
        closed=plan.closed,
        statistics=change.statistics.to_bytes(),
        default_version=next(filter(None, (one.default_version for one in sources)), ""),
        default_locale=next(filter(None, (one.default_locale for one in sources)), ""),
        versions=sorted({page.version for page in pages} - {""}),
        locales=sorted({page.locale for page in pages} - {""}),
        pages=len(pages),
        chunks=total,
        summary={
            "added": len(plan.added),
            "changed": len(plan.changed),
            "removed": len(plan.removed),
            "unchanged": len(plan.unchanged),
            "embedded": writer.embedded,
            "reused": writer.reused,
            "skipped": change.skipped,
        },
        sources=sources,
    )
