"""A publisher killed at any moment changes nothing for readers, and the next publish clears up after it."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from asyncio import StreamReader
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from askdocs.db import sites
from askdocs.errors import PublishInProgress
from askdocs.index.publish import fingerprint
from tests.fakes import qdrant
from tests.vectors.stored import stored
from tests.warm import Commands
from tests.worlds import World, open_world

pytestmark = pytest.mark.anyio

KILLS = 5
STEPS = 2
"""Each kill falls after one of so many lines of a publisher: together they go all along its ten."""

PAGES = 60
INDEX = {"lease_seconds": 0.3, "retention": 1}


def edition(number: int) -> dict[str, str | None]:
    """Every page of the docs, told apart by edition; long enough that a publish takes several writes."""
    parts = "\n\n".join(f"## Part {part}\n\nEdition{number}e of part {part}." for part in range(10))
    return {f"page{page}.md": f"# Page {page}\n\nEdition{number}e.\n\n{parts}" for page in range(PAGES)}


@asynccontextmanager
async def publisher(python: Path, folder: Path, environment: dict[str, str]) -> AsyncIterator[StreamReader]:
    """What a publisher prints, which is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        python,
        *("-m", "tests.publisher", str(folder)),
        stdout=PIPE,
        stderr=DEVNULL,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    publishing = int(await process.stdout.readline())  # a fork, for which `process` stands
    try:
        yield process.stdout
    finally:
        with suppress(ProcessLookupError):
            os.kill(publishing, signal.SIGKILL)
        await process.wait()


async def kill_somewhere(
    python: Path, folder: Path, environment: dict[str, str], number: int, chance: random.Random
) -> None:
    """Start a publish and kill -9 it a moment after a step, a later one with each number."""
    async with publisher(python, folder, environment) as printed:
        for _ in range(number * STEPS + chance.randrange(STEPS)):
            await printed.readline()
        await asyncio.sleep(chance.random() * 0.05)


async def editions(world: World) -> set[int]:
    """The editions that readers see now."""
    texts = [await world.texts(question) for question in ("edition of part 3 on page 7", "page 41")]
    return {int(number) for number in re.findall(r"Edition(\d+)e", "".join(texts))}


async def publish(world: World) -> None:
    """Publish once the killed publisher's lease has run out."""
    while True:
        with suppress(PublishInProgress):
            await world.index()
            return
        await asyncio.sleep(0.05)


async def orphans(world: World) -> int:
    """Chunks of the store that are not part of its live revision; none older is retained."""
    store = await world.rt.db.run(sites.store, world.site.id)
    total = await stored(world.rt.vectors, fingerprint(world.rt), store.id)
    return total - PAGES * 11


async def test_embedded_engine_survives_kills(tmp_path: Path, warmed: Commands) -> None:
    chance = random.Random(1)
    async with open_world(tmp_path, index=INDEX) as world:
        world.write(edition(0))
        await world.index()
    interrupted = 0
    for number in range(KILLS):
        write(tmp_path, number + 1)
        await kill_somewhere(warmed.python, tmp_path, {}, number, chance)
        async with open_world(tmp_path, index=INDEX) as world:
            before = await world.live()
            published = await editions(world) == {number + 1}
            assert await editions(world) == {number + published}
            await publish(world)
            assert (await world.live() == before) is published
            assert await editions(world) == {number + 1}
            assert await orphans(world) == 0
        interrupted += not published
    assert interrupted >= KILLS // 2


async def test_readers_of_a_server_see_the_old_revision_throughout_kills(
    tmp_path: Path, postgres_url: str, warmed: Commands
) -> None:
    chance = random.Random(2)
    async with qdrant.running(tmp_path / "qdrant") as shim:
        where: dict[str, Any] = {"qdrant_url": shim.url, "database_url": postgres_url}
        environment = {name.upper(): value for name, value in where.items()}
        environment["ASKDOCS_VECTORS__GRPC_PORT"] = str(shim.grpc_port)
        async with open_world(tmp_path, index=INDEX, vectors={"grpc_port": shim.grpc_port}, **where) as world:
            world.write(edition(0))
            await world.index()
            for number in range(KILLS):
                world.write(edition(number + 1))
                live = await world.live()
                killing = asyncio.create_task(
                    kill_somewhere(warmed.python, tmp_path, environment, number, chance)
                )
                while not killing.done():
                    seen = await editions(world)
                    assert seen == {number} or await world.live() > live
                await killing
                await publish(world)
                assert await editions(world) == {number + 1}
                assert await orphans(world) == 0


def write(folder: Path, number: int) -> None:
    for path, text in edition(number).items():
        (folder / "docs" / path).write_text(text or "")
