"""What makes a restored state whole, and what proves that it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from askdocs.answer import retrieve
from askdocs.backups.manifest import Manifest, Store
from askdocs.control.lookup import find_site
from askdocs.db import contents, revisions, sites
from askdocs.db.contents import Contents
from askdocs.errors import AskdocsError, VerificationFailed
from askdocs.index import run
from askdocs.index.run import Options
from askdocs.runtime import Runtime
from askdocs.sources import open_source
from askdocs.types import Revision, Scope, Site, SourceSpec

_CANARIES = 3
"""Pages whose titles are asked for in turn, until one is found: not every title says what its page says."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked of a restored site, and the best page for it."""

    site: str
    question: str
    page: str


def require_rows(made: Manifest, found: Contents) -> None:
    """Raises `VerificationFailed` if the database does not hold what the manifest counts."""
    wrong = [
        f"{table} has {found.rows.get(table, 0)} rows, not {rows}"
        for table, rows in made.database.rows.items()
        if found.rows.get(table, 0) != rows
    ]
    if wrong:
        raise VerificationFailed(f"The database was not restored whole: {'; '.join(wrong)}.")


async def settle(rt: Runtime, made: Manifest, names: Mapping[str, str]) -> None:
    """Make the database and the vectors one state: without builds that were under way and without what was
    written to the vectors after the dump. `names` are the collections' new names."""
    await rt.db.run(contents.rename_collections, names)
    for store in made.stores:
        oldest, newest = _kept(store)
        await rt.db.run(contents.keep_whole, store.id, oldest=oldest, newest=newest)
        for collection in made.vectors.files if made.vectors else ():
            await rt.vectors.undo(names[collection], store.id, live=newest)
            await rt.vectors.sweep(names[collection], store.id, oldest=oldest)
    for collection in names.values():
        await rt.vectors.flush(collection)


async def require_points(rt: Runtime, made: Manifest, names: Mapping[str, str]) -> None:
    """Raises `VerificationFailed` unless each live revision has the chunks that the backup counted."""
    for store in made.stores:
        if not store.live or store.points is None or store.collection not in names:
            continue
        found = await rt.vectors.count(names[store.collection], Scope(store.id, store.live))
        if found != store.points:
            raise VerificationFailed(
                f"Revision {store.live} of {store.site} has {found} chunks, not {store.points}."
            )


async def ask(rt: Runtime, made: Manifest, question: str | None) -> list[Asked]:
    """Ask each site that has a live revision; the titles of some of its pages unless there is a question.

    Raises `VerificationFailed` if nothing is found, or something that the database does not know.
    """
    asked = []
    for store in made.stores:
        if not store.live:
            continue
        site = await find_site(rt, store.site)
        live = (await rt.db.run(sites.store, site.id)).live_revision or 0
        pages = await rt.db.run(contents.titles, store.id, revision=live)
        wanted = [question] if question else [title for _, title in pages[:_CANARIES]]
        asked.append(await _ask_one(rt, site, wanted, known={path for path, _ in pages}))
    return asked


async def index_again(rt: Runtime, made: Manifest) -> dict[str, str]:
    """Publish every site anew from the source that its live revision names; the database has the embeddings.

    Earlier revisions, which have no chunks any more, are forgotten. Returns why not, by site.
    """
    failed: dict[str, str] = {}
    for store in made.stores:
        if not store.live:
            continue
        site = await find_site(rt, store.site)
        live = await rt.db.run(revisions.live, site.id, store_id=store.id)
        assert live is not None  # noqa: S101  the manifest says that there is one
        try:
            pages = dict(await rt.db.run(contents.addresses, store.id, revision=live.number))
            sources = [open_source(spec) for spec in _specs(live, pages)]
            await run.index(rt, site, sources, Options(whole=True))
            await rt.db.run(revisions.sweep, site.id, store_id=store.id, keep=1)
        except AskdocsError as error:
            failed[store.site] = str(error)
    return failed


def _kept(store: Store) -> tuple[int, int]:
    return (store.published[0], store.published[-1]) if store.published else (0, 0)


async def _ask_one(rt: Runtime, site: Site, questions: Sequence[str], *, known: set[str]) -> Asked:
    for question in questions:
        found = await retrieve.search(rt, site, question)
        if not found.hits:
            continue
        best = found.hits[0].chunk
        if best.path not in known:
            raise VerificationFailed(
                f"{site.name} answers from {best.path}, which the database does not know."
            )
        return Asked(site.name, question, best.path)
    raise VerificationFailed(
        f"{site.name} finds nothing for {questions[0]!r}." if questions else f"{site.name} has no pages."
    )


def _specs(live: Revision, addresses: Mapping[str, str]) -> list[SourceSpec]:
    """The sources that a revision was read from; one that says where they were, not how they were read, is
    from a program that read a folder and asked for its base URL alone."""
    if live.sources:
        return [one.spec for one in live.sources]
    source = Path(live.source)
    return [SourceSpec(source, base_url=_base_url(source, addresses))]


def _base_url(source: Path, addresses: Mapping[str, str]) -> str:
    """What stood before the pages' addresses when the source was published, which no revision says."""
    for page in islice(open_source(SourceSpec(source)).pages, 100):
        before = addresses.get(page.path, "")
        if before.endswith(page.url):
            return before.removesuffix(page.url)
    return ""
