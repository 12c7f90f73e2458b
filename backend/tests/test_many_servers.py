"""Several servers on one database, one Qdrant and one Redis: no reader ever sees a mix of revisions."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from askdocs.config import load
from askdocs.db import sites
from askdocs.index import rollback, run
from askdocs.runtime import LIVE_TTL, Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.types import Site, SourceSpec
from tests.fakes import gemini, qdrant
from tests.served import SITE, only, parts

pytestmark = pytest.mark.anyio

SERVERS = 3
READERS = 2
"""Readers of each server."""

PAGES = 12
QUESTIONS = [f"Which edition is part {part} of page {page}?" for page in range(PAGES) for part in range(3)]


@dataclass
class Seen:
    """What a reader was answered: by the server's own account from `revision`, with text of `editions`."""

    server: int
    revision: int
    editions: frozenset[int]


@dataclass
class Docs:
    """The docs of one site, each edition of which names itself in every sentence."""

    rt: Runtime
    site: Site
    folder: Path
    edition_of: dict[int, int] = field(default_factory=dict)
    """Edition by revision."""

    async def publish(self, edition: int) -> int:
        for page in range(PAGES):
            sentence = f"This is Edition{edition}e of part {{part}} on page {page}."
            body = "\n\n".join(f"## Part {part}\n\n{sentence.format(part=part)}" for part in range(3))
            (self.folder / f"page{page}.md").write_text(f"# Page {page}\n\n{body}\n")
        summary = await run.index(self.rt, self.site, [open_source(SourceSpec(self.folder))])
        self.edition_of[summary.revision] = edition
        return summary.revision

    async def roll_back(self, to: int) -> int:
        return (await rollback.roll_back(self.rt, self.site, to=to)).number


@pytest.fixture
async def shared(tmp_path: Path, postgres_url: str, redis_url: str) -> AsyncIterator[dict[str, str]]:
    """What the servers share, as environment variables."""
    async with qdrant.running(tmp_path / "qdrant") as vectors, gemini.running() as models:
        yield {
            "ASKDOCS_ENV": "test",
            "DATABASE_URL": postgres_url,
            "QDRANT_URL": vectors.url,
            "REDIS_URL": redis_url,
            "GEMINI_API_KEY": gemini.API_KEY,
            "GEMINI_BASE_URL": models.url,
            "ASKDOCS_INDEX__WITHDRAWAL_GRACE": str(LIVE_TTL + 1),
            "ASKDOCS_ANSWERS__PROVIDER": "extractive",
            "ASKDOCS_ANSWERS__MIN_CONFIDENCE": "0.1",
        }


@pytest.fixture
async def docs(
    shared: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Docs]:
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "docs").mkdir()
    async with open_runtime(load("test", home=tmp_path / "publisher")) as rt:
        site = await rt.db.run(sites.by_name, "docs")
        assert site is not None
        yield Docs(rt, site, tmp_path / "docs")


@asynccontextmanager
async def serving(home: Path, shared: Mapping[str, str], *options: str) -> AsyncIterator[tuple[str, int]]:
    """The URL and the process id of a server."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from askdocs.cli import main; main()", "serve", "--port", "0", *options),
        env={**os.environ, **shared, "ASKDOCS_HOME": str(home)},
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that its workers can be killed with it
    )
    assert process.stderr is not None
    draining = None
    try:
        async with asyncio.timeout(60):
            announced = (await process.stderr.readline()).decode()
            draining = asyncio.create_task(process.stderr.read())
            url = announced.split()[3]
            await until_ready(url)
        yield url, process.pid
        process.terminate()
        async with asyncio.timeout(30):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if draining is not None:
            await draining


async def until_ready(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(f"{url}/health/ready")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def ask(client: httpx.AsyncClient, question: str) -> tuple[int, frozenset[int]]:
    response = await client.post(f"{SITE}/chat", json={"question": question})
    found = parts(response.content)
    text = "".join(part["delta"] for part in found if part["type"] == "text-delta")
    editions = frozenset(int(number) for number in re.findall(r"Edition(\d+)e", text))
    return only(found, "data-answer")["data"]["release"]["revision"], editions


async def read(server: int, url: str, seen: list[Seen]) -> None:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        while True:
            for question in QUESTIONS:
                revision, editions = await ask(client, question)
                seen.append(Seen(server, revision, editions))


async def until_everywhere(seen: list[Seen], revision: int) -> None:
    """Wait until every server has answered from a revision; it has a stated time to notice the switch."""
    before = len(seen)
    async with asyncio.timeout(LIVE_TTL + 20):
        while {one.server for one in seen[before:] if one.revision == revision} != set(range(SERVERS)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_no_reader_of_three_servers_sees_a_mix_of_revisions(
    docs: Docs, shared: Mapping[str, str], tmp_path: Path
) -> None:
    seen: list[Seen] = []
    live = await docs.publish(0)
    async with AsyncExitStack() as stack:
        starting = [
            stack.enter_async_context(serving(tmp_path / f"home{number}", shared))
            for number in range(SERVERS)
        ]
        urls = [url for url, _ in [await server for server in starting]]
        group = await stack.enter_async_context(asyncio.TaskGroup())
        readers = [
            group.create_task(read(number, url, seen))
            for number, url in enumerate(urls)
            for _ in range(READERS)
        ]
        await until_everywhere(seen, live)
        for edition in range(1, 4):
            before, live = live, await docs.publish(edition)
            await until_everywhere(seen, live)
            if edition % 2:
                # The next publish withdraws what was live a moment ago, under the eyes of its readers.
                live = await docs.roll_back(before)
        for reader in readers:
            reader.cancel()

    mixed = [one for one in seen if one.editions != {docs.edition_of[one.revision]}]
    assert mixed == []
    assert len(seen) > 200
    assert {one.server for one in seen} == set(range(SERVERS))


async def test_workers_share_a_port_and_one_that_dies_is_replaced(
    docs: Docs, shared: Mapping[str, str], tmp_path: Path
) -> None:
    await docs.publish(1)
    async with (
        serving(tmp_path / "home", shared, "--workers", "2") as (url, pid),
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client,
    ):
        first = await workers(pid, 2)
        first[0].kill()
        await asyncio.to_thread(first[0].wait, 30)
        second = await workers(pid, 2)
        answers = [await ask(client, question) for question in QUESTIONS[:10]]

    assert first[0] not in second
    assert {editions for _, editions in answers} == {frozenset({1})}
    assert not any(worker.is_running() for worker in (*first, *second))


async def test_metrics_are_those_of_all_workers(
    docs: Docs, shared: Mapping[str, str], tmp_path: Path
) -> None:
    await docs.publish(1)
    async with serving(tmp_path / "home", shared, "--workers", "2") as (url, pid):
        served = await workers(pid, 2)
        for question in QUESTIONS[:12]:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
                await ask(client, question)  # on a connection of its own, which either worker may take
        scraped = {await answers_counted(url) for _ in range(8)}
        served[0].kill()
        await workers(pid, 2)
        scraped.add(await answers_counted(url))

    assert scraped == {12}


async def answers_counted(url: str) -> int:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        text = (await client.get("/metrics")).text
    return sum(int(float(found)) for found in re.findall(r"^askdocs_answers_total\{.*\} (.*)$", text, re.M))


async def workers(pid: int, count: int) -> list[psutil.Process]:
    """The serving processes below the one that supervises them, once there are so many."""
    async with asyncio.timeout(30):
        while True:
            found = [child for child in psutil.Process(pid).children() if is_worker(child)]
            if len(found) == count:
                return found
            await asyncio.sleep(0.05)


def is_worker(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return False


@pytest.mark.parametrize(
    ("given", "missing"), [({}, "Qdrant server"), ({"QDRANT_URL": "http://127.0.0.1:1"}, "PostgreSQL")]
)
async def test_workers_that_could_share_nothing_are_refused(
    tmp_path: Path, given: Mapping[str, str], missing: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from askdocs.cli import main; main()", "serve", "--port", "0", "--workers", "2"),
        env={**os.environ, **given, "ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(tmp_path)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()

    assert process.returncode == 2
    assert f"Several workers need {'a ' if missing[0] == 'Q' else ''}{missing}" in said.decode()
