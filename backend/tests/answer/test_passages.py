"""Sections come whole where they are short, and what stands beside them fills the room that is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from askdocs.answer import retrieve
from askdocs.answer.retrieve import Retrieval
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

FILLER = "Other words that nobody asks for stand here in great number and fill the page. " * 5
GUIDE = f"""# Guide

Before all else, this is an introduction.

## Tokens

A token is what a reader shows.

{FILLER}

{FILLER}

Rotate tokens with `askdocs rotate --all` every month.

## Limits

Requests are counted.

## Far away

Nothing near.
"""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as opened:
        opened.write(
            {"guide.md": GUIDE, "other.md": "# Other\n\nTokens of another kind, and of another page."}
        )
        await opened.index()
        yield opened


async def search(world: World, *, limit: int = 1, room: int = 0) -> Retrieval:
    return await retrieve.search(world.rt, world.site, "rotate tokens monthly", limit=limit, room=room)


def headings(found: Retrieval) -> tuple[list[str], list[str]]:
    return tuple([hit.chunk.breadcrumb for hit in hits] for hits in (found.hits, found.beside))  # type: ignore[return-value]


async def test_passage_has_the_chunks_of_its_section_that_were_not_found(world: World) -> None:
    found = await search(world)

    assert found.hits[0].chunk.text.startswith("A token is what a reader shows.")
    assert found.hits[0].chunk.text.endswith("every month.")


async def test_sections_next_to_a_passage_follow_then_further_ones(world: World) -> None:
    found = await search(world, room=10_000)

    passages, beside = headings(found)
    assert passages == ["Guide > Tokens"]
    assert beside[:2] == ["Guide > Limits", "Guide"]
    assert set(beside[2:]) == {"Other", "Guide > Far away"}


async def test_no_section_comes_twice(world: World) -> None:
    passages, beside = headings(await search(world, limit=3, room=10_000))

    assert len(passages) == 3
    assert len({*passages, *beside}) == len(passages) + len(beside) == 5


async def test_what_is_beside_the_passages_ends_where_the_room_does(world: World) -> None:
    alone = await search(world)
    size = len(alone.hits[0].chunk.breadcrumb + alone.hits[0].chunk.text)
    limits = len("Guide > Limits" + "Requests are counted.")

    assert headings(await search(world, room=size + limits))[1] == ["Guide > Limits"]
    assert headings(await search(world, room=size + limits - 1))[1] == []
    assert alone.beside == ()


async def test_long_section_beside_a_passage_is_cut_after_whole_chunks(world: World) -> None:
    world.write(
        {"guide.md": GUIDE.replace("Requests are counted.", f"Counted.\n\n{FILLER}\n\n{FILLER}\n\n{FILLER}")}
    )
    await world.index()

    [limits, *_] = (await search(world, room=10_000)).beside

    assert limits.chunk.text == f"Counted.\n\n{FILLER.strip()}\n\n{FILLER.strip()}"
