"""Connections that send, or take, nothing or next to nothing are not held for ever."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from askdocs.db import messages
from askdocs.types import ModelStop, ModelText, Prompt
from tests.served import SITE, Served, parts, said, serve, until

pytestmark = pytest.mark.anyio

POST = f"POST {SITE}/chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n".encode()
QUESTION = b'{"question": "How do I rotate keys?"}'


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    times = {"receive_timeout": 0.6, "send_timeout": 0.6}
    async with serve(tmp_path_factory.mktemp("protocol"), server=times, answers={"cache_ttl": 0}) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        yield opened


LOST = b"lost"


class Dripping:
    """A client that sends `first`, then `drop` again and again until the server closes the connection."""

    def __init__(self, first: bytes, drop: bytes = b"") -> None:
        self.first, self.drop = first, drop

    async def run(self, port: int) -> bytes:
        """What the server said until it closed. It may be lost when the client went on sending then."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(self.first)
        dripping = asyncio.create_task(self._drip(writer))
        try:
            async with asyncio.timeout(20):
                return await reader.read()
        except ConnectionResetError:
            return LOST
        finally:
            dripping.cancel()
            writer.close()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        while self.drop:
            writer.write(self.drop)
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"\r\n", b"\r\n"),
        (b"GET /hea", b""),
        (POST, b"x-a: b\r\n"),
        (POST + b"content-length: 1000\r\n\r\n", b" "),
        (POST + b"content-length: 1000\r\n\r\n" + QUESTION, b""),
        (POST + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (POST + b"expect: 100-continue\r\ncontent-length: 10\r\n\r\n", b""),
    ],
    ids=["lines", "line", "headers", "body", "rest", "chunks", "continue"],
)
async def test_request_that_does_not_arrive_is_given_up(served: Served, first: bytes, drop: bytes) -> None:
    said = await Dripping(first, drop).run(served.port)
    assert b"HTTP/1.1 408 Request Timeout\r\n" in said or (drop and said == LOST)


async def test_connection_that_was_opened_in_advance_is_closed_without_a_word(served: Served) -> None:
    assert await Dripping(b"").run(served.port) == b""


async def test_next_request_of_a_connection_must_arrive_too(served: Served) -> None:
    first = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
    said = await Dripping(first + b"GET /hea").run(served.port)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"HTTP/1.1 408 Request Timeout\r\n" in said


async def test_body_that_nobody_reads_does_not_hold_the_connection(served: Served) -> None:
    first = b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
    said = await Dripping(first, b" ").run(served.port)
    assert said == LOST or said.startswith(b"HTTP/1.1 404 Not Found\r\n")


async def test_head_without_end_is_refused(served: Served) -> None:
    said = await Dripping(b"GET / HTTP/1.1\r\nx-a: " + b"b" * 200_000).run(served.port)
    assert said == LOST or b"HTTP/1.1 431 Request Header Fields Too Large\r\n" in said


async def test_unfinished_body_is_counted_as_a_timeout(served: Served) -> None:
    labels = {"method": "POST", "endpoint": "/api/v1/sites/{site_key}/chat", "status": "408"}
    before = served.metric("http_requests_total", **labels) or 0
    await Dripping(POST + b"content-length: 1000\r\n\r\n").run(served.port)
    await until(lambda: served.metric("http_requests_total", **labels) == before + 1)


class Telling:
    """A model that tells `pieces` pieces, with a pause of `pause` seconds before each."""

    model = "telling"

    def __init__(self, pieces: int, text: str, pause: float = 0.0) -> None:
        self.pieces, self.text, self.pause = pieces, text, pause

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        for _ in range(self.pieces):
            await asyncio.sleep(self.pause)
            yield ModelText(self.text)
        yield ModelStop("stop")

    async def close(self) -> None:
        pass


async def test_answer_may_take_longer_than_its_request(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.rt, "model", Telling(10, "Rotate them [1]. ", pause=0.1))
    assert parts((await served.ask("How do I rotate keys?")).content)[-1]["type"] == "finish"


async def test_request_in_line_may_wait_for_the_answer_before_it(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.rt, "model", Telling(10, "Rotate them [1]. ", pause=0.1))
    first = POST + b"content-length: %d\r\n\r\n" % len(QUESTION) + QUESTION
    said = await Dripping(first + b"GET /hea").run(served.port)
    assert b"[DONE]" in said


async def test_reader_who_takes_nothing_is_gone(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.rt, "model", Telling(10_000_000, "Rotate them. " * 10_000))
    token = served.rt.session_tokens.make(served.world.site.id)
    transcript = [said("assistant", "", metadata={"session": token}), said("user", "How do I rotate keys?")]
    question = json.dumps({"messages": transcript}).encode()
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", served.port))
        reader.send(POST + b"content-length: %d\r\n\r\n" % len(question) + question)
        await until(lambda: served.metric("active_sessions") == 1)
        await until(lambda: served.metric("active_sessions") == 0)
    found = await served.rt.db.run(messages.conversation, served.world.site.id, token=token)
    assert found is not None
    assert found.messages[-1].status == "aborted"
