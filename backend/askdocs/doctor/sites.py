"""Looks at what is stored: the database, the vectors, and of one site its origins and its index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

from askdocs.config import NAME, Settings, SiteFile
from askdocs.control.lock import Owner
from askdocs.db import revisions, sites
from askdocs.doctor.findings import Finding, ok, warning, wrong
from askdocs.doctor.servers import allow
from askdocs.errors import AskdocsError
from askdocs.index.publish import fingerprint
from askdocs.runtime import Runtime, open_runtime
from askdocs.types import Revision, Site

_DAY = 86_400

_SKIPPED = 0.02
"""Share of a source's pages that may be left out without a warning: a handful of broken pages is usual, and
what is wrong with a whole folder shows."""

LOCAL = ("localhost", "127.0.0.1", "::1")


async def check_stored(
    settings: Settings, name: str, owner: Owner | None, file: SiteFile | None
) -> AsyncIterator[Finding | Site]:
    """Findings, and the site itself where there is one. `owner` is the server that has the vectors open,
    `file` what askdocs.yaml says."""
    try:
        async with open_runtime(settings) as rt:
            yield ok("database", f"{rt.db.dialect}, tables at {rt.db.current_migration()}.")
            yield await _vectors(rt, owner)
            site = await rt.db.run(sites.by_name, name)
            if site is None:
                known = ", ".join(one.name for one in await rt.db.run(sites.all_sites)) or "none"
                yield wrong(
                    "site",
                    f"There is no site named {name} (there is: {known}).",
                    "askdocs init, or --site NAME",
                )
                return
            yield ok("site", f"{site.name}, with the key {site.key}.")
            yield site
            for finding in (*_origins(site), *_differences(site, file)):
                yield finding
            async for finding in _index(rt, site):
                yield finding
    except AskdocsError as error:
        yield wrong("database", str(error), error.fix)


async def _vectors(rt: Runtime, owner: Owner | None) -> Finding:
    engine = rt.settings.vector_engine
    if owner is not None:
        return ok("vectors", f"The server (process {owner.pid}) has the embedded engine open.")
    try:
        await rt.vectors.ping()
    except AskdocsError as error:
        return wrong("vectors", str(error), error.fix)
    return ok(
        "vectors", "The embedded engine opens." if engine == "embedded" else "The Qdrant server answers."
    )


def _origins(site: Site) -> Iterator[Finding]:
    """The lists that are forgotten: production where somebody tried it out, localhost where somebody deployed
    it."""
    hosts = {urlsplit(origin).hostname or "" for origin in site.origins}
    if not hosts:
        yield wrong(
            "origins",
            "No page may ask this site, but those of the server itself.",
            allow(site.name, ("https://docs.example.com",)),
        )
    elif hosts <= set(LOCAL):
        yield warning(
            "origins",
            "Only pages on this machine may ask.",
            "Before readers come: " + allow(site.name, (*site.origins, "https://docs.example.com")),
        )
    else:
        yield ok("origins", f"{len(site.origins)} may ask: {', '.join(site.origins)}")


def _differences(site: Site, file: SiteFile | None) -> Iterator[Finding]:
    """Of the site as askdocs.yaml has it and as the database does, which is the one that counts."""
    if file is None or file.site != site.name:
        return
    if file.key and file.key != site.key:
        yield wrong(
            "site",
            f"{NAME} names the key {file.key}, but the site has {site.key}.",
            f"Put {site.key} into {NAME} and on the pages.",
        )
    lacking = [origin for origin in file.origins if origin not in site.origins]
    if lacking:
        yield wrong(
            "origins",
            f"{NAME} lists {', '.join(lacking)}, from where pages may not ask yet.",
            allow(site.name, (*site.origins, *lacking)),
        )


async def _index(rt: Runtime, site: Site) -> AsyncIterator[Finding]:
    store = await rt.db.run(sites.find_store, site.id)
    listing = await rt.db.run(revisions.listing, site.id, store_id=store.id) if store else []
    live = next((one for one in listing if store and one.number == store.live_revision), None)
    if live is None:
        yield wrong("index", "Nothing is published yet.", f"askdocs index SOURCE --site {site.name}")
        return
    yield _age(rt, live)
    yield _pages(live)
    if live.collection != fingerprint(rt):
        yield wrong(
            "embeddings",
            f"The index is embedded by {live.collection}, and questions would be by {fingerprint(rt)}.",
            f"Index anew, or set the embedding model back: askdocs index SOURCE --site {site.name}",
        )
    else:
        yield ok(
            "embeddings", f"Index and questions are embedded by {live.model} ({live.dimensions} dimensions)."
        )
    if listing[0].state == "failed" and listing[0].number > live.number:
        yield warning("index", f"The last run failed: {listing[0].error}", "askdocs revisions shows when.")


def _age(rt: Runtime, live: Revision) -> Finding:
    age = (rt.now() - live.published_at).total_seconds() if live.published_at else 0.0
    said = f"Revision {live.number} is live, {_shown(age)} old."
    if age > rt.settings.alert_thresholds.index_age:
        return warning("index", said, "Index after every deployment of the docs: askdocs index")
    return ok("index", said)


def _pages(live: Revision) -> Finding:
    skipped_pages = int(live.summary.get("skipped", 0))
    said = f"Pages: {live.pages:,}, chunks: {live.chunks:,}"
    if not skipped_pages:
        return ok("pages", f"{said}.")
    share = skipped_pages / (live.pages + skipped_pages)
    said = f"{said}, skipped: {skipped_pages:,} ({share:.1%})."
    if share > _SKIPPED:
        return warning("pages", said, "`askdocs index` says which, and why.")
    return ok("pages", said)


def _shown(seconds: float) -> str:
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} days"
