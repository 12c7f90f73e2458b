"""Nothing is left of a site that was deleted, whatever comes in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from askdocs.answer import chat
from askdocs.cache.shared import answers_of
from askdocs.db import audit, feedback, pins, tables
from askdocs.db import sites as stored
from askdocs.db.database import Session
from askdocs.tenancy import api_keys, members, sites
from askdocs.types import Actor, Ask, Scope
from tests.answer.asking import finished
from tests.builders import PIN
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

ME = Actor("operator", "", "me")


@pytest.fixture
async def full(tmp_path: Path) -> AsyncIterator[World]:
    """A site with something in every table, beside another one that has the same."""
    async with open_world(tmp_path) as world:
        await fill(world)
        yield world


async def fill(world: World) -> None:
    world.write({f"page{number}.md": f"# Page {number}\n\nRotate keys every month." for number in range(5)})
    await world.index()
    rt, site_id = world.rt, world.site.id
    answered = finished([event async for event in chat.answer(rt, world.site, Ask("How do I rotate keys?"))])
    await rt.db.run(
        feedback.give,
        site_id,
        message_id=answered.message_id,
        vote="up",
        reason=None,
        comment="",
        now=rt.now(),
    )
    await rt.db.run(pins.add, site_id, content=PIN, now=rt.now())
    await api_keys.create(rt, world.site, name="CI", permissions=["read"], actor=ME)
    await members.put(rt, world.site, address="ada@example.com", role="owner", actor=ME)


async def rows(world: World, site_id: str) -> dict[str, int]:
    """How many rows each table has of a site, if any."""

    def count(db: Session) -> dict[str, int]:
        counted = {}
        for name, table in tables.Base.metadata.tables.items():
            column = table.c.id if name == "sites" else table.c.get("site_id")
            if column is not None:
                counted[name] = db.scalar(select(func.count()).select_from(table).where(column == site_id))
        return {name: number for name, number in counted.items() if number}

    return await world.rt.db.run(count)


async def chunks(world: World, site_id: str) -> int:
    total = 0
    for store_id, collections in await world.rt.db.run(stored.stores, site_id):
        for collection in collections:
            total += await world.rt.vectors.count(collection, Scope(store_id, 1, "", ""))
    return total


async def test_nothing_is_left_of_a_site_that_is_deleted(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sites, "_BATCH", 2)
    other = await full.rt.db.run(stored.add, "other", origins=[])
    beside = World(full.rt, other, full.docs)
    await fill(beside)
    before, chunks_before = await rows(full, other.id), await chunks(full, other.id)
    ((store_id, (collection,)),) = await full.rt.db.run(stored.stores, other.id)
    kept, kept_chunks = await rows(full, full.site.id), await chunks(full, full.site.id)
    for site_id in (other.id, full.site.id):
        await full.rt.cache.set(f"{answers_of(site_id)}question", b"answer", ttl=60)

    assert await sites.remove(full.rt, other, actor=ME)

    assert len(before) >= 9, before
    assert chunks_before > 0
    assert await rows(full, other.id) == {}
    assert await full.rt.cache.get(f"{answers_of(other.id)}question") is None
    assert await full.rt.cache.get(f"{answers_of(full.site.id)}question") == b"answer"
    assert await full.rt.vectors.count(collection, Scope(store_id, 1, "", "")) == 0
    assert (await rows(full, full.site.id), await chunks(full, full.site.id)) == (kept, kept_chunks)
    (told,) = await full.rt.db.run(audit.listing, None, limit=1)
    assert (told.action, told.subject, told.actor) == ("site.delete", "other", ME)


async def test_delete_that_was_cut_short_is_finished_by_the_sweep(full: World) -> None:
    other = await full.rt.db.run(stored.add, "other", origins=[], key="pk_other")
    await fill(World(full.rt, other, full.docs))
    await full.rt.db.run(stored.mark_removed, other.id, now=full.rt.now())

    gone = [
        await full.rt.db.run(stored.by_name, "other"),
        await full.rt.db.run(stored.by_key, "pk_other"),
    ]
    again = await full.rt.db.run(stored.add, "other", origins=[], key="pk_other")
    erased = await sites.erase_removed(full.rt)

    assert gone == [None, None]
    assert erased == 1
    assert await rows(full, other.id) == {}
    assert await full.rt.db.run(stored.by_name, "other") == again


async def test_what_a_publish_still_writes_is_erased_by_a_later_sweep(
    full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await full.rt.db.run(stored.add, "other", origins=[])
    beside = World(full.rt, other, full.docs)
    await fill(beside)
    held, go = asyncio.Event(), asyncio.Event()
    upsert = full.rt.vectors.upsert

    async def waiting(*given: Any) -> None:
        held.set()
        await go.wait()
        await upsert(*given)

    monkeypatch.setattr(full.rt.vectors, "upsert", waiting)
    beside.write({"late.md": "# Late\n\nIt comes late."})
    publishing = asyncio.create_task(beside.index())
    await held.wait()
    whole = await sites.remove(full.rt, other, actor=ME)
    go.set()
    ended = (await asyncio.gather(publishing, return_exceptions=True))[0]
    finished = await sites.erase_removed(full.rt)

    assert not whole
    assert isinstance(ended, Exception)
    assert finished == 1
    assert await rows(full, other.id) == {}
