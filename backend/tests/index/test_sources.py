"""Several sources of a site are published together, or one of them without touching the others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from askdocs.db import revisions, sites, tables
from askdocs.db.database import Session
from askdocs.errors import Conflict, InputError, PagesSkipped, SuspiciousShrinkage
from askdocs.index import run
from askdocs.index.run import Options, Summary
from askdocs.sources import open_source
from askdocs.types import Revision, SourceSpec
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

DOCS = {
    "docs/cache.md": "# Cache\n\nAnswers are kept for an hour.",
    "docs/keys.md": "# Keys\n\nRotate keys every month.",
}
BLOG = {"blog/cache.md": "# New cache\n\nWe wrote a cache."}


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    url = request.getfixturevalue(f"{request.param}_url")
    async with open_world(tmp_path, database_url=url) as opened:
        opened.write({**DOCS, **BLOG})
        yield opened
        assert await opened.leftovers() == 0


async def publish(
    world: World, *names: str, options: Options | None = None, specs: Mapping[str, Any] | None = None
) -> Summary:
    """The folders of these names, a source each; "" is that of all without a name."""
    given = [
        SourceSpec(world.docs / name, name=name, base_url=f"/{name}" if name else "", **(specs or {}))
        for name in names
    ]
    return await run.index(world.rt, world.site, [open_source(spec) for spec in given], options or Options())


async def live(world: World) -> Revision:
    store = await world.rt.db.run(sites.store, world.site.id)
    found = await world.rt.db.run(revisions.live, world.site.id, store_id=store.id)
    assert found is not None
    return found


async def found(world: World, question: str) -> set[str]:
    return {hit.chunk.path for hit in await world.hits(question)}


async def test_sources_become_one_revision_in_which_equal_paths_are_apart(world: World) -> None:
    summary = await publish(world, "docs", "blog", options=Options(whole=True))

    assert (summary.revision, summary.added) == (1, 3)
    assert {"docs:cache.md", "blog:cache.md"} <= await found(world, "cache")
    revision = await live(world)
    assert [one.spec.name for one in revision.sources] == ["docs", "blog"]
    assert [one.spec.kind for one in revision.sources] == ["markdown", "markdown"]
    assert revision.pages == 3


async def test_one_source_is_published_without_touching_the_others(world: World) -> None:
    await publish(world, "docs", "blog", options=Options(whole=True))
    world.embedder.embedded.clear()
    world.write({"blog/cache.md": "# New cache\n\nThe cache got faster.", "docs/cache.md": None})

    summary = await publish(world, "blog")

    assert (summary.changed, summary.removed, summary.unchanged) == (1, 0, 0)
    assert len(world.embedder.embedded) == 1
    assert "got faster" in await world.texts("cache faster")
    assert "kept for an hour" in await world.texts("how long are answers kept")
    revision = await live(world)
    assert revision.pages == 3
    assert [one.spec.name for one in revision.sources] == ["docs", "blog"]


async def test_a_further_source_joins_those_that_are_there(world: World) -> None:
    await publish(world, "docs")

    assert (await publish(world, "blog")).added == 1

    assert {"docs:cache.md", "blog:cache.md"} <= await found(world, "cache")


async def test_other_docs_without_a_name_are_refused_with_advice(world: World) -> None:
    await publish(world, "docs")
    with pytest.raises(InputError, match=r"The site's sources have names \(docs\)") as unnamed:
        await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs / "blog"))])
    assert "--name docs" in unnamed.value.fix


async def test_second_folder_does_not_take_the_place_of_the_first(world: World) -> None:
    await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs / "docs"))])
    world.write({"other/a.md": "# Other\n\nOther docs.", "other/b.md": "# More\n\nMore docs."})

    with pytest.raises(SuspiciousShrinkage, match="2 of 2 published pages are missing") as refused:
        await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs / "other"))])

    assert "--name NAME" in refused.value.fix
    await publish(world, "other")
    assert {"cache.md", "other:a.md"} <= await found(world, "docs of the cache and other docs")


async def test_source_that_is_named_no_more_goes_only_if_it_is_meant(world: World) -> None:
    await publish(world, "docs", "blog", options=Options(whole=True))

    with pytest.raises(SuspiciousShrinkage, match="The source blog is published with 1 pages"):
        await publish(world, "docs", options=Options(whole=True))
    assert (await live(world)).pages == 3

    assert (await publish(world, "docs", options=Options(whole=True, force=True))).removed == 1
    assert [one.spec.name for one in (await live(world)).sources] == ["docs"]
    assert "blog:cache.md" not in await found(world, "cache")


async def test_broken_build_of_one_source_is_told_from_the_others(world: World) -> None:
    world.write({f"docs/{n}.md": f"# Page {n}\n\nText {n}." for n in range(10)})
    world.write({f"blog/{n}.md": f"# Post {n}\n\nNews {n}." for n in range(2)})
    await publish(world, "docs", "blog", options=Options(whole=True))
    world.write({"blog/0.md": None, "blog/1.md": None})

    with pytest.raises(SuspiciousShrinkage, match="2 of 3 published pages are missing from the source blog"):
        await publish(world, "docs", "blog", options=Options(whole=True))


async def test_rollback_brings_sources_and_weights_back(world: World) -> None:
    await publish(world, "docs", "blog", options=Options(whole=True))
    summary = await publish(world, "blog", specs={"weight": 0.5})

    assert (summary.published, summary.chunks, summary.unchanged) == (True, 0, 1)
    assert [one.spec.weight for one in (await live(world)).sources] == [1.0, 0.5]
    assert not (await publish(world, "blog", specs={"weight": 0.5})).published
    await world.roll_back()
    assert [one.spec.weight for one in (await live(world)).sources] == [1.0, 1.0]


async def test_weight_moves_what_crowds_out_the_docs(world: World) -> None:
    world.write({"docs/cache.md": "# Cache\n\nA cache of answers is kept for an hour."})
    await publish(world, "docs", "blog", options=Options(whole=True))
    before = await world.hits("we wrote a cache")

    await publish(world, "blog", specs={"weight": 0.1})
    after = await world.hits("we wrote a cache")

    assert (before[0].chunk.path, after[0].chunk.path) == ("blog:cache.md", "docs:cache.md")
    lost = {hit.chunk.path: hit.score for hit in after}["blog:cache.md"] / before[0].score
    assert lost == pytest.approx(0.1)


async def test_versions_and_locales_are_those_of_all_sources(world: World) -> None:
    await publish(world, "docs", specs={"version": "2", "locale": "en"})
    await publish(world, "blog", specs={"version": "1"})

    revision = await live(world)
    assert (revision.versions, revision.default_version) == (("1", "2"), "2")
    assert (revision.locales, revision.default_locale) == (("en",), "en")


async def test_page_at_the_address_of_another_source_is_told_and_left_out(world: World) -> None:
    await publish(world, "docs")
    same = SourceSpec(world.docs / "blog", name="blog", base_url="/docs")
    world.write({"blog/news.md": "# News\n\nNews."})

    summary = await run.index(world.rt, world.site, [open_source(same)])

    assert summary.added == 1
    assert summary.problems == (
        "blog:cache.md: docs:cache.md has the same path or URL, /docs/cache, and counts.",
    )


async def test_one_source_alone_is_refused_when_all_must_be_embedded_anew(world: World) -> None:
    await publish(world, "docs", "blog", options=Options(whole=True))
    world.embedder.model = "other words"

    with pytest.raises(Conflict, match=r"all sources must be published together.*\(docs\)"):
        await publish(world, "blog")

    assert (await publish(world, "docs", "blog", options=Options(whole=True))).changed == 3


async def test_strict_run_publishes_nothing_if_a_page_is_skipped(world: World) -> None:
    world.write({"docs/empty.md": "", "docs/odd.md": "# Odd\n\nText."})
    (world.docs / "docs" / "odd.md").write_bytes(b"# Odd\n\nT\xffxt.")

    with pytest.raises(PagesSkipped, match=r"1 pages were skipped.*docs:empty\.md: the page holds no text"):
        await publish(world, "docs", options=Options(strict=True))

    assert await world.live() == 0
    (world.docs / "docs" / "empty.md").unlink()
    assert (await publish(world, "docs", options=Options(strict=True))).published


async def test_preview_says_what_would_change_and_changes_nothing(world: World) -> None:
    await publish(world, "docs", "blog", options=Options(whole=True))
    world.write(
        {"docs/cache.md": "# Cache\n\nChanged.", "docs/new.md": "# New\n\nNew.", "docs/keys.md": None}
    )
    opened = [open_source(SourceSpec(world.docs / "docs", name="docs", base_url="/docs"))]

    told = await run.preview(world.rt, world.site, opened)

    assert (told.dry_run, told.published, told.revision) == (True, False, 1)
    assert told.paths == {
        "added": ("docs:new.md",),
        "changed": ("docs:cache.md",),
        "removed": ("docs:keys.md",),
    }
    assert await world.live() == 1
    assert "kept for an hour" in await world.texts("how long are answers kept")


async def test_revision_of_a_program_that_knew_one_source_is_continued(world: World) -> None:
    await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs / "docs"))])

    def forget(db: Session) -> None:
        for row in db.query(tables.Revision):
            row.sources = None

    await world.rt.db.run(forget)

    again = await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs / "docs"))])
    assert (again.published, again.unchanged) == (False, 2)
    assert (await publish(world, "blog")).added == 1
    assert [one.spec.name for one in (await live(world)).sources] == ["", "blog"]


async def test_two_sources_of_one_name_are_refused(world: World) -> None:
    with pytest.raises(InputError, match="Two sources are named docs"):
        await publish(world, "docs", "docs")
