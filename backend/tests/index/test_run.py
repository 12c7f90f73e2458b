"""Publishing: what changes is written, nothing is visible before the switch, everything can be undone."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from askdocs.db import revisions, sites
from askdocs.errors import (
    Conflict,
    PagesSkipped,
    SourceError,
    SuspiciousShrinkage,
    VectorStoreUnavailable,
    VerificationFailed,
)
from askdocs.index import publish, run
from askdocs.sources import markdown, open_source
from askdocs.text.bm25 import Statistics
from askdocs.types import Scope, SourceSpec
from tests.vectors.stored import stored
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

PAGES = {
    "install.md": "# Install\n\nRun the installer.\n\n## On Debian {#debian}\n\nUse the package manager.",
    "cache.md": "# Cache\n\nAnswers are kept for an hour.",
    "keys.md": "# Keys\n\nRotate keys every month.",
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        opened.write(PAGES)
        yield opened
        assert await opened.leftovers() == 0


async def test_first_publish_makes_every_page_findable(world: World) -> None:
    summary = await world.index()

    assert (summary.revision, summary.added, summary.published) == (1, 3, True)
    best = (await world.hits("package manager on Debian"))[0].chunk
    assert (best.path, best.anchor, best.link) == ("install.md", "debian", "/install#debian")


async def test_one_changed_page_embeds_and_writes_one_page(world: World) -> None:
    await world.index()
    world.embedder.embedded.clear()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})

    summary = await world.index()

    assert (summary.changed, summary.unchanged, summary.chunks, summary.embedded) == (1, 2, 1, 1)
    assert len(world.embedder.embedded) == 1
    assert "for a day" in await world.texts("how long are answers kept")
    assert await world.leftovers() == 0


async def test_nothing_changed_publishes_nothing(world: World) -> None:
    await world.index()

    summary = await world.index()

    assert (summary.revision, summary.published, summary.unchanged) == (1, False, 3)
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    assert (await world.index()).revision == 2


async def test_rollback_shows_the_old_text_at_once_and_can_go_forward_again(world: World) -> None:
    await world.index()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    await world.index()

    assert await world.roll_back() == 1
    assert "for an hour" in await world.texts("how long are answers kept")
    assert await world.roll_back(to=2) == 2
    assert "for a day" in await world.texts("how long are answers kept")


async def test_publish_after_a_rollback_starts_from_what_is_live(world: World) -> None:
    await world.index()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day.", "new.md": "# New\n\nNovelty."})
    await world.index()
    await world.roll_back()
    world.write({"cache.md": PAGES["cache.md"], "new.md": None, "keys.md": "# Keys\n\nRotate keys daily."})

    summary = await world.index()

    assert (summary.revision, summary.changed, summary.added) == (3, 1, 0)
    assert "for an hour" in await world.texts("how long are answers kept")
    assert "Novelty" not in await world.texts("novelty")
    assert await world.leftovers() == 0
    with pytest.raises(Conflict, match="not published"):
        await world.roll_back(to=2)


async def test_removed_page_is_dropped_from_answers_and_from_statistics(world: World) -> None:
    await world.index()
    world.write({"keys.md": None})

    summary = await world.index()

    assert (summary.removed, summary.chunks) == (1, 0)
    assert "Rotate" not in await world.texts("rotate keys")
    store = await world.rt.db.run(sites.store, world.site.id)
    for number, known in ((1, True), (2, False)):
        stored = await world.rt.db.run(revisions.statistics, world.site.id, store_id=store.id, number=number)
        statistics = Statistics.from_bytes(stored or b"")
        assert ("rotat" in statistics.frequencies) is known


async def test_source_that_lost_most_pages_is_refused_unless_forced(world: World) -> None:
    await world.index()
    world.write({"keys.md": None, "install.md": None})

    with pytest.raises(SuspiciousShrinkage):
        await world.index()
    assert "Rotate" in await world.texts("rotate keys")

    assert (await world.index(force=True)).removed == 2


async def test_empty_folder_is_refused_and_the_live_revision_stays(world: World) -> None:
    await world.index()
    world.write(dict.fromkeys(PAGES, ""))

    with pytest.raises(SourceError, match="no page that can be indexed"):
        await world.index(force=True)
    assert "Rotate" in await world.texts("rotate keys")


async def test_failed_write_leaves_readers_where_they_were_and_no_chunk_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.index()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    with monkeypatch.context() as broken:

        async def refuse(*_: object, **__: object) -> None:
            raise VectorStoreUnavailable("The disk of the vector store is on fire.")

        broken.setattr(world.rt.vectors, "count", refuse)
        with pytest.raises(VectorStoreUnavailable):
            await world.index()

    assert "for an hour" in await world.texts("how long are answers kept")
    store = await world.rt.db.run(sites.store, world.site.id)
    collection = publish.fingerprint(world.rt)
    assert await stored(world.rt.vectors, collection, store.id) == 4
    assert (await world.index()).revision == 3


async def test_publish_that_could_not_be_undone_says_why_and_lets_the_next_undo_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.index()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    with monkeypatch.context() as broken:

        async def refuse(*_: object, **__: object) -> None:
            raise VectorStoreUnavailable("Nobody answers.")

        broken.setattr(world.rt.vectors, "undo", refuse)
        broken.setattr(publish, "_verify", refuse)
        with pytest.raises(VectorStoreUnavailable):
            await world.index()

    store = await world.rt.db.run(sites.store, world.site.id)
    failed = (await world.rt.db.run(revisions.listing, world.site.id, store_id=store.id))[0]
    assert (failed.state, failed.error) == ("failed", "Nobody answers.")
    assert (await world.index()).revision == 3
    assert await stored(world.rt.vectors, publish.fingerprint(world.rt), store.id) == 5


async def test_chunks_that_vanished_fail_the_verification(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = world.rt.vectors.count

    async def one_less(collection: str, scope: Scope) -> int:
        return await count(collection, scope) - 1

    monkeypatch.setattr(world.rt.vectors, "count", one_less)
    with pytest.raises(VerificationFailed, match="should hold 4 chunks, but 3"):
        await world.index()
    assert await world.live() == 0


async def test_another_embedding_model_rebuilds_in_a_collection_of_its_own(world: World) -> None:
    await world.index()
    first = publish.fingerprint(world.rt)
    world.embedder.model = "other-words"

    assert (await world.hits("rotate keys"))[0].chunk.path == "keys.md", (
        "by words alone, not by mixed vectors"
    )
    summary = await world.index()

    assert (summary.changed, summary.embedded) == (3, 4)
    assert publish.fingerprint(world.rt) != first
    assert (await world.hits("rotate keys"))[0].chunk.path == "keys.md"
    await world.roll_back()
    world.embedder.model = "words"
    assert (await world.hits("rotate keys"))[0].chunk.path == "keys.md"


async def test_lost_vectors_are_written_anew(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write(PAGES)
        await world.index()
    shutil.rmtree(tmp_path / "home" / "qdrant")

    async with open_world(tmp_path) as world:
        summary = await world.index()

        assert (summary.revision, summary.changed, summary.embedded) == (2, 3, 0)
        assert (await world.hits("rotate keys"))[0].chunk.path == "keys.md"


async def test_retention_sweeps_old_chunks(tmp_path: Path) -> None:
    async with open_world(tmp_path, index={"retention": 2}) as world:
        for hours in range(1, 6):
            world.write({"cache.md": f"# Cache\n\nKept for {hours} hours."})
            await world.index()

        store = await world.rt.db.run(sites.store, world.site.id)
        assert await stored(world.rt.vectors, publish.fingerprint(world.rt), store.id) == 2
        listing = await world.rt.db.run(revisions.listing, world.site.id, store_id=store.id)
        assert [revision.number for revision in listing] == [5, 4]


async def test_cancelled_publish_is_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.index()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    reached = asyncio.Event()
    close = world.rt.vectors.close_documents

    async def close_and_wait(*arguments: object, **keywords: object) -> None:
        await close(*arguments, **keywords)  # type: ignore[arg-type]  # handed on as they came
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as slow:
        slow.setattr(world.rt.vectors, "close_documents", close_and_wait)
        publishing = asyncio.create_task(world.index())
        await reached.wait()
        publishing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await publishing

    store = await world.rt.db.run(sites.store, world.site.id)
    stopped = (await world.rt.db.run(revisions.listing, world.site.id, store_id=store.id))[0]
    assert (stopped.state, stopped.error) == ("failed", "It was stopped before it was complete.")
    assert await world.leftovers() == 0
    assert "for an hour" in await world.texts("how long are answers kept")
    assert (await world.index()).published


async def test_two_sites_in_one_collection_never_see_each_other(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write(PAGES)
        await world.index()
        other = await world.rt.db.run(sites.add, "other", origins=["https://other.test"])
        folder = tmp_path / "other"
        folder.mkdir()
        (folder / "secret.md").write_text("# Secret\n\nRotate keys with the secret tool.")
        await run.index(world.rt, other, [open_source(SourceSpec(folder))])

        assert {hit.chunk.path for hit in await world.hits("secret tool rotate keys")} <= PAGES.keys()
        neighbour = World(world.rt, other, folder)
        assert {hit.chunk.path for hit in await neighbour.hits("rotate keys install cache")} == {"secret.md"}


class Parsed:
    """Counts the pages that are parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pages = 0
        real = markdown.parse_page

        def parse(*arguments: Any, **options: Any) -> Any:
            self.pages += 1
            return real(*arguments, **options)

        monkeypatch.setattr(markdown, "parse_page", parse)

    def take(self) -> int:
        pages, self.pages = self.pages, 0
        return pages


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Parsed:
    return Parsed(monkeypatch)


async def test_what_has_not_changed_is_not_parsed_again_and_told_alike(world: World, parsed: Parsed) -> None:
    world.write({"empty.md": "", "same.md": "---\nbad: [\n---\n# Same\n\nText."})
    first = await world.index()
    assert parsed.take() == 5

    again = await world.index()

    assert (parsed.take(), again.published, again.unchanged) == (0, False, 4)
    assert (again.problems, again.skipped) == (first.problems, first.skipped)
    assert first.skipped == 1
    with pytest.raises(PagesSkipped):
        await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs))], run.Options(strict=True))
    assert parsed.take() == 0
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    assert ((await world.index()).changed, parsed.take()) == (1, 5)


async def test_what_another_revision_was_read_from_is_parsed(world: World, parsed: Parsed) -> None:
    """The files are as the last run found them, and what is live is not."""
    await world.index()
    world.write({"cache.md": "# Cache\n\nAnswers are kept for a day."})
    await world.index()
    await world.roll_back()
    parsed.take()

    summary = await world.index()

    assert (parsed.take(), summary.changed) == (3, 1)
    assert "for a day" in await world.texts("how long are answers kept")


async def test_what_counts_otherwise_is_published_without_a_changed_file(
    world: World, parsed: Parsed
) -> None:
    await world.index()
    parsed.take()

    heavier = [open_source(SourceSpec(world.docs, weight=2))]
    summary = await run.index(world.rt, world.site, heavier)

    assert (parsed.take(), summary.published, summary.unchanged) == (3, True, 3)
    assert (await world.hits("package manager on Debian"))[0].chunk.path == "install.md"


async def test_source_beside_another_is_not_parsed_again_until_that_has_other_addresses(
    world: World, parsed: Parsed, tmp_path: Path
) -> None:
    blog = tmp_path / "blog"
    blog.mkdir()
    (blog / "news.md").write_text("# News\n\nA release.")

    async def publish_one(name: str, folder: Path) -> None:
        await run.index(world.rt, world.site, [open_source(SourceSpec(folder, name=name))])

    await publish_one("docs", world.docs)
    await publish_one("blog", blog)
    await publish_one("docs", world.docs)  # the blog's addresses are new to it
    parsed.take()

    await publish_one("docs", world.docs)
    await publish_one("blog", blog)

    assert parsed.take() == 0
    (blog / "later.md").write_text("# Later\n\nAnother release.")
    await publish_one("blog", blog)
    await publish_one("docs", world.docs)
    assert parsed.take() == 2 + 3
