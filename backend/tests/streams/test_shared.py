"""Streams over Redis: another process reads, stops and erases them; neither Redis nor a producer that dies
leaves a reader without an end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis as sync_redis
from redis.asyncio import Redis

from askdocs.errors import CacheUnavailable
from askdocs.observability.metrics import Metrics
from askdocs.streams import held, shared
from askdocs.streams.held import BROKE, ERASED, STOPPED, Held, StreamBroke
from askdocs.streams.registry import Streams, owner_of
from askdocs.streams.shared import SharedStreams
from askdocs.tasks import Tasks
from tests import services
from tests.served import until
from tests.streams.produced import Produced

pytestmark = pytest.mark.anyio

ME = owner_of("site", "my token")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"_BATCH": 0.01, "_BEAT": 0.1, "_ALIVE": 0.6, "_LOOK": 0.01, "_LOST": 0.3}.items():
        monkeypatch.setattr(shared, name, seconds)


@asynccontextmanager
async def process(url: str, *, grace: float = 30.0) -> AsyncIterator[Streams]:
    """What a process has of streams."""
    tasks, copies = Tasks(), SharedStreams(url, Metrics())
    copies._breaker._rest = 0.0
    try:
        yield Streams(tasks, grace=grace, shared=copies)
    finally:
        await tasks.close()
        await copies.close()


@pytest.fixture
async def url(redis_url: str) -> AsyncIterator[str]:
    """An empty Redis."""
    yield redis_url
    client = Redis.from_url(redis_url)
    await client.flushall()
    await client.aclose()


@pytest.fixture
async def here(url: str) -> AsyncIterator[Streams]:
    async with process(url) as streams:
        yield streams


@pytest.fixture
async def there(url: str) -> AsyncIterator[Streams]:
    async with process(url) as streams:
        yield streams


async def hold(streams: Streams, produced: Produced, *, stream: str = "m1", chat: str = "") -> Held:
    return streams.hold(ME, stream, await produced.begun(), opening=b"<", chat=chat)


async def find(streams: Streams, name: str = "m1") -> AsyncGenerator[bytes]:
    """What is found under the name, once something is."""
    async with asyncio.timeout(10):
        while True:
            if found := await streams.find(ME, name):
                return found
            await asyncio.sleep(0.01)


async def read(streams: Streams, name: str = "m1") -> bytes:
    async with asyncio.timeout(10):
        return b"".join([piece async for piece in await find(streams, name)])


async def read_elsewhere(streams: Streams, name: str = "m1") -> asyncio.Task[bytes]:
    """A reader who has begun."""
    found = await find(streams, name)
    first = await anext(found)

    async def go_on() -> bytes:
        async with asyncio.timeout(10):
            return first + b"".join([piece async for piece in found])

    return asyncio.create_task(go_on())


async def keys(url: str) -> set[str]:
    client = Redis.from_url(url)
    found = await client.keys("askdocs:stream:*")
    await client.aclose()
    return {key if isinstance(key, str) else key.decode() for key in found}


async def test_other_process_reads_all_whenever_it_comes(here: Streams, there: Streams) -> None:
    produced = Produced()
    await hold(here, produced, chat="chat")
    produced.say(b"a" * 100_000, b"b")
    readers = [await read_elsewhere(there, name) for name in ("m1", "chat", "m1")]
    produced.say(b"c")
    produced.finish()
    whole = b"<" + b"a" * 100_000 + b"bc>"
    assert [await reader for reader in readers] == [whole] * 3
    assert await read(there) == whole
    assert await there.find(ME, "chat") is None
    assert await there.find(owner_of("site", "another token"), "m1") is None


async def test_nothing_stays_in_redis_for_ever(here: Streams, there: Streams, url: str) -> None:
    produced = Produced()
    await hold(here, produced)
    reader = await read_elsewhere(there)
    client = Redis.from_url(url)
    running = [await client.pttl(key) for key in await keys(url)]
    produced.finish()
    await reader
    ended = [await client.pttl(key) for key in await keys(url)]
    await client.aclose()
    assert len(running) == 4
    assert all(0 < left <= 180_000 for left in running)
    assert all(0 < left <= 180_000 for left in ended)


async def test_other_process_stops_it(here: Streams, there: Streams) -> None:
    produced = Produced()
    held = await hold(here, produced, chat="chat")
    reader = await read_elsewhere(there)
    await there.stop(ME, "chat")
    with pytest.raises(StreamBroke, match=STOPPED):
        await reader
    assert produced.closed
    assert held.broke == STOPPED


async def test_erased_conversation_leaves_nothing(here: Streams, there: Streams, url: str) -> None:
    ended, running = Produced(), Produced()
    await hold(here, ended)
    ended.finish()
    held = await hold(here, running, stream="m2", chat="chat")
    reader = await read_elsewhere(there, "m2")
    await read(there)
    running.say(b"a secret")
    await there.erase(ME)
    running.say(b"another")
    await until(lambda: held.ended)
    assert held.broke == ERASED
    with pytest.raises(StreamBroke):
        await reader
    await until(lambda: not here._shared._mirrors)  # type: ignore[union-attr]
    client = Redis.from_url(url)
    left = [key for key in await keys(url) if not key.endswith(":state")]
    assert [name for key in left for name in await client.hkeys(key)] == []
    await client.aclose()
    assert await there.find(ME, "m1") is await there.find(ME, "m2") is None


async def test_erasing_where_it_runs_leaves_nothing(here: Streams, there: Streams, url: str) -> None:
    produced = Produced()
    await hold(here, produced)
    produced.say(b"a secret")
    await asyncio.sleep(0.05)
    produced.say(b"another")
    await here.erase(ME)
    await until(lambda: not here._shared._mirrors)  # type: ignore[union-attr]
    assert await keys(url) == set()


async def test_reader_elsewhere_counts_as_a_reader(url: str, there: Streams) -> None:
    async with process(url, grace=0.4) as here:
        produced = Produced()
        held = await hold(here, produced)
        reader = await read_elsewhere(there)
        await asyncio.sleep(0.9)
        assert not held.ended
        produced.finish()
        assert await reader == b"<>"


async def test_stream_that_is_too_long_to_keep_is_taken_away(
    here: Streams, there: Streams, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST_BYTES", 1000)
    produced = Produced()
    stream = await hold(here, produced)
    reader = await read_elsewhere(there)
    produced.say(*[b"x" * 100] * 50)
    with pytest.raises(StreamBroke):
        await reader
    produced.finish()
    await until(lambda: stream.ended)
    assert stream.broke == ""
    assert not [key for key in await keys(url) if key.endswith("m1")]


async def test_redis_that_dies_hurts_nobody_who_reads_where_it_runs() -> None:
    port = services.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    program = [services._redis_program(), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]

    def start() -> subprocess.Popen[bytes]:
        started = subprocess.Popen(program, stdout=subprocess.DEVNULL)
        with sync_redis.Redis(port=port) as client:
            while True:
                try:
                    client.ping()
                except sync_redis.RedisError:
                    continue
                return started

    server = await asyncio.to_thread(start)
    try:
        async with process(url) as here, process(url) as there:
            produced = Produced()
            await hold(here, produced)
            local, remote = asyncio.create_task(read(here)), await read_elsewhere(there)
            server.kill()
            server.wait()
            produced.say(b"a")
            with pytest.raises(StreamBroke, match=BROKE):
                await remote
            with pytest.raises(CacheUnavailable):
                await there.find(ME, "m1")
            await here.erase(owner_of("site", "another token"))
            server = await asyncio.to_thread(start)
            produced.say(b"b")
            # An empty Redis gets it from the beginning.
            again = await read_elsewhere(there)
            produced.finish()
            assert await local == await again == b"<ab>"
    finally:
        server.kill()
        server.wait()


PRODUCER = """
import asyncio, sys
from askdocs.observability.metrics import Metrics
from askdocs.streams import shared
from askdocs.streams.registry import Streams, owner_of
from askdocs.tasks import Tasks
from tests.streams.produced import Produced

async def main():
    shared._ALIVE = 0.6
    produced = Produced()
    streams = Streams(Tasks(), grace=60, shared=shared.SharedStreams(sys.argv[1], Metrics()))
    streams.hold(owner_of("site", "my token"), "m1", await produced.begun(), opening=b"<", chat="chat")
    produced.say(b"half")
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_reader_of_a_process_that_is_killed_is_told(there: Streams, url: str) -> None:
    producer = await asyncio.create_subprocess_exec(sys.executable, "-c", PRODUCER, url)
    try:
        reader = await read_elsewhere(there, "chat")
        producer.kill()
        with pytest.raises(StreamBroke, match=BROKE):
            await reader
        # Whoever comes later hears the same, after what there was.
        late = await find(there, "chat")
        assert await anext(late) == b"<half"
        with pytest.raises(StreamBroke, match=BROKE):
            await anext(late)
    finally:
        if producer.returncode is None:
            await producer.wait()
