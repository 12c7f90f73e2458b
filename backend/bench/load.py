"""Readers who ask, as many at once as wanted, over plain sockets: the load must cost little itself.

Each reader keeps a connection, asks, takes the stream in, and asks the next question.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson
import uvloop

_LONGEST_MARK = 64
_END_OF_BODY = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask. `first` marks the first token in a stream, `last` stands in every stream that is whole."""

    port: int
    path: str
    first: bytes
    last: bytes


@dataclass(slots=True)
class Outcome:
    """`first_tokens` is seconds from question to first token; `started` when each of them was asked."""

    started: list[float] = field(default_factory=list)
    first_tokens: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def chats(self) -> int:
        return len(self.first_tokens)

    def after(self, moment: float) -> list[float]:
        """The times to first token of what was asked after that moment."""
        pairs = zip(self.started, self.first_tokens, strict=True)
        return [seconds for started, seconds in pairs if started >= moment]


def runner() -> asyncio.Runner:
    """Runs what is here on the loop that costs least."""
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def ask(
    target: Target, questions: Iterator[str], *, readers: int, seconds: float, stagger: float = 0.0
) -> Outcome:
    """Let readers ask for so long, and then finish. They come one after another within `stagger` seconds."""
    outcome = Outcome()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(readers):
            group.create_task(
                _read_on(
                    target,
                    questions,
                    outcome,
                    begin=began + stagger * number / readers,
                    end=began + seconds,
                )
            )
    outcome.seconds = time.perf_counter() - began
    return outcome


async def ask_all(targets: Sequence[Target], questions: Iterator[str], *, readers: int) -> Outcome:
    """Ask all of the questions, each once, by readers who are spread over the targets."""
    outcome = Outcome()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(readers):
            target = targets[number % len(targets)]
            group.create_task(_read_on(target, questions, outcome, begin=began, end=math.inf))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def ask_once(target: Target, question: str) -> Outcome:
    return await ask(target, iter([question]), readers=1, seconds=0.0)


async def _read_on(
    target: Target, questions: Iterator[str], outcome: Outcome, *, begin: float, end: float
) -> None:
    await asyncio.sleep(max(0.0, begin - time.perf_counter()))
    reader = await _connect(target)
    try:
        while (question := next(questions, None)) is not None:
            asked = time.perf_counter()
            failure = await reader.ask(question)
            if failure:
                outcome.failures.append(failure)
            else:
                outcome.started.append(asked)
                outcome.first_tokens.append(reader.first_at - asked)
            if time.perf_counter() >= end:
                return
            if reader.closed:
                reader = await _connect(target)
    finally:
        reader.close()


async def _connect(target: Target) -> _Reader:
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(lambda: _Reader(target), "127.0.0.1", target.port)
    return reader


class _Reader(asyncio.Protocol):
    """One connection. `ask` returns what is wrong with the answer, "" if nothing is."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._head = (
            f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._transport: asyncio.Transport | None = None
        self._done: asyncio.Future[str] | None = None
        self._tail = b""
        self._whole = False
        self.first_at = 0.0
        self.closed = False

    async def ask(self, question: str) -> str:
        assert self._transport is not None
        body = orjson.dumps({"question": question})
        self._done = asyncio.get_running_loop().create_future()
        self._tail, self._whole, self.first_at = b"", False, 0.0
        self._transport.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        return await self._done

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        seen = self._tail + data
        if not self.first_at and self._target.first in seen:
            self.first_at = time.perf_counter()
        self._whole = self._whole or self._target.last in seen
        self._tail = seen[-_LONGEST_MARK:] if self.first_at else seen
        if seen.endswith(_END_OF_BODY) or not (self.first_at or seen.startswith(b"HTTP/1.1 200")):
            self._finish("" if self.first_at and self._whole else seen.decode(errors="replace")[-500:])

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._finish("the connection was closed")

    def _finish(self, failure: str) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(failure)
