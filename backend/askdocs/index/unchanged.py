"""Tells whether sources are what the last run read, so that none of their pages need be parsed again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence

from askdocs.db import readings
from askdocs.db.documents import Listed
from askdocs.db.readings import Kept
from askdocs.errors import Unavailable
from askdocs.index.publish import Change, Target
from askdocs.index.reading import Reading
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.types import Inputs, Page, Source


async def find(
    rt: Runtime,
    target: Target,
    sources: Sequence[Source],
    *,
    own: Mapping[str, Listed],
    others: Mapping[str, Listed],
) -> Reading | None:
    """The hashes and problems that reading the sources would give, without pages; None if it must be done.

    `own` are the documents of these sources, `others` those that stay beside them, which the live revision
    has by path. Files are read and compared, a second for a gigabyte, and none is parsed.
    """
    names = [source.name for source in sources]
    kept = await rt.db.run(readings.get, target.site.id, store_id=target.store.id, sources=names)
    if kept is None or kept.pages != _digest(own, others):
        return None
    if not await asyncio.to_thread(_are_as, sources, kept.inputs):
        return None
    hashes = {path: one.content_hash for path, one in own.items()}
    return Reading(hashes=hashes, problems=list(kept.problems), skipped=list(kept.skipped))


async def keep(
    rt: Runtime, target: Target, sources: Sequence[Source], change: Change, read: Reading, *, whole: bool
) -> None:
    """Remember what was read. Trouble here must not fail a publish: the next one then reads again."""
    recorders = [source.recorder for source in sources if source.recorder is not None]
    inputs = [found for recorder in recorders if (found := recorder.inputs()) is not None]
    if not read.pages or len(inputs) < len(sources):
        return
    own = {path: _listed(page, read.hashes[path]) for path, page in read.pages.items()}
    kept = Kept(tuple(inputs), _digest(own, change.others), tuple(read.problems), tuple(read.skipped))
    site_id, store_id = target.site.id, target.store.id
    names = [source.name for source in sources]
    try:
        await rt.db.run(readings.put, site_id, store_id=store_id, sources=names, kept=kept, whole=whole)
    except Unavailable as error:
        log.warning("reading_not_kept", error=str(error))


def _are_as(sources: Iterable[Source], before: Sequence[Inputs]) -> bool:
    return all(
        source.recorder is not None and source.recorder.finds(inputs)
        for source, inputs in zip(sources, before, strict=True)
    )


def _listed(page: Page, content_hash: str) -> Listed:
    return Listed(content_hash, page.source, page.url, page.version, page.locale)


def _digest(own: Mapping[str, Listed], others: Mapping[str, Listed]) -> str:
    """Of the documents, and of the addresses that others have before them."""
    told = hashlib.blake2b(digest_size=16)
    for path, one in sorted(own.items()):
        told.update(repr((path, one.content_hash, one.source, one.url, one.version, one.locale)).encode())
    for path, one in sorted(others.items()):
        told.update(repr((path, one.url)).encode())
    return told.hexdigest()
