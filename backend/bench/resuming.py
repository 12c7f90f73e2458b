"""What it costs that a reader can resume an answer: CPU of its stream, and memory while it is given."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any

from askdocs.api import stream
from askdocs.observability.metrics import Metrics
from askdocs.streams.registry import Streams
from askdocs.streams.shared import SharedStreams
from askdocs.tasks import Tasks
from askdocs.types import Answered, AnswerEvent, AnswerText, Started
from bench import corpus, load
from bench.stage import TOKENS
from bench.table import Figure, Row
from tests import services

GROUP = f"the stream alone of {TOKENS} tokens that can be resumed, over one that cannot"

_STARTED = Started("m1", "a token")
_ANSWERED = Answered("m1", "a token", "answered", "model", 0.9, (), {})


@dataclass(frozen=True, slots=True)
class Scale:
    """`chats`, `readers` at once, of each kind in each of the `rounds`; and how many are held when memory is
    read."""

    chats: int
    readers: int
    rounds: int
    held: int


FULL = Scale(chats=500, readers=50, rounds=5, held=500)
QUICK = Scale(chats=200, readers=50, rounds=2, held=50)


def measure(scale: Scale) -> Iterator[Row]:
    with services.redis_server() as redis, load.runner() as runner:
        for chunk in (1, 10):
            pieces = _pieces(chunk)
            plain, here, shared = runner.run(_compare(pieces, scale, redis.url))
            yield Row(GROUP, f"chunks of {chunk}, in the process: CPU", here, plain, "cannot")
            yield Row(GROUP, f"chunks of {chunk}, with Redis: CPU", shared, plain, "cannot")
            yield Row(
                GROUP,
                f"chunks of {chunk}: memory beyond its connection",
                runner.run(_remember(pieces, scale)),
            )


def _pieces(chunk: int) -> list[str]:
    words = corpus.answer(TOKENS).split(" ")
    return [" ".join(words[at : at + chunk]) + " " for at in range(0, len(words), chunk)]


async def _compare(pieces: list[str], scale: Scale, url: str) -> list[Figure]:
    """Microseconds of a stream that cannot be resumed, that can, and that can by way of Redis."""
    shared = SharedStreams(url, Metrics())
    kinds = (None, Streams(Tasks(), grace=60), Streams(Tasks(), grace=60, shared=shared))
    spent = [0.0 for _ in kinds]
    for number in range(scale.rounds + 1):
        for kind, streams in enumerate(kinds):
            began = time.process_time()
            left = iter(range(scale.chats))
            async with asyncio.TaskGroup() as group:
                for reader in range(scale.readers):
                    group.create_task(_read(pieces, streams, left, f"{number}-{reader}"))
            if number:  # the first round warms up
                spent[kind] += time.process_time() - began
    await shared.close()
    return [Figure(each * 1e6 / scale.rounds / scale.chats, "µs") for each in spent]


async def _read(pieces: list[str], streams: Streams | None, left: Iterator[int], owner: str) -> None:
    for number in left:
        await _respond(_events(pieces), streams, f"{owner}-{number}")


async def _respond(events: AsyncGenerator[AnswerEvent], streams: Streams | None, owner: str) -> None:
    chunks = stream.encoded(await anext(events), events)
    opening = await anext(chunks)
    if streams is None:
        response = stream.EventStream(chunks, opening=opening)
    else:
        response = stream.EventStream(streams.hold(owner, "m1", chunks, opening=opening).follow())
    await response({"type": "http"}, _stay, _send)


async def _events(pieces: list[str], hold: asyncio.Event | None = None) -> AsyncGenerator[AnswerEvent]:
    yield _STARTED
    for piece in pieces:
        await asyncio.sleep(0)
        yield AnswerText(piece)
    if hold is not None:
        await hold.wait()
    yield _ANSWERED


async def _stay() -> dict[str, Any]:
    await asyncio.Event().wait()
    return {}


async def _send(message: object) -> None:
    await asyncio.sleep(0)


async def _remember(pieces: list[str], scale: Scale) -> Figure:
    """Of a stream whose answer is given, over one that cannot be resumed."""
    taken = []
    for streams in (None, Streams(Tasks(), grace=60)):
        hold = asyncio.Event()
        tracemalloc.start()
        async with asyncio.TaskGroup() as group:
            for number in range(scale.held):
                group.create_task(_respond(_events(pieces, hold), streams, str(number)))
            for _ in range(4 * len(pieces) + 20):
                await asyncio.sleep(0)
            taken.append(tracemalloc.get_traced_memory()[0])
            hold.set()
        tracemalloc.stop()
    return Figure((taken[1] - taken[0]) / scale.held / 1024, "kB")
