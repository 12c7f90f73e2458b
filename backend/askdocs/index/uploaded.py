"""Publishes pages that another machine read and sent: what it lacks is asked for, kept, then published.

A build may be large, and the connection may break. So hashes come first, an upload is named for its manifest,
and each part is stored before the next is sent: whoever begins again, at whichever process, is told what is
still lacking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

from askdocs.db import audit, revisions, uploads
from askdocs.db.database import Session
from askdocs.db.documents import Listed
from askdocs.errors import InputError, UploadNotFound, UploadTooLarge
from askdocs.index import manifest as wire
from askdocs.index import run
from askdocs.index.manifest import Manifest
from askdocs.index.progress import Report
from askdocs.index.publish import Change, Target
from askdocs.index.reading import Reading
from askdocs.index.run import Options, Summary
from askdocs.runtime import Runtime
from askdocs.text import chunking
from askdocs.text.bm25 import Statistics
from askdocs.types import Actor, Page, Revision, Site, Source

_TOLD = ("added", "changed", "removed", "unchanged", "skipped")
"""What the audit log has of the pages of a revision."""

KEPT = timedelta(days=1)
"""How long an upload may rest before it is forgotten: whoever mends a broken CI job does so within a day."""


@dataclass(frozen=True, slots=True)
class Begun:
    """`lacking` are the paths of the pages that are to be sent. `unchanged` is the summary of a publish that
    found everything as it is live already; then there is nothing to be sent or committed. `origins` are those
    that the manifest names."""

    upload: str
    lacking: Sequence[str]
    origins: Sequence[str]
    unchanged: Summary | None = None


async def begin(rt: Runtime, site: Site, body: bytes) -> Begun:
    """`body` is a manifest. Raises `InputError`, `FormatMismatch`, `UploadTooLarge`, and as `preview`."""
    manifest = await asyncio.to_thread(wire.unpack, body)
    most = rt.settings.uploads.max_pages
    if len(manifest.pages) > most:
        raise UploadTooLarge(
            f"The build has {len(manifest.pages)} pages; a publish may have {most}.",
            fix="Leave some out, or ask the operator to raise uploads.max_pages.",
        )
    options = Options(whole=manifest.whole, force=True)  # nothing is published yet
    target, change, _ = await run.compare(
        rt, site, sources(manifest), options, read=partial(_listed, manifest), report=lambda _: None
    )
    if change.is_empty:
        return Begun("", (), manifest.origins, _unchanged(target, change))
    upload = manifest.digest
    stored = await asyncio.to_thread(wire.pack, manifest)
    await rt.db.run(uploads.begin, site.id, upload_id=upload, manifest=stored, now=rt.now())
    sent = await rt.db.run(uploads.paths, site.id, upload_id=upload)
    wanted = await _wanted(rt, target, change)
    return Begun(upload, [path for path in wanted if path not in sent], manifest.origins)


async def take(rt: Runtime, site: Site, upload: str, *, part: str, body: bytes) -> int:
    """Keep the pages of a part; how many they are. `part` is the SHA-256 of the `body`.

    Raises `UploadNotFound`, `UploadTooLarge`, and `InputError` for what is damaged or no page of the upload.
    """
    manifest = await find(rt, site, upload)
    pages = await asyncio.to_thread(_checked, manifest, part, body)
    most = rt.settings.uploads.max_bytes
    size = await rt.db.run(uploads.size, site.id) + sum(map(len, pages.values()))
    if size > most:
        raise UploadTooLarge(
            f"What was sent takes {size} bytes; the site may send {most} until it publishes them.",
            fix="Wait until other publishes of the site are complete, or forgotten after a day; or ask the "
            "operator to raise uploads.max_bytes.",
        )
    if not await rt.db.run(uploads.put, site.id, upload_id=upload, pages=pages):
        raise _gone(upload)
    return len(pages)


async def find(rt: Runtime, site: Site, upload: str) -> Manifest:
    """Raises `UploadNotFound`."""
    stored = await rt.db.run(uploads.manifest, site.id, upload_id=upload)
    if stored is None:
        raise _gone(upload)
    return await asyncio.to_thread(_revived, stored)


async def preview(
    rt: Runtime, site: Site, manifest: Manifest, options: Options, *, report: Report = lambda _: None
) -> Summary:
    """For which no page need have been sent. Raises as `run.preview` does."""
    return await run.preview(
        rt, site, sources(manifest), options, read=partial(_listed, manifest), report=report
    )


async def commit(
    rt: Runtime,
    site: Site,
    upload: str,
    manifest: Manifest,
    options: Options,
    *,
    actor: Actor,
    report: Report = lambda _: None,
) -> Summary:
    """Publish the upload, which is forgotten then. Raises as `run.index` does; `PagesMissing` if what is live
    has changed since it was begun."""
    read = partial(_sent, rt, site, upload, manifest)

    def end(db: Session, revision: Revision) -> None:
        uploads.remove(db, site.id, upload_id=upload)
        detail = {name: revision.summary[name] for name in _TOLD} | {"program": manifest.program}
        subject = f"revision {revision.number}"
        now = revision.published_at or rt.now()
        audit.record(db, site.id, actor=actor, action="docs.publish", subject=subject, now=now, detail=detail)

    summary = await run.index(rt, site, sources(manifest), options, read=read, also=end, report=report)
    if not summary.published:
        await rt.db.run(uploads.remove, site.id, upload_id=upload)
    return summary


def sources(manifest: Manifest) -> list[Source]:
    """The sources that the manifest names, without a way to read them."""
    return [
        Source(
            kind=one.spec.kind or "html",
            location=one.location,
            total=0,
            pages=iter(()),
            default_version=one.default_version,
            default_locale=one.default_locale,
            spec=replace(one.spec, path=Path(one.location)),
        )
        for one in manifest.sources
    ]


async def _listed(
    manifest: Manifest, _sources: Sequence[Source], _report: Report, *, taken: Mapping[str, str]
) -> Reading:
    """What would be read, by its hashes alone. Of two pages at one URL the first counts."""
    reading = Reading(skipped=list(manifest.skipped))
    urls = dict(taken)
    others = set(taken.values())
    for page in manifest.pages:
        at = urls.setdefault(page.url, page.path)
        if at != page.path or page.path in others:
            reading.problems.append(f"{page.path}: {at} has the same path or URL, {page.url}, and counts.")
            continue
        reading.hashes[page.path] = page.content_hash
        reading.kept[page.path] = Listed(page.content_hash, page.source, page.url, page.version, page.locale)
    return reading


async def _sent(
    rt: Runtime,
    site: Site,
    upload: str,
    manifest: Manifest,
    sources: Sequence[Source],
    report: Report,
    *,
    taken: Mapping[str, str],
) -> Reading:
    """The pages that were sent, and of the others that they stay."""
    reading = await _listed(manifest, sources, report, taken=taken)
    sent = await rt.db.run(uploads.paths, site.id, upload_id=upload)
    content = await rt.db.run(
        uploads.pages, site.id, upload_id=upload, paths=sorted(sent & reading.hashes.keys())
    )
    reading.pages = await asyncio.to_thread(
        lambda: {path: wire.revive(stored) for path, stored in content.items()}
    )
    for path in reading.pages:
        del reading.kept[path]
    return reading


async def _wanted(rt: Runtime, target: Target, change: Change) -> Sequence[str]:
    """The pages that are needed; all of them where the lengths of sections have drifted so far that every
    page is to be written anew, which `run.index` does once it has them all."""
    if target.live is None or not target.continues or change.others:
        return run.needed(target, change)
    content = await rt.db.run(
        revisions.statistics, target.site.id, store_id=target.store.id, number=target.live.number
    )
    drifted = content is not None and (await asyncio.to_thread(Statistics.from_bytes, content)).drifted
    return tuple(change.hashes) if drifted else run.needed(target, change)


def _checked(manifest: Manifest, part: str, body: bytes) -> dict[str, bytes]:
    """The pages of a part as they are stored, by path."""
    if wire.name_of_part(body) != part:
        raise InputError("The part was damaged on its way.", fix="Send it again.")
    named = {page.path: page for page in manifest.pages}
    pages: dict[str, bytes] = {}
    for page in wire.unpack_part(body):
        entry = named.get(page.path)
        if entry is None or not _is_as_named(page, entry):
            raise InputError(
                f"{page.path[:200]} is not as the manifest says.",
                fix="Publish with the program of the server's version.",
            )
        pages[page.path] = wire.stored(page)
    return pages


def _is_as_named(page: Page, entry: wire.Entry) -> bool:
    told = (page.source, page.url, page.version, page.locale)
    return told == entry[2:] and chunking.content_hash(page) == entry.content_hash


@lru_cache(maxsize=4)
def _revived(stored: bytes) -> Manifest:
    """Each part of an upload asks for it."""
    return wire.unpack(stored)


def _unchanged(target: Target, change: Change) -> Summary:
    return Summary(
        revision=target.live.number if target.live else 0,
        published=False,
        added=0,
        changed=0,
        removed=0,
        unchanged=len(change.plan.unchanged),
        seconds=0.0,
        problems=(),
        skipped=change.skipped,
    )


def _gone(upload: str) -> UploadNotFound:
    return UploadNotFound(
        f"There is no upload {upload[:100]}; it may have been published or forgotten.",
        fix="Run `askdocs publish` again: it begins anew.",
    )
