"""Events become parts that the strictest client accepts, and every stream ends as clients expect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge

from askdocs.api import stream
from askdocs.api.parts import PART
from askdocs.api.stream import Encoder, EventStream
from askdocs.types import (
    Answered,
    AnswerEvent,
    AnswerFailed,
    AnswerText,
    Block,
    Chunk,
    Citation,
    Hit,
    SourcesFound,
    Started,
)
from tests.served import only, parts

pytestmark = pytest.mark.anyio

STARTED = Started("m1", "token-of-the-session")
CITATION = Citation(1, "/docs/keys#rotate:~:text=Rotate", "Keys", "Rotate", "Rotate keys")
ANSWERED = Answered("m1", "token-of-the-session", "answered", "model", 0.9, (CITATION,), {"revision": 3})
CHUNK = Chunk(
    "keys", "/docs/keys", "rotate", "Keys", ("Rotate",), "", "", "en", 0, 0, (Block("Rotate keys"),)
)
HIT = Hit(CHUNK, 0.8)

# Every key that ai@5.0.0's strict schemas know of the parts we send.
KNOWN = {
    "start": {"messageId", "messageMetadata"},
    "start-step": set(),
    "source-url": {"sourceId", "url", "title"},
    "text-start": {"id"},
    "text-delta": {"id", "delta"},
    "text-end": {"id"},
    "data-answer": {"data", "id", "transient"},
    "finish-step": set(),
    "finish": set(),
    "error": {"errorText"},
}


def encoded(*events: AnswerEvent) -> list[dict[str, Any]]:
    encoder = Encoder()
    return parts(b"".join(encoder.encode(event) for event in events))


async def test_parts_are_the_subset_that_every_client_knows() -> None:
    found = encoded(STARTED, SourcesFound((HIT,)), AnswerText("Rotate "), AnswerText("[1]"), ANSWERED)
    assert [part["type"] for part in found] == [
        "start",
        "start-step",
        "source-url",
        "text-start",
        "text-delta",
        "text-delta",
        "text-end",
        "data-answer",
        "finish-step",
        "finish",
    ]
    assert all(set(part) - {"type"} <= KNOWN[part["type"]] for part in found)


async def test_start_alone_names_the_session() -> None:
    start, *others = encoded(STARTED, SourcesFound((HIT,)), AnswerText("Rotate [1]"), ANSWERED)
    assert start == {
        "type": "start",
        "messageId": "m1",
        "messageMetadata": {"session": "token-of-the-session"},
    }
    assert "token-of-the-session" not in str(others)


async def test_every_part_is_described() -> None:
    described = {part["title"]: part for part in PART["oneOf"]}
    found = encoded(STARTED, SourcesFound((HIT,)), AnswerText("Rotate "), ANSWERED)
    found += encoded(STARTED, AnswerFailed("m1", "Please try again."))
    for part in found:
        assert set(part) == set(described[part["type"]]["required"])
    answer = described["data-answer"]["properties"]["data"]
    assert set(only(found, "data-answer")["data"]) == set(answer["required"])
    assert {part["type"] for part in found} == set(described)


async def test_source_is_known_by_its_number() -> None:
    source = only(encoded(STARTED, SourcesFound((HIT,)), ANSWERED), "source-url")
    assert source == {
        "type": "source-url",
        "sourceId": "1",
        "url": "/docs/keys#rotate",
        "title": "Keys > Rotate",
    }


async def test_sources_that_only_fill_the_prompt_come_when_a_mark_names_them() -> None:
    found = encoded(
        STARTED,
        SourcesFound((HIT,) * 30),
        AnswerText("Rotate [2][1"),
        AnswerText("7], `items[0]` and [17]."),
        ANSWERED,
    )

    sent = [
        part.get("sourceId") or part.get("delta") for part in found if {"sourceId", "delta"} & part.keys()
    ]
    assert sent == [*"12345678", "Rotate [2][1", "17", "7], `items[0]` and [17]."]


async def test_answer_without_text_has_no_text_part() -> None:
    kinds = [part["type"] for part in encoded(STARTED, ANSWERED)]
    assert not any(kind.startswith("text-") for kind in kinds)


async def test_text_survives_the_framing() -> None:
    text = 'line\nline\r\n\n\ndata: [DONE]\u2028\u0085 "quoted" \\ 🔑'
    assert only(encoded(STARTED, AnswerText(text), ANSWERED), "text-delta")["delta"] == text


async def test_failed_answer_ends_in_an_error() -> None:
    found = encoded(STARTED, AnswerText("Ro"), AnswerFailed("m1", "Please try again."))
    assert found[-1] == {"type": "error", "errorText": "Please try again."}


class Client:
    """One request's other end, without a network: what was sent, and a way to leave."""

    def __init__(self) -> None:
        self.body = b""
        self.left = asyncio.Event()
        self.taking = asyncio.Event()
        self.taking.set()
        self.received = asyncio.Condition()

    async def send(self, message: Any) -> None:
        await self.taking.wait()
        if message["type"] == "http.response.body":
            async with self.received:
                self.body += message["body"]
                self.received.notify_all()

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(5), self.received:
            await self.received.wait_for(lambda: text in self.body)


class Answer:
    """An answer that waits between events until told to go on."""

    def __init__(self, *events: AnswerEvent | Exception) -> None:
        self.events = events
        self.closed = False

    async def stream(self) -> AsyncGenerator[AnswerEvent]:
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                yield event
            await asyncio.Event().wait()
        finally:
            # Closing may itself take a moment, as storing an answer does.
            await asyncio.sleep(0)
            self.closed = True

    async def respond(self, client: Client, **options: Any) -> None:
        events = self.stream()
        first = await anext(events)
        chunks = stream.encoded(first, events)
        await EventStream(chunks, **options)({"type": "http"}, client.receive, client.send)


async def test_stream_ends_with_the_answer() -> None:
    client, answer = Client(), Answer(STARTED, AnswerText("Rotate"), ANSWERED)
    await answer.respond(client)
    assert parts(client.body)[-1]["type"] == "finish"
    assert answer.closed


@pytest.mark.parametrize("error", [RuntimeError("secret internals"), TimeoutError(), OSError()])
async def test_stream_that_breaks_says_so(error: Exception) -> None:
    client, answer = Client(), Answer(STARTED, AnswerText("Rotate"), error)
    await answer.respond(client)
    assert parts(client.body)[-1] == {
        "type": "error",
        "errorText": "The answer broke off. Please try again.",
    }
    assert answer.closed


async def test_stream_without_an_end_gets_one() -> None:
    async def unfinished() -> AsyncGenerator[AnswerEvent]:
        yield STARTED

    client, events = Client(), unfinished()
    chunks = stream.encoded(await anext(events), events)
    await EventStream(chunks)({"type": "http"}, client.receive, client.send)
    assert parts(client.body)[-1]["type"] == "error"


async def test_first_part_goes_out_at_once() -> None:
    client, answer = Client(), Answer(STARTED)
    responding = asyncio.create_task(answer.respond(client))
    await client.until(b'"type":"start"')
    client.left.set()
    await responding


async def test_reader_who_leaves_closes_the_answer() -> None:
    client, answer = Client(), Answer(STARTED, AnswerText("Rotate"))
    active = Gauge("active", "Streams.", registry=CollectorRegistry())
    responding = asyncio.create_task(answer.respond(client, active=active))
    await client.until(b"Rotate")
    assert active._value.get() == 1
    client.left.set()
    await responding
    assert answer.closed
    assert active._value.get() == 0
    assert b"[DONE]" not in client.body


async def test_server_that_stops_ends_the_stream() -> None:
    client, answer = Client(), Answer(STARTED, AnswerText("Rotate"))
    responding = asyncio.create_task(answer.respond(client))
    await client.until(b"Rotate")
    responding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await responding
    assert parts(client.body)[-1]["type"] == "error"
    assert answer.closed


async def test_reader_whose_buffer_is_full_changes_nothing_of_a_stop() -> None:
    client, answer = Client(), Answer(STARTED, AnswerText("Rotate"))
    responding = asyncio.create_task(answer.respond(client))
    await client.until(b"Rotate")
    client.taking.clear()
    responding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await responding
    assert answer.closed


async def test_silence_is_filled_with_comments() -> None:
    client, answer = Client(), Answer(STARTED)
    responding = asyncio.create_task(answer.respond(client, silence=0.01))
    await client.until(b": keep-alive\n\n: keep-alive\n\n")
    client.left.set()
    await responding
