"""However a publish ends, it leaves no lease for others to wait for and no chunk; readers see one edition."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from askdocs.db import revisions, sites
from askdocs.errors import Conflict, DatabaseUnavailable, DiskFull, PublishInProgress
from askdocs.index import publish, run
from askdocs.sources import open_source
from askdocs.types import Revision, Site, SourceSpec
from tests.fakes import qdrant
from tests.vectors.stored import stored
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

PAGES = 3
VECTOR_CALLS = ("ensure", "upsert", "close_documents", "undo", "count", "search", "flush", "sweep")


def edition(number: int) -> dict[str, str | None]:
    return {f"page{page}.md": f"# Page {page}\n\nEdition{number}e of page {page}." for page in range(PAGES)}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, index={"retention": 1}) as opened:
        opened.write(edition(0))
        await opened.index()
        opened.write(edition(1))
        yield opened


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[World]:
    """One whose leases run out soon, and so beat often."""
    async with open_world(tmp_path, index={"retention": 1, "lease_seconds": 3.0}) as opened:
        opened.write(edition(0))
        await opened.index()
        opened.write(edition(1))
        yield opened


async def listing(world: World) -> list[Revision]:
    store = await world.rt.db.run(sites.store, world.site.id)
    return await world.rt.db.run(revisions.listing, world.site.id, store_id=store.id)


async def is_held(world: World) -> bool:
    return "building" in {revision.state for revision in await listing(world)}


async def orphans(world: World) -> int:
    """Chunks that are not part of the live revision; none older is retained."""
    store = await world.rt.db.run(sites.store, world.site.id)
    return await stored(world.rt.vectors, publish.fingerprint(world.rt), store.id) - PAGES


async def sees(world: World, number: int) -> bool:
    return f"Edition{number}e" in await world.texts("edition of page 1")


class Steps:
    """Calls back at each call of a publish to the outside, before it begins or when it has been done."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, *, after: bool = False) -> None:
        self.after = after
        self.at: Callable[[str], Awaitable[None]] = self._pass
        database = self._stepping("database", world.rt.db.run)
        monkeypatch.setattr(world.rt.db, "run", database)
        for name in VECTOR_CALLS:
            monkeypatch.setattr(world.rt.vectors, name, self._stepping(name, getattr(world.rt.vectors, name)))
        embed = self._stepping("embed", world.embedder.embed_documents)
        monkeypatch.setattr(world.embedder, "embed_documents", embed)

    async def _pass(self, name: str) -> None:
        pass

    def _stepping(self, name: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def step(*arguments: Any, **keywords: Any) -> Any:
            called = f"{name} {getattr(arguments[0], '__name__', '')}" if name == "database" else name
            if not self.after:
                await self.at(called)
            result = await call(*arguments, **keywords)
            if self.after:
                await self.at(called)
            return result

        return step


@pytest.mark.parametrize("cancels", [1, 2], ids=["once", "twice"])
@pytest.mark.parametrize("after", [False, True], ids=["as a call begins", "when a call is done"])
async def test_publish_that_is_cancelled_at_any_step_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, after: bool, cancels: int
) -> None:
    await cancel_at_each_step(world, Steps(world, monkeypatch, after=after), times=cancels)


async def test_publish_on_servers_that_is_cancelled_at_any_step_leaves_nothing(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with qdrant.running(tmp_path / "qdrant") as shim:
        servers: dict[str, Any] = {"qdrant_url": shim.url, "database_url": postgres_url}
        async with open_world(tmp_path, index={"retention": 1}, **servers) as world:
            world.write(edition(1))
            await cancel_at_each_step(world, Steps(world, monkeypatch), times=1)


async def cancel_at_each_step(world: World, steps: Steps, *, times: int) -> None:
    """Cancel a publish at its first step, the next at its second, and so on until one ends by itself."""
    for last in itertools.count(1):
        assert (await world.index()).published
        assert await orphans(world) == 0
        world.write(edition(last + 1))
        before = await world.live()

        was_cancelled = await cancel_at(steps, last, asyncio.create_task(world.index()), times=times)
        await world.rt.tasks.close()

        assert not await is_held(world)
        is_published = await world.live() > before
        assert await sees(world, last + is_published)
        assert is_published or await orphans(world) == 0
        if not was_cancelled:
            break
        world.write(edition(last + 1))
        if is_published:
            world.write({"page0.md": f"# Page 0\n\nEdition{last + 1}e, once more."})
    assert last > 15


async def cancel_at(steps: Steps, last: int, publishing: asyncio.Task[Any], *, times: int) -> bool:
    """Cancel a publish at its step number `last`; whether it came so far."""
    numbers = itertools.count(1)
    was_cancelled = False

    async def step(_: str) -> None:
        nonlocal was_cancelled
        if next(numbers) == last:
            was_cancelled = True
            for _time in range(times):
                publishing.cancel()
                await asyncio.sleep(0)

    steps.at = step
    with suppress(asyncio.CancelledError):
        await publishing
    steps.at = steps._pass
    return was_cancelled


async def test_two_publishes_that_are_cancelled_together_both_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_world(tmp_path) as world:
        other = await another_world(world, tmp_path)
        for one in (world, other):
            one.write(edition(0))
        together = asyncio.Barrier(3)
        steps = Steps(world, monkeypatch, after=True)

        async def meet(name: str) -> None:
            if name == "upsert":
                await together.wait()

        steps.at = meet
        publishing = [asyncio.create_task(one.index()) for one in (world, other)]
        await together.wait()
        for task in publishing:
            task.cancel()

        _, running = await asyncio.wait(publishing, timeout=30)

        assert not running
        assert [await is_held(one) for one in (world, other)] == [False, False]


async def another_world(world: World, folder: Path) -> World:
    site: Site = await world.rt.db.run(sites.add, "other", origins=["https://other.test"])
    docs = folder / "other"
    docs.mkdir()
    embedder = world.embedder
    other = World(world.rt, site, docs)
    world.rt.embedder = other.embedder = embedder
    return other


async def test_runtime_that_closes_ends_its_publishes_first(tmp_path: Path) -> None:
    async with open_world(tmp_path) as world:
        world.write(edition(0))
        reached = asyncio.Event()
        flow = run.index(
            world.rt, world.site, [open_source(SourceSpec(world.docs))], report=lambda progress: reached.set()
        )
        publishing = world.rt.tasks.start(flow)
        await reached.wait()

    assert publishing.cancelled()
    async with open_world(tmp_path) as world:
        assert not await is_held(world)
        assert (await world.index()).published


async def test_rollback_during_a_publish_wins_and_the_next_publish_need_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_world(tmp_path) as world:
        for number in range(2):
            world.write(edition(number))
            await world.index()
        world.write(edition(2))
        steps = Steps(world, monkeypatch)

        async def roll_back(name: str) -> None:
            if name == "flush":
                steps.at = steps._pass
                await world.roll_back()

        steps.at = roll_back
        with pytest.raises(Conflict, match="made live while"):
            await world.index()

        assert not await is_held(world)
        assert await sees(world, 0)
        assert await world.roll_back(to=2) == 2, "rolling back deletes nothing"
        assert await sees(world, 1)
        assert (await world.index()).published
        assert await sees(world, 2)


@pytest.mark.parametrize(
    "broken", ["database renew", "database forget_after", "upsert", "embed", "flush", "database publish"]
)
async def test_full_disk_leaves_no_lease(world: World, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    steps = Steps(world, monkeypatch)

    async def be_full(name: str) -> None:
        if name == broken:
            raise DiskFull("The disk is full.")

    steps.at = be_full
    with pytest.raises(DiskFull):
        await world.index()
    steps.at = steps._pass

    assert not await is_held(world)
    assert await sees(world, 0)
    assert (await world.index()).published
    assert await orphans(world) == 0


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "back"])
async def test_clock_that_jumps_neither_frees_nor_prolongs_a_lease(
    impatient: World, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    world, reached, leave = impatient, asyncio.Event(), asyncio.Event()
    steps = Steps(world, monkeypatch)

    async def wait(name: str) -> None:
        if name == "embed":
            steps.at = steps._pass
            reached.set()
            await leave.wait()

    steps.at = wait
    publishing = asyncio.create_task(world.index())
    await reached.wait()
    now = world.rt.now
    world.rt.now = lambda: now() + jump

    with pytest.raises(PublishInProgress):
        await world.index()

    leave.set()
    assert (await publishing).published


async def test_publish_whose_lease_was_taken_over_stops_without_harm(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, reached = impatient, asyncio.Event()
    steps = Steps(world, monkeypatch)

    async def hang(name: str) -> None:
        if name == "embed":
            steps.at = steps._pass
            reached.set()
            await asyncio.Event().wait()

    steps.at = hang
    stuck = asyncio.create_task(world.index())
    await reached.wait()
    world.write(edition(2))

    summary = await run.index(
        world.rt, world.site, [open_source(SourceSpec(world.docs))], run.Options(take_over=True)
    )

    assert "revision 2, begun at" in summary.took_over
    assert "by process" in summary.took_over
    with pytest.raises(Conflict, match="another took over"):
        await stuck
    assert (await world.live(), await orphans(world)) == (3, 0)
    assert await sees(world, 2)


async def test_takeover_waits_for_what_the_former_publisher_is_writing(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, reached, leave = impatient, asyncio.Event(), asyncio.Event()
    steps = Steps(world, monkeypatch)

    async def write_slowly(name: str) -> None:
        if name == "upsert":
            steps.at = let_write
            reached.set()
            await leave.wait()

    async def let_write(name: str) -> None:
        if name == "database has_stopped":
            leave.set()

    steps.at = write_slowly
    slow = asyncio.create_task(world.index())
    await reached.wait()
    world.write(edition(2))

    await run.index(world.rt, world.site, [open_source(SourceSpec(world.docs))], run.Options(take_over=True))

    with pytest.raises(Conflict, match="another took over"):
        await slow
    assert await orphans(world) == 0
    assert await sees(world, 2)


async def test_nothing_is_said_of_a_takeover_where_nobody_published(world: World) -> None:
    summary = await run.index(
        world.rt, world.site, [open_source(SourceSpec(world.docs))], run.Options(take_over=True)
    )

    assert summary.took_over == ""


async def test_database_that_is_away_for_a_moment_does_not_end_a_publish(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, failed = impatient, asyncio.Event()
    steps = Steps(world, monkeypatch)

    async def lose_a_beat(name: str) -> None:
        if name == "embed":
            steps.at = be_away
            await failed.wait()

    async def be_away(name: str) -> None:
        if name == "database renew":
            steps.at = steps._pass
            failed.set()
            raise DatabaseUnavailable("Nobody answers.")

    steps.at = lose_a_beat

    assert (await world.index()).published


async def test_database_that_stays_away_ends_a_publish(
    impatient: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = impatient
    steps = Steps(world, monkeypatch)

    async def hang(name: str) -> None:
        if name == "embed":
            steps.at = be_away
            await asyncio.Event().wait()

    async def be_away(name: str) -> None:
        if name.startswith("database"):
            raise DatabaseUnavailable("Nobody answers.")

    steps.at = hang
    with pytest.raises(DatabaseUnavailable):
        await world.index()
    steps.at = steps._pass

    assert (
        await run.index(
            world.rt, world.site, [open_source(SourceSpec(world.docs))], run.Options(take_over=True)
        )
    ).published
    assert await orphans(world) == 0
