"""A stream in one process: everybody who may reads all of it, nobody holds it up, and it always ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from askdocs.streams import held
from askdocs.streams.held import BROKE, RESTARTING, STOPPED, TOO_LATE, Held, StreamBroke
from askdocs.streams.registry import KEPT, Streams, owner_of
from askdocs.tasks import Tasks
from tests.served import until
from tests.streams.produced import Produced

pytestmark = pytest.mark.anyio

ME = owner_of("site", "my token")
STRANGER = owner_of("site", "another token")


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    tasks = Tasks()
    yield tasks
    await tasks.close()


@pytest.fixture
def streams(tasks: Tasks) -> Streams:
    return Streams(tasks, grace=30)


async def hold(streams: Streams, produced: Produced, *, stream: str = "m1", chat: str = "") -> Held:
    return streams.hold(ME, stream, await produced.begun(), opening=b"<", chat=chat)


async def read(streams: Streams, name: str = "m1", owner: str = ME) -> bytes | None:
    """All that is found under the name."""
    found = await streams.find(owner, name)
    return None if found is None else b"".join([piece async for piece in found])


async def test_every_reader_gets_all_whenever_it_comes(streams: Streams) -> None:
    produced = Produced()
    await hold(streams, produced)
    first = asyncio.create_task(read(streams))
    produced.say(b"a", b"b")
    await asyncio.sleep(0)
    second = asyncio.create_task(read(streams))
    produced.say(b"c")
    produced.finish()
    assert await first == await second == b"<abc>"
    assert await read(streams) == b"<abc>"


async def test_chat_names_its_newest_answer_while_that_is_given(streams: Streams) -> None:
    older, newer = Produced(), Produced()
    await hold(streams, older, stream="m1", chat="chat")
    held = await hold(streams, newer, stream="m2", chat="chat")
    older.say(b"old")
    newer.say(b"new")
    older.finish()
    reading = asyncio.create_task(read(streams, "chat"))
    await asyncio.sleep(0)
    newer.finish()
    assert await reading == b"<new>"
    await asyncio.wait([held.task])
    assert await read(streams, "chat") is None
    assert await read(streams, "m1") == b"<old>"


async def test_nobody_else_finds_or_stops_a_stream(streams: Streams) -> None:
    produced = Produced()
    held = await hold(streams, produced, chat="chat")
    for name in ("m1", "chat", "m2"):
        assert await read(streams, name, STRANGER) is None
        await streams.stop(STRANGER, name)
    await streams.erase(STRANGER)
    assert not held.ended


async def test_ended_stream_is_kept_for_a_while_only(streams: Streams) -> None:
    produced = Produced()
    held = await hold(streams, produced)
    produced.finish()
    await asyncio.wait([held.task])
    assert await read(streams) == b"<>"
    streams._ended.expire(time.monotonic() + KEPT + 1)
    assert await read(streams) is None


async def test_stream_nobody_reads_is_stopped(tasks: Tasks) -> None:
    streams, produced = Streams(tasks, grace=0.02), Produced()
    held = await hold(streams, produced)
    async with aclosing(held.follow()) as reading:
        assert await anext(reading) == b"<"
        await asyncio.sleep(0.05)
        assert not held.ended
    await until(lambda: held.ended)
    assert produced.closed
    assert held.broke == BROKE


async def test_reader_who_comes_back_in_time_finds_it_running(tasks: Tasks) -> None:
    streams, produced = Streams(tasks, grace=0.1), Produced()
    held = await hold(streams, produced)
    async with aclosing(held.follow()) as reading:
        await anext(reading)
    again = asyncio.create_task(read(streams))
    await asyncio.sleep(0.15)
    produced.finish()
    assert await again == b"<>"


async def test_stop_ends_it_for_all(streams: Streams) -> None:
    produced = Produced()
    held = await hold(streams, produced, chat="chat")
    readers = [asyncio.create_task(read(streams)) for _ in range(2)]
    await asyncio.sleep(0)
    await streams.stop(ME, "chat")
    await streams.stop(ME, "chat")
    assert produced.closed
    assert held.broke == STOPPED
    for reader in readers:
        with pytest.raises(StreamBroke, match=STOPPED):
            await reader


async def test_erased_stream_is_gone_even_if_it_was_stopped_before(streams: Streams) -> None:
    ended, running, stopped = Produced(), Produced(), Produced()
    first = await hold(streams, ended)
    await hold(streams, running, stream="m2")
    (await hold(streams, stopped, stream="m3")).stop(STOPPED)
    ended.finish()
    await asyncio.wait([first.task])
    await streams.erase(ME)
    assert running.closed
    assert stopped.closed
    assert [await read(streams, name) for name in ("m1", "m2", "m3")] == [None, None, None]


async def test_stop_before_the_first_step_leaves_nothing_open(streams: Streams) -> None:
    produced = Produced()
    held = await hold(streams, produced)
    held.stop(STOPPED)
    await until(lambda: produced.closed)
    with pytest.raises(StreamBroke, match=STOPPED):
        await read(streams)


async def test_what_breaks_it_is_said_to_readers_in_other_words(streams: Streams) -> None:
    produced = Produced()
    await hold(streams, produced)
    produced.say(RuntimeError("secret internals"))
    with pytest.raises(StreamBroke, match=BROKE):
        await read(streams)


async def test_slow_reader_holds_up_nobody_and_no_memory(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST_BYTES", 1000)
    produced = Produced()
    stream = await hold(streams, produced)
    slow, quick = stream.follow(), stream.follow()
    assert await anext(slow) == await anext(quick) == b"<"
    seen = 0
    for _ in range(50):
        produced.say(b"x" * 100)
        seen += len(await anext(quick))
    assert seen == 5000
    assert len(stream._kept) <= 1000
    with pytest.raises(StreamBroke, match=TOO_LATE):
        await anext(slow)
    produced.finish()
    assert await anext(quick) == b">"
    await quick.aclose()
    assert await read(streams) is None


async def test_end_of_the_process_ends_fifty_at_once(tasks: Tasks, streams: Streams) -> None:
    produced = [Produced() for _ in range(50)]
    held = [await hold(streams, each, stream=str(number)) for number, each in enumerate(produced)]
    await asyncio.sleep(0)
    streams.stop_all()
    streams.stop_all()
    assert await tasks.close()
    assert all(each.closed for each in produced)
    assert {each.broke for each in held} == {RESTARTING}
