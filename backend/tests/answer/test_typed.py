"""What is typed finds sections before it is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.answer import typed
from askdocs.text.bm25 import Statistics
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

PAGES = {
    "keys.md": "# Keys\n\nKeys open doors.\n\n## Rotate keys\n\nThe rotation takes a minute.\n\n"
    "## Lose keys\n\nTell us which keys.\n\n## Copy keys\n\nKeys are copied at night.\n",
    "rollback.md": "# Roll back\n\nGo to an earlier revision.\n",
    "config.md": "# Configuration\n\nEach setting has a default. See keys too.\n",
}


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with open_world(tmp_path_factory.mktemp("typed")) as opened:
        opened.write(PAGES)
        await opened.index()
        yield opened


async def titles(world: World, words: str) -> list[str]:
    found = await search(world, words)
    return [" > ".join((one.chunk.title, *one.chunk.heading)) for one in found]


async def search(world: World, words: str, limit: int = 8) -> list[typed.Found]:
    return await typed.search(world.rt, world.site, words, limit=limit)


@pytest.mark.parametrize("words", ["rota", "rotat", "rotation", "rotate k", "rotate keys", "ROTA"])
async def test_section_is_found_by_the_beginning_of_its_words(world: World, words: str) -> None:
    assert (await titles(world, words))[0] == "Keys > Rotate keys"


@pytest.mark.parametrize("words", ["configurati", "confguration "])
async def test_word_that_outgrew_its_stem_or_is_misspelt_is_found(world: World, words: str) -> None:
    assert (await titles(world, words))[0] == "Configuration"


async def test_page_named_by_what_was_typed_comes_first(world: World) -> None:
    assert (await titles(world, "key"))[0] == "Keys"


async def test_a_page_leaves_room_for_others(world: World) -> None:
    found = await search(world, "keys")
    assert [one.chunk.path for one in found].count("keys.md") == 2
    assert "config.md" in [one.chunk.path for one in found]


async def test_words_are_marked_as_far_as_they_are_meant(world: World) -> None:
    excerpt = (await search(world, "earl"))[0].excerpt
    assert [excerpt.text[start:end] for start, end in excerpt.marks] == ["earlier"]


async def test_space_ends_a_word() -> None:
    statistics = Statistics(sections=2, frequencies={"key": 1, "keyboard": 1})
    unfinished = typed.read("key", statistics, "en")
    assert (set(unfinished.completions), unfinished.last) == ({"key", "keyboard"}, "key")
    assert typed.read("key ", statistics, "en") == typed.Words(("key",))


@pytest.mark.parametrize("words", ["", "   ", "?!", "the ", "xqzwv"])
async def test_nothing_is_searched_for_without_a_word_that_is_known(world: World, words: str) -> None:
    assert await search(world, words) == []


async def test_no_more_are_found_than_asked_for(world: World) -> None:
    assert len(await search(world, "keys", limit=1)) == 1


async def test_unpublished_site_has_nothing(tmp_path: Path) -> None:
    async with open_world(tmp_path) as empty:
        assert await search(empty, "keys") == []
