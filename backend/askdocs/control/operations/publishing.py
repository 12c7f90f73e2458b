"""Publishes, watched from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from askdocs.control.events import Event
from askdocs.control.lookup import find_site
from askdocs.control.reporting import reported
from askdocs.db import sites
from askdocs.index import run
from askdocs.runtime import Runtime
from askdocs.sources import open_source
from askdocs.tenancy import origins as tenant_origins
from askdocs.types import Site, SourceSpec


async def index(
    rt: Runtime,
    *,
    site: str,
    sources: Sequence[Mapping[str, Any]],
    whole: bool = False,
    key: str = "",
    origins: Sequence[str] = (),
    force: bool = False,
    strict: bool = False,
    take_over: bool = False,
    dry_run: bool = False,
) -> AsyncGenerator[Event]:
    """Events {"progress": {…}} and at the end {"result": summary}. Left early, the publish is undone.

    `sources` are the fields of their `SourceSpec`s. A site that is not there yet is made, or in a dry run
    thought of, if `origins` are given, with this `key`; of one that is there it is said which it lacks.

    Raises `Unavailable` when the process that publishes is stopped meanwhile.
    """
    found = await _site_with(rt, site, origins, key, dry_run=dry_run)
    lacking = tenant_origins.lacking(found, origins)
    specs = [SourceSpec.revive(fields) for fields in sources]
    opened = await asyncio.to_thread(lambda: [open_source(spec) for spec in specs])
    options = run.Options(whole=whole, force=force, strict=strict, take_over=take_over)
    flow = run.preview if dry_run else run.index
    publish = partial(flow, rt, found, opened, options)
    async with aclosing(reported(rt, lambda report: publish(report=report))) as events:
        async for event in events:
            if "result" in event and lacking:
                summary = event["result"]
                summary["problems"] = (*summary["problems"], _lacking(found, lacking))
            yield event


async def _site_with(rt: Runtime, name: str, origins: Sequence[str], key: str, *, dry_run: bool) -> Site:
    if not origins or await rt.db.run(sites.by_name, name) is not None:
        return await find_site(rt, name)
    if dry_run:
        return Site(id="", name=name, key=key, origins=tuple(origins), created_at=rt.now())
    return await rt.db.run(sites.add, name, origins=origins, key=key or None)


def _lacking(site: Site, origins: Sequence[str]) -> str:
    wanted = " ".join(f"--origin {origin}" for origin in (*site.origins, *origins))
    return (
        f"{site.name}: questions from {', '.join(origins)} are refused, since the site does not list "
        f"that origin. Run: askdocs site set-origins {site.name} {wanted}"
    )
