from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from json import dumps

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import ModelUnavailable
from askdocs.models.gemini import wire
from askdocs.models.gemini.wire import Event, Remedies

pytestmark = pytest.mark.anyio

REMEDIES = Remedies("the key", "Check it.", "Enable the API.", "Check the model.")


async def read(*parts: bytes) -> list[Event]:
    async def stream() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    return [event async for event in wire.read_events(stream())]


def said(text: str) -> bytes:
    return orjson.dumps({"candidates": [{"content": {"parts": [{"text": text}]}}]})


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b""])
async def test_events_are_read_however_they_are_cut(size: int, end: bytes) -> None:
    stream = b"data: " + said("über") + b"\r\n\r\n: a comment\r\n\r\ndata: " + said("\n") + end

    events = await read(*(stream[start : start + size] for start in range(0, len(stream), size)))

    assert "".join(event.text for event in events) == "über\n"


async def test_what_comes_at_once_is_one_event() -> None:
    counted = orjson.dumps({"usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2}})

    events = await read(b"data: " + said("one ") + b"\ndata: " + counted + b"\ndata: " + said("two") + b"\n")

    assert events == [Event("one two", alive=True, usage=(4, 2))]


@pytest.mark.parametrize("bad", [b'{"error": {"code": 503}}', b"{"], ids=["error", "no JSON"])
async def test_what_was_said_comes_before_what_went_wrong_at_once(bad: bytes) -> None:
    async def at_once() -> AsyncIterator[bytes]:
        yield b"data: " + said("one ") + b"\ndata: " + said("two") + b"\ndata: " + bad + b"\n"

    events = wire.read_events(at_once())

    assert (await anext(events)).text == "one two"
    with suppress(ModelUnavailable):
        assert (await anext(events)).error


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"candidates": None},
        {"candidates": []},
        {"candidates": [{"content": None, "finishReason": None}]},
        {"candidates": [{"content": {"parts": None}}], "promptFeedback": None},
        {"candidates": [{"content": {"parts": [{}, {"text": ""}]}}]},
    ],
)
def test_event_without_words_says_nothing(event: wire.Json) -> None:
    assert wire.read_event(orjson.dumps(event)) == Event()


def test_thought_is_a_sign_of_life_and_not_for_the_reader() -> None:
    event = {"candidates": [{"content": {"parts": [{"text": "Hm.", "thought": True}]}}]}

    assert wire.read_event(orjson.dumps(event)) == Event(alive=True)


async def test_reading_much_leaves_others_their_turn() -> None:
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    await read((b"data: " + said("word") + b"\n\n") * 10_000)
    other.cancel()

    assert turns > 30


async def test_line_without_an_end_is_given_up() -> None:
    with pytest.raises(ModelUnavailable, match="1,000,000 bytes"):
        await read(b"data: {", *[b"x" * 65_536] * 100)


NAMES = """
    candidates content parts text thought finishReason usageMetadata promptTokenCount promptFeedback
    blockReason error code message details retryDelay
"""
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(json.map(lambda value: b"data: " + dumps(value).encode() + b"\n") | st.binary(max_size=80))
async def test_any_stream_is_events_or_unavailability(stream: bytes) -> None:
    try:
        for event in await read(stream):
            assert isinstance(event.text, str)
            assert isinstance(event.finish, str)
            wire.refusal(wire.status_of(event.error), event.error, {}, "m", REMEDIES)
    except ModelUnavailable as error:
        assert str(error)  # noqa: PT017  any other error fails the test


@given(st.integers(300, 600), json, st.dictionaries(st.just("Retry-After"), st.text(max_size=5)))
def test_any_refusal_is_unavailability(status: int, body: object, headers: dict[str, str]) -> None:
    error = wire.refusal(status, body, headers, "m", REMEDIES)

    assert error.retry_after is None or 0 <= error.retry_after < float("inf")


@pytest.mark.parametrize("body", [{}, [], None, "text", {"message": "Busy."}, {"error": {"details": [{}]}}])
def test_error_in_any_shape_is_unavailability(body: object) -> None:
    error = wire.refusal(503, body, {"Retry-After": "soon"}, "gemini-2.5-flash", REMEDIES)

    assert str(error).startswith("Gemini is not available: ")
    assert error.retry_after is None


def test_longer_of_two_waits_counts() -> None:
    body = {"error": {"details": [{"retryDelay": "2.5s"}]}}

    assert wire.refusal(429, body, {"Retry-After": "1"}, "m", REMEDIES).retry_after == 2.5
