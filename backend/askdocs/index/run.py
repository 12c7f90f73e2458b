"""Publishes what a site's sources hold as the next revision: reads, compares, then has it written."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from askdocs.db import documents, revisions, sites
from askdocs.db.documents import Listed
from askdocs.index import lease, plan, publish, reading, together, unchanged
from askdocs.index.lease import Also
from askdocs.index.plan import Plan
from askdocs.index.progress import Report
from askdocs.index.publish import Change, Target
from askdocs.index.reading import Reading
from askdocs.index.warnings import grouped
from askdocs.runtime import Runtime
from askdocs.text.bm25 import PageTerms, Statistics
from askdocs.types import Site, Source, Store

Read = Callable[..., Awaitable[Reading]]
"""Reads the pages of sources, as `reading.read` does from files."""


@dataclass(frozen=True, slots=True)
class Options:
    """`whole` says that these are all of the site's sources, so that others are to go; else they stay as they
    are. With `force` a source that lost most of its pages is taken at its word, with `strict` a page that was
    skipped ends the run, and with `take_over` a publish that is under way is stopped."""

    whole: bool = False
    force: bool = False
    strict: bool = False
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What an index run did, or would do. `revision` is the live one afterwards, `published` whether this run
    made it; `problems` are grouped, and `skipped` counts the pages among them that were left out; `took_over`
    names the publish that it stopped, "" if none. `paths` are those of the pages, by what happens to them;
    they are told of a dry run (`preview`) only."""

    revision: int
    published: bool
    added: int
    changed: int
    removed: int
    unchanged: int
    seconds: float
    problems: tuple[str, ...]
    skipped: int
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    took_over: str = ""
    dry_run: bool = False
    paths: Mapping[str, Sequence[str]] = field(default_factory=dict)


async def index(
    rt: Runtime,
    site: Site,
    sources: Sequence[Source],
    options: Options = Options(),
    *,
    read: Read = reading.read,
    also: Also | None = None,
    report: Report = lambda _: None,
) -> Summary:
    """Publish what the sources hold as the next revision of the site's docs.

    Cost is proportional to what changed. Nothing changed publishes nothing, and does nothing `also`. Raises
    `PublishInProgress`, `SuspiciousShrinkage`, `PagesSkipped`, `PagesMissing`, `VerificationFailed`,
    `InputError`, `Conflict` and the errors of the edges; the live revision then stays as it is.
    """
    started = time.perf_counter()
    store = await rt.db.run(sites.store, site.id)
    holding = lease.hold(
        rt,
        site,
        store,
        collection=publish.fingerprint(rt),
        source=together.shown(sources),
        take_over=options.take_over,
        report=report,
    )
    async with holding as held:
        target = await publish.find_target(rt, site, store)
        change, found = await _compare(rt, target, sources, options, read, report)
        published = None
        if change.is_empty:
            await held.discard()
        else:
            reading.require_pages(found, needed(target, change))
            await _count(rt, target, change)
            published = await publish.publish(rt, held, target, change, also=also, report=report)
        await unchanged.keep(rt, target, sources, change, found, whole=options.whole)
    # Also when nothing was published: a crash may have left a sweep undone.
    await publish.sweep(rt, target)
    live = published.revision if published else target.live
    return Summary(
        revision=live.number if live else 0,
        published=published is not None,
        added=len(change.plan.added),
        changed=len(change.plan.changed),
        removed=len(change.plan.removed),
        unchanged=len(change.plan.unchanged),
        chunks=published.chunks if published else 0,
        embedded=published.embedded if published else 0,
        reused=published.reused if published else 0,
        seconds=time.perf_counter() - started,
        problems=tuple(grouped(found.problems)),
        skipped=len(found.skipped),
        took_over=str(held.former or ""),
    )


async def preview(
    rt: Runtime,
    site: Site,
    sources: Sequence[Source],
    options: Options = Options(),
    *,
    read: Read = reading.read,
    report: Report = lambda _: None,
) -> Summary:
    """Which pages `index` would find new, changed and gone; nothing is written. Raises the same errors, but
    for those of writing."""
    started = time.perf_counter()
    target, change, found = await compare(rt, site, sources, options, read=read, report=report)
    work = change.plan
    return Summary(
        revision=target.live.number if target.live else 0,
        published=False,
        added=len(work.added),
        changed=len(work.changed),
        removed=len(work.removed),
        unchanged=len(work.unchanged),
        seconds=time.perf_counter() - started,
        problems=tuple(grouped(found.problems)),
        skipped=len(found.skipped),
        dry_run=True,
        paths={"added": work.added, "changed": work.changed, "removed": work.removed},
    )


async def compare(
    rt: Runtime, site: Site, sources: Sequence[Source], options: Options, *, read: Read, report: Report
) -> tuple[Target, Change, Reading]:
    """What is live now, and what a publish would make of it. Raises the same errors as `preview`."""
    found = await rt.db.run(sites.find_store, site.id)
    store = found or Store(id="", site_id=site.id, name="", live_revision=None)
    target = await publish.find_target(rt, site, store, prepare=False)
    change, pages = await _compare(rt, target, sources, options, read, report)
    return target, change, pages


def needed(target: Target, change: Change) -> Sequence[str]:
    """Paths of the pages without which the change cannot be published; of others the hashes are enough."""
    return change.plan.written if target.continues else tuple(change.hashes)


async def _compare(
    rt: Runtime, target: Target, sources: Sequence[Source], options: Options, read: Read, report: Report
) -> tuple[Change, Reading]:
    """Compare the sources with the live revision. Raises what speaks against publishing them."""
    site, live, whole = target.site, target.live, options.whole
    before = together.of_revision(live)
    together.require_names(sources, (one.spec.name for one in before), whole=whole)
    names = {source.name for source in sources}
    published: dict[str, Listed] = {}
    if live:
        published = await rt.db.run(
            documents.listing, site.id, store_id=target.store.id, revision=live.number
        )
    others = {} if whole else {path: one for path, one in published.items() if one.source not in names}
    if others and not target.continues:
        raise together.cannot_stay(others)
    own = {path: one for path, one in published.items() if path not in others}
    after = together.merged(before, sources, whole=whole)
    found = None
    # Else there is something to be published whatever they hold, and for that pages are needed.
    if target.continues and together.count_alike(before, after):
        found = await unchanged.find(rt, target, sources, own=own, others=others)
    if found is None:
        found = await read(sources, report, taken={one.url: path for path, one in others.items()})
    if options.strict:
        reading.require_all(found)
    work = plan.diff({path: one.content_hash for path, one in own.items()}, found.hashes)
    if not options.force:
        plan.check_shrinkage(
            work,
            {path: one.source for path, one in own.items()},
            sources=names,
            max_shrinkage=rt.settings.index.max_shrinkage,
        )
    is_empty = target.continues and work.is_empty and together.count_alike(before, after)
    change = Change(
        work,
        found.pages,
        found.hashes,
        others,
        after,
        is_empty,
        skipped=len(found.skipped),
        kept=found.kept,
    )
    return change, found


async def _count(rt: Runtime, target: Target, change: Change) -> None:
    """Put the statistics of the next revision into the change, and the terms of the pages to be written.

    Where the live vectors do not hold any more, or the average length has drifted, all pages are to be
    written anew; the latter not while there are pages that were not read.
    """
    pages, counts = change.pages, change.counts
    if target.continues:
        written = [pages[path] for path in change.plan.written]
        change.statistics = await _update_statistics(rt, target, change.plan, map(counts.count, written))
        if change.others or change.kept or not change.statistics.drifted:
            return
    change.plan = plan.restated(change.plan)
    counted = map(counts.count, pages.values())
    statistics = await asyncio.to_thread(lambda: Statistics().update(added=counted))
    change.statistics = statistics.restated()


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
