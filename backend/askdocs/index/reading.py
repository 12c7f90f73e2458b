"""Reads the pages of a site's sources, which are published together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from askdocs.db.documents import Listed
from askdocs.errors import PagesMissing, PagesSkipped, SourceError
from askdocs.index.progress import Progress, Report
from askdocs.index.warnings import grouped
from askdocs.text import chunking
from askdocs.types import Page, Source

_READ_AHEAD = 32


@dataclass(slots=True)
class Reading:
    """All pages and their content hashes by path, and what was wrong: `skipped` are those of the `problems`
    that tell of pages which were left out. `kept` are pages of which no more is known: they were not read."""

    pages: dict[str, Page] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    kept: dict[str, Listed] = field(default_factory=dict)


async def read(sources: Sequence[Source], report: Report, *, taken: Mapping[str, str]) -> Reading:
    """Of two pages at one URL the first counts, as of two at one path. `taken` are the paths, by URL, of
    pages that come before all. Raises SourceError if a source has no page.

    Parsing takes the CPU, so it is done in a thread, some pages at a time."""
    reading = Reading()
    urls = dict(taken)
    for source in sources:
        before = len(reading.pages)
        while batch := await asyncio.to_thread(_next, source):
            for page, content_hash in batch:
                at = urls.setdefault(page.url, page.path)
                if page.path in reading.pages or at != page.path:
                    reading.problems.append(
                        f"{page.path}: {at} has the same path or URL, {page.url}, and counts."
                    )
                else:
                    reading.pages[page.path], reading.hashes[page.path] = page, content_hash
            expected = sum(max(one.total, 0) for one in sources)
            report(Progress("read", len(reading.pages), max(expected, len(reading.pages))))
        if len(reading.pages) == before:
            raise SourceError(
                f"{source.location} holds no page that can be indexed.",
                fix="Check the path" + (": " + " ".join(source.problems[:3]) if source.problems else "."),
            )
        _collect(source, reading)
    return reading


def require_all(reading: Reading) -> None:
    """Raises PagesSkipped if a page was left out that was meant to be read."""
    if reading.skipped:
        raise PagesSkipped(
            f"{len(reading.skipped)} pages were skipped, so nothing was published. "
            + " ".join(grouped(reading.skipped)),
            fix="Mend the pages, leave them out with --exclude, or publish without --strict.",
        )


def require_pages(reading: Reading, paths: Iterable[str]) -> None:
    """Raises PagesMissing unless all of these were read."""
    missing = sum(path not in reading.pages for path in paths)
    if missing:
        raise PagesMissing(
            f"{missing} pages that the publish needs were not sent: what is live may have changed meanwhile.",
            fix="Run the command again; it sends what is missing.",
        )


def _next(source: Source) -> list[tuple[Page, str]]:
    return [(page, chunking.content_hash(page)) for page in islice(source.pages, _READ_AHEAD)]


def _collect(source: Source, reading: Reading) -> None:
    before = f"{source.name}:" if source.name else ""
    skipped = frozenset(source.skipped)
    for problem in source.problems:
        reading.problems.append(before + problem)
        if problem.partition(": ")[0] in skipped:
            reading.skipped.append(before + problem)
