"""Publishes what was read here to a server: says what it is, sends what is lacking, and has it published."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from askdocs import __version__
from askdocs.errors import PagesMissing, PublishInProgress, SourceError, UploadNotFound
from askdocs.index import manifest as wire
from askdocs.index import reading
from askdocs.index.manifest import Entry, Manifest, SentSource
from askdocs.index.progress import Progress, Report
from askdocs.index.reading import Reading
from askdocs.index.warnings import grouped
from askdocs.publishing.server import Cut, Server
from askdocs.sources import open_source
from askdocs.types import Source, SourceSpec

_ROUNDS = 4
"""How often it is begun anew when what is live changed meanwhile, or the connection broke at the end."""

_PAUSE = 3.0
"""Seconds for a server to undo a publish whose client it has lost."""


async def read(specs: Sequence[SourceSpec], *, strict: bool, report: Report) -> tuple[list[Source], Reading]:
    """Raises `SourceError`, and `PagesSkipped` if a page was left out although it is to be `strict`."""
    opened = await asyncio.to_thread(lambda: [open_source(spec) for spec in specs])
    found = await reading.read(opened, report, taken={})
    for path in [path for path, page in found.pages.items() if not _is_text(path + page.url)]:
        del found.pages[path], found.hashes[path]
        problem = f"{path!r}: its name is not in UTF-8, so it was left out."
        found.problems.append(problem)
        found.skipped.append(problem)
    if not found.pages:
        raise SourceError("There is no page that can be sent.", fix="Name the files in UTF-8.")
    if strict:
        reading.require_all(found)
    return opened, found


def described(
    sources: Sequence[Source], found: Reading, *, whole: bool, origins: Sequence[str] = ()
) -> Manifest:
    """Validated as the server will. Raises pydantic's `ValidationError`."""
    return Manifest(
        schema_number=wire.SCHEMA,
        program=f"askdocs/{__version__}",
        whole=whole,
        sources=[_sent(one) for one in sources],
        pages=[
            Entry(path, found.hashes[path], page.source, page.url, page.version, page.locale)
            for path, page in found.pages.items()
        ],
        skipped=[sentence[:2000] for sentence in found.skipped[:1000]],
        origins=list(origins),
    )


async def publish(
    server: Server,
    manifest: Manifest,
    found: Reading,
    options: Mapping[str, bool],
    *,
    report: Report,
) -> dict[str, Any]:
    """The summary of an index run. `options` are `dry_run`, `force` and `take_over`. Raises what the server
    refuses it with, and `Unavailable`."""
    packed = await asyncio.to_thread(wire.pack, manifest)
    was_cut = False
    for left in reversed(range(_ROUNDS)):
        try:
            summary = await _once(server, packed, found, options, report)
            break
        except (PagesMissing, UploadNotFound):
            if not left:
                raise
        except Cut:
            was_cut = True
            if not left:
                raise
            await asyncio.sleep(_PAUSE)
        except PublishInProgress:
            # It may be ours, which the server has not given up yet.
            if not was_cut or not left:
                raise
            await asyncio.sleep(_PAUSE)
    problems = [*grouped(found.problems), *summary["problems"]]
    return {**summary, "problems": problems, "skipped": len(found.skipped)}


async def _once(
    server: Server, packed: bytes, found: Reading, options: Mapping[str, bool], report: Report
) -> dict[str, Any]:
    begun = await server.begin(packed)
    if begun["unchanged"] is not None:
        paths: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
        return {**begun["unchanged"], "dry_run": options["dry_run"], "paths": paths}
    if not options["dry_run"]:
        lacking = [found.pages[path] for path in begun["lacking"]]
        sent = 0
        for paths_sent, body in wire.parts(lacking):
            await server.send(begun["upload"], wire.name_of_part(body), body)
            sent += len(paths_sent)
            report(Progress("send", sent, len(lacking)))
    summary: dict[str, Any] = {}
    async with aclosing(server.commit(begun["upload"], **options)) as events:
        async for event in events:
            if "result" in event:
                summary = event["result"]
            else:
                report(Progress(**event["progress"]))
    return summary


def _sent(source: Source) -> SentSource:
    spec = source.spec or SourceSpec(Path(source.location), kind=source.kind)
    return SentSource(
        spec=spec,
        location=source.location[:2000],
        default_version=source.default_version,
        default_locale=source.default_locale,
    )


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
