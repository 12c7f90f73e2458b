"""What slow readers cost: the server's memory, and what the others notice of them."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import orjson

from bench import corpus, load
from bench.chat import ChatsFailed
from bench.stage import Stage
from bench.table import Figure, Row

CHUNK, PACE = 2, 20.0

_RECEIVED = 4096
"""Bytes that a slow reader's socket takes in before it is full."""

_SIP, _PAUSE = 64, 0.5
"""A slow reader takes so many bytes, then waits so many seconds: slower than any modem was."""


@dataclass(frozen=True, slots=True)
class Scale:
    """So many streams, of which some are read slowly. Each says so many tokens."""

    streams: int
    slow: int
    tokens: int

    @property
    def group(self) -> str:
        seconds = self.tokens / PACE
        return (
            f"{self.streams} streams at once, {self.slow} of them read by 128 bytes a second; the model "
            f"takes {seconds:.0f} s for each"
        )


FULL = Scale(streams=200, slow=50, tokens=600)
QUICK = Scale(streams=40, slow=10, tokens=100)


@dataclass(slots=True)
class Seen:
    """Of the readers that are not slow: seconds to the first token, and the longest wait of each after it."""

    first_tokens: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


def measure(opened: Stage, scale: Scale) -> Iterator[Row]:
    program = opened.askdocs.program
    opened.script(tokens=scale.tokens, chunk=CHUNK, pace=PACE)
    questions = corpus.questions()
    with load.runner() as runner:
        runner.run(load.ask_once(opened.askdocs.target, next(questions)))
        before = program.megabytes()
        alone = runner.run(_read(opened, scale, questions, slow=0))
        mixed = runner.run(_read(opened, scale, questions, slow=scale.slow))
        after = program.megabytes()
    for name, with_slow, without in (
        ("the others: first token", mixed.first_tokens, alone.first_tokens),
        ("the others: longest gap of each", mixed.gaps, alone.gaps),
    ):
        ours, base = (Figure.of((value * 1000 for value in values), "ms") for values in (with_slow, without))
        yield Row(scale.group, name, ours, base, "without slow ones")
    ours, base = (Figure(max(seen.megabytes), "MB") for seen in (mixed, alone))
    note = f"{before:.0f} MB before both, {after:.0f} after"
    yield Row(scale.group, "resident memory at most", ours, base, "without slow ones", note)


async def _read(opened: Stage, scale: Scale, questions: Iterator[str], *, slow: int) -> Seen:
    """As many quick readers either way, with slow ones beside them or without."""
    seen, over = Seen(), asyncio.Event()
    watching = asyncio.create_task(_watch(opened, seen, over))
    async with asyncio.TaskGroup() as group:
        slow_ones = [group.create_task(_sip(opened, next(questions))) for _ in range(slow)]
        quick = [
            group.create_task(_take(opened, next(questions), seen)) for _ in range(scale.streams - scale.slow)
        ]
        await asyncio.wait(quick)
        for one in slow_ones:
            one.cancel()
    over.set()
    await watching
    return seen


async def _watch(opened: Stage, seen: Seen, over: asyncio.Event) -> None:
    while not over.is_set():
        seen.megabytes.append(opened.askdocs.program.megabytes())
        await asyncio.sleep(0.1)


async def _take(opened: Stage, question: str, seen: Seen) -> None:
    """Read an answer as fast as it comes."""
    asked = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", opened.askdocs.program.port)
    writer.write(_request(opened, question))
    begun, longest, text = 0.0, 0.0, b""
    while not text.endswith(b"0\r\n\r\n"):
        piece = await reader.read(65536)
        now = time.perf_counter()
        if not piece:
            raise ChatsFailed(f"A stream broke: {text[-300:]!r}")
        text = text[-200:] + piece
        if begun:
            longest, begun = max(longest, now - begun), now
        elif b'"type":"text-delta"' in text:
            seen.first_tokens.append(now - asked)
            begun = now
    if b'"type":"finish"' not in text:
        raise ChatsFailed(f"An answer broke off: {text[-300:]!r}")
    seen.gaps.append(longest)
    writer.close()


async def _sip(opened: Stage, question: str) -> None:
    """Read it by a few bytes at a time, until cancelled or cut."""
    loop = asyncio.get_running_loop()
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED)
        slow.setblocking(False)
        await loop.sock_connect(slow, ("127.0.0.1", opened.askdocs.program.port))
        await loop.sock_sendall(slow, _request(opened, question))
        try:
            while await loop.sock_recv(slow, _SIP):  # noqa: ASYNC110  it is slow on purpose
                await asyncio.sleep(_PAUSE)
        except OSError:
            return  # cut


def _request(opened: Stage, question: str) -> bytes:
    body = orjson.dumps({"question": question, "resumable": True})
    path = opened.askdocs.target.path
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
