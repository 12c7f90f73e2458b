"""Connections that send, or take, nothing or next to nothing are not held for ever."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx
import pytest
import structlog

from askdocs.api.protocol import PatientProtocol
from askdocs.db import messages
from askdocs.types import ModelStop, ModelText, Prompt
from tests.served import SITE, Served, parts, problem, serve, session_of, until

pytestmark = pytest.mark.anyio

POST = f"POST {SITE}/chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n".encode()
LIVE = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
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


@pytest.mark.parametrize("then", [b"\r\n", b"G", b"GET /hea", b"\r\n\r\nGET / HTTP/1.1\r\n"])
async def test_connection_on_which_nothing_whole_follows_an_answer_is_closed(
    served: Served, then: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(LIVE)
    await reader.readuntil(b"}")
    writer.write(then)
    try:
        async with asyncio.timeout(20):
            said = await reader.read()
    finally:
        writer.close()
    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_connection_whose_body_came_after_its_answer_is_closed(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n1234")
    await reader.readuntil(b"}")
    writer.write(b"5")
    try:
        async with asyncio.timeout(20):
            said = await reader.read()
    finally:
        writer.close()
    assert said == b""


@pytest.mark.parametrize("first", [b"GET /hea", LIVE + b"G", POST + b"content-length: 9\r\n\r\n"])
async def test_what_did_not_arrive_gets_a_problem_with_an_id(served: Served, first: bytes) -> None:
    with structlog.testing.capture_logs() as lines:
        refused = await Dripping(first).run(served.port)
    told = problem(response_of(refused), 408, "request-timeout")
    (line,) = (line for line in lines if line["event"] == "request_refused")
    assert line["request_id"] == told["request_id"]


@pytest.mark.parametrize(
    ("sent", "status", "kind"),
    [
        (b"x-a: " + b"b" * 70_000, 431, "headers-too-large"),
        (b"x-a: b\r\nno header\r\n\r\n", 400, "malformed-request"),
        # What another program in front could read as another length, and so as another request.
        (b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd", 400, "malformed-request"),
        (b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400, "malformed-request"),
        (b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n0\r\n\r\n", 400, "malformed-request"),
        (b"transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400, "malformed-request"),
        (b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", 400, "malformed-request"),
        (b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n", 400, "malformed-request"),
        (b"content-length: +3\r\n\r\nabc", 400, "malformed-request"),
        (b"content-length: 0x3\r\n\r\nabc", 400, "malformed-request"),
        (b"content-length: -1\r\n\r\n", 400, "malformed-request"),
        (b"content-length: 99999999999999999999999\r\n\r\n", 400, "malformed-request"),
        (b"transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 400, "malformed-request"),
        (b"transfer-encoding: chunked\r\n\r\n3 ;x\r\nabc", 400, "malformed-request"),
        (b"x-a: b\r\n folded: c\r\n\r\n", 400, "malformed-request"),
        (b"x-a: b\x00c\r\n\r\n", 400, "malformed-request"),
        (b"x-a: b\rc: d\r\n\r\n", 400, "malformed-request"),
        (b"x-a: b\nc: d\n\n", 400, "malformed-request"),
    ],
)
async def test_what_cannot_be_read_gets_a_problem_with_the_id_that_it_gave(
    served: Served, sent: bytes, status: int, kind: str
) -> None:
    refused = await Dripping(b"GET / HTTP/1.1\r\nx-request-id: mine\r\n" + sent).run(served.port)
    assert problem(response_of(refused), status, kind)["request_id"] == "mine"


def response_of(said: bytes) -> httpx.Response:
    """The last response of those that a connection told."""
    head, _, body = said[said.rindex(b"HTTP/1.1 ") :].partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    return httpx.Response(int(status.split()[1]), headers=headers, content=body)


async def test_next_request_of_a_connection_must_arrive_too(served: Served) -> None:
    said = await Dripping(LIVE + b"GET /hea").run(served.port)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"HTTP/1.1 408 Request Timeout\r\n" in said


async def test_body_that_nobody_reads_does_not_hold_the_connection(served: Served) -> None:
    first = b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n"
    said = await Dripping(first, b" ").run(served.port)
    assert said == LOST or said.startswith(b"HTTP/1.1 404 Not Found\r\n")


async def test_head_without_end_is_refused(served: Served) -> None:
    said = await Dripping(b"GET / HTTP/1.1\r\nx-a: " + b"b" * 200_000).run(served.port)
    assert said == LOST or b"HTTP/1.1 431 Request Header Fields Too Large\r\n" in said


async def test_what_came_before_a_head_does_not_count_as_its(served: Served) -> None:
    first = b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 60000\r\n\r\n" + b" " * 60_000
    said = await Dripping(first + b"GET / HTTP/1.1\r\nx-a: " + b"b" * 10_000).run(served.port)
    assert said.startswith(b"HTTP/1.1 404 Not Found\r\n")
    assert b"HTTP/1.1 431" not in said


async def test_requests_in_line_are_bounded(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.rt, "model", Telling(10, "Rotate them [1]. ", pause=0.1))
    first = POST + b"content-length: %d\r\n\r\n" % len(QUESTION) + QUESTION
    said = await Dripping(first + LIVE * 1000).run(served.port)
    assert b"[DONE]" not in said
    assert b"live" not in said


@pytest.mark.parametrize("trailers", [b"a: b\r\n" * 15_000, b"a: " + b"b" * 90_000], ids=["many", "long"])
@pytest.mark.parametrize("first", [POST, LIVE[:-2]], ids=["awaited", "unread"])
async def test_trailers_without_end_are_refused(served: Served, first: bytes, trailers: bytes) -> None:
    said = await Dripping(first + CHUNKED + trailers).run(served.port)
    assert said == LOST or b"HTTP/1.1 431 Request Header Fields Too Large\r\n" in said


def connection_of(served: Served, reader: Any) -> Any:
    """The server's end of a reader's socket, None once it is lost."""
    ends = (one for one in served.server.server_state.connections if isinstance(one, PatientProtocol))
    return next((one for one in ends if one.client == reader.getsockname()), None)


async def test_trailers_are_not_kept(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(LIVE[:-2] + CHUNKED + b"a: b\r\n" * 1000)
    await reader.readuntil(b"}")
    kept = [name for name, _ in connection_of(served, writer.get_extra_info("socket")).headers]
    writer.close()
    assert kept == [b"host", b"transfer-encoding"]


async def test_unfinished_body_is_counted_as_a_timeout(served: Served) -> None:
    labels = {"method": "POST", "endpoint": "/api/v1/sites/{site_key}/chat", "status": "408"}
    before = served.metric("http_requests_total", **labels) or 0
    await Dripping(POST + b"content-length: 1000\r\n\r\n").run(served.port)
    await until(lambda: (served.metric("http_requests_total", **labels) or 0) > before)


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
    token = session_of(await served.ask("How do I rotate keys?"))
    monkeypatch.setattr(served.rt, "model", Telling(10_000_000, "Rotate them. " * 10_000))
    question = json.dumps({"question": "How do I rotate keys?", "session": token}).encode()
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


async def test_rest_of_an_answer_that_nobody_takes_does_not_hold_a_closing_connection(served: Served) -> None:
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", served.port))
        await until(lambda: connection_of(served, reader) is not None)
        transport = connection_of(served, reader).transport
        while not transport.get_write_buffer_size():
            reader.send(b"GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n")
            await asyncio.sleep(0.01)
        transport.close()
        await until(lambda: connection_of(served, reader) is None)
