from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from askdocs.models.gemini import wire

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\n\n", b""])
async def test_events_are_read_however_they_are_cut(size: int, end: bytes) -> None:
    stream = 'data: {"a": "über"}\r\n\r\n: a comment\r\n\r\ndata: {"b": "\\n"}'.encode() + end

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(stream), size):
            yield stream[start : start + size]

    assert [event async for event in wire.read_events(parts())] == [{"a": "über"}, {"b": "\n"}]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"candidates": None},
        {"candidates": []},
        {"candidates": [{"content": None, "finishReason": None}]},
        {"candidates": [{"content": {"parts": None}}], "promptFeedback": None},
        {"candidates": [{"content": {"parts": [{}, {"text": ""}, {"text": "x", "thought": True}]}}]},
    ],
)
def test_event_without_words_says_nothing(event: wire.Json) -> None:
    assert list(wire.texts(event)) == []
    assert wire.finish_reason(event) == ""


@pytest.mark.parametrize("body", [{}, [], None, "text", {"message": "Busy."}, {"error": {"details": [{}]}}])
def test_error_in_any_shape_is_unavailability(body: object) -> None:
    error = wire.refusal(503, body, {"Retry-After": "soon"}, "gemini-2.5-flash")

    assert str(error).startswith("Gemini is not available: ")
    assert error.retry_after is None


def test_longer_of_two_waits_counts() -> None:
    body = {"error": {"details": [{"retryDelay": "2.5s"}]}}

    assert wire.refusal(429, body, {"Retry-After": "1"}, "m").retry_after == 2.5
