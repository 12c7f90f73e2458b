"""Publishes what a source holds as the next revision: reads, compares, then has it written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from askdocs.db import documents, revisions, sites
from askdocs.errors import SourceError
from askdocs.index import lease, plan, publish
from askdocs.index.counts import TermCounts
from askdocs.index.plan import Plan
from askdocs.index.progress import Progress, Report
from askdocs.index.publish import Change, Target
from askdocs.runtime import Runtime
from askdocs.text import chunking
from askdocs.text.bm25 import PageTerms, Statistics
from askdocs.types import Page, Site, Source

_READ_AHEAD = 32


@dataclass(frozen=True, slots=True)
class Summary:
    """What an index run did. `revision` is the live one afterwards, `published` whether this run made it;
    `took_over` names the publish that it stopped, "" if none."""

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
    took_over: str


async def index(
    rt: Runtime,
    site: Site,
    source: Source,
    *,
    force: bool = False,
    take_over: bool = False,
    report: Report = lambda _: None,
) -> Summary:
    """Publish what `source` holds as the next revision of the site's docs.

    Cost is proportional to what changed. Nothing changed publishes nothing. With `force` a source that lost
    most of its pages is taken at its word; with `take_over` a publish that is under way is stopped. Raises
    `PublishInProgress`, `SuspiciousShrinkage`, `VerificationFailed`, `SourceError`, `Conflict` and the errors
    of the edges; the live revision then stays as it is.
    """
    started = time.perf_counter()
    store = await rt.db.run(sites.store, site.id)
    holding = lease.hold(
        rt,
        site,
        store,
        collection=publish.fingerprint(rt),
        source=source.location,
        take_over=take_over,
        report=report,
    )
    async with holding as held:
        target = await publish.find_target(rt, site, store)
        pages = await _read(source, report)
        change = await _compare(rt, target, pages, force=force)
        published = None
        if change.plan.is_empty:
            await held.discard()
        else:
            published = await publish.publish(rt, held, target, change, source, report=report)
    # Also when nothing was published: a crash may have left a sweep undone.
    await publish.sweep(rt, target)
    work = change.plan
    live = published.revision if published else target.live
    return Summary(
        revision=live.number if live else 0,
        published=published is not None,
        added=len(work.added),
        changed=len(work.changed),
        removed=len(work.removed),
        unchanged=len(work.unchanged),
        chunks=published.chunks if published else 0,
        embedded=published.embedded if published else 0,
        reused=published.reused if published else 0,
        seconds=time.perf_counter() - started,
        problems=tuple(source.problems),
        took_over=str(held.former or ""),
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


async def _compare(rt: Runtime, target: Target, pages: Mapping[str, Page], *, force: bool) -> Change:
    """Compare the pages with the live revision, and count the statistics of the new one."""
    site, store, live = target.site, target.store, target.live
    hashes = await asyncio.to_thread(
        lambda: {path: chunking.content_hash(page) for path, page in pages.items()}
    )
    published: dict[str, str] = {}
    if live:
        published = await rt.db.run(documents.hashes, site.id, store_id=store.id, revision=live.number)
    counts = TermCounts()
    work = plan.diff(published, hashes, restate=not target.continues)
    if not force:
        plan.check_shrinkage(work, published=len(published), max_shrinkage=rt.settings.index.max_shrinkage)
    if work.is_empty:
        return Change(work, pages, hashes, Statistics(), counts)
    if target.continues:
        written = [pages[path] for path in work.written]
        statistics = await _update_statistics(rt, target, work, map(counts.count, written))
        if not statistics.drifted:
            return Change(work, pages, hashes, statistics, counts)
        work = plan.diff(published, hashes, restate=True)
    counted = map(counts.count, pages.values())
    statistics = await asyncio.to_thread(lambda: Statistics().update(added=counted))
    return Change(work, pages, hashes, statistics.restated(), counts)


async def _update_statistics(
    rt: Runtime, target: Target, work: Plan, added: Iterable[PageTerms]
) -> Statistics:
    """The live revision's statistics, after the pages that come and go. `added` is consumed in a thread."""
    site, store, live = target.site, target.store, target.live
    assert live is not None  # noqa: S101  a target that continues has one
    before = await rt.db.run(revisions.statistics, site.id, store_id=store.id, number=live.number)
    gone = await rt.db.run(
        documents.terms, site.id, store_id=store.id, revision=live.number, paths=work.closed
    )

    def update() -> Statistics:
        return (Statistics.from_bytes(before) if before else Statistics()).update(
            added=added,
            removed=map(PageTerms.from_bytes, gone.values()),
        )

    return await asyncio.to_thread(update)
