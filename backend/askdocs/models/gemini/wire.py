"""Gemini's REST API without the network: requests, events and errors as values.

What comes back is read as if anyone had sent it: proxies answer in Gemini's place, and APIs change. What has
another shape than expected says nothing; what cannot be read at all is `ModelUnavailable`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from typing import Any

import orjson

from askdocs.errors import ModelMisconfigured, ModelUnavailable

Json = Mapping[str, Any]

_LONGEST_EVENT = 1_000_000
"""Bytes. The longest answer that a model writes (65,536 tokens), sent in one event, has about 300,000."""

_REST_AFTER = 16_384
"""Bytes that are read in one go before other tasks get their turn: some 80 events, 0.6 ms."""

_LONGEST_COUNT = 2**31 - 1
"""More tokens than this were never counted, and would not fit into the log."""


@dataclass(slots=True)  # frozen, making one would cost a microsecond more
class Event:
    """What one event of a stream says, or several that came at once. `finish` is why the answer ends here, ""
    if it does not.

    `text` is for the reader; `alive` is also true when the event carries thoughts, which are not. `error` is
    a refusal in mid-stream, in whatever shape it came.
    """

    text: str = ""
    alive: bool = False
    finish: str = ""
    usage: tuple[int, int] | None = None
    """Tokens of the prompt, and of the output including thoughts."""
    error: Any = None


@dataclass(frozen=True, slots=True)
class Remedies:
    """What to do about a refusal, which depends on who serves Gemini. `credential` is what was refused."""

    credential: str
    access: str
    disabled: str
    model: str


def content(role: str, text: str) -> Json:
    return {"role": role, "parts": [{"text": clean(text)}]}


def clean(text: str) -> str:
    """Without lone surrogates, which no JSON may hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


async def read_events(parts: AsyncIterator[bytes]) -> AsyncGenerator[Event]:
    """Server-sent events from the bytes of a response, one for all that came at once: what each is worth is
    looked for, checked and sent as often. Gemini writes each on one line.

    Other tasks get their turn in between, however much there is to read. Errors: `ModelUnavailable`.
    """
    held = bytearray()
    async for part in parts:
        held += part
        end = held.rfind(b"\n", len(held) - len(part)) + 1
        lines = bytes(held[:end]).split(b"\n")
        del held[:end]
        for number, batch in enumerate(_batches(lines)):
            if number:
                await asyncio.sleep(0)
            for event in _merged(batch):
                yield event
        if len(held) > _LONGEST_EVENT:
            raise ModelUnavailable(f"Gemini sent an event of more than {_LONGEST_EVENT:,} bytes.")
    if held.startswith(b"data:"):
        yield read_event(bytes(held[5:]))


def _batches(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Lines of `_REST_AFTER` bytes together, or of few more."""
    begin = read = 0
    for number, line in enumerate(lines, 1):
        read += len(line) + 1
        if read > _REST_AFTER:
            yield lines[begin:number]
            begin, read = number, 0
    yield lines[begin:]


def _merged(lines: Sequence[bytes]) -> Iterator[Event]:
    """What the events of the lines say together; an error by itself, after what was said before it."""
    together: Event | None = None
    for line in lines:
        if not line.startswith(b"data:"):
            continue
        try:
            event = read_event(line[5:])
        except ModelUnavailable:
            if together is not None:
                yield together
            raise
        if together is None:
            together = event
        elif event.error or together.finish:
            yield together
            together = event
        else:
            together = Event(
                together.text + event.text,
                together.alive or event.alive,
                event.finish,
                event.usage or together.usage,
                event.error,
            )
    if together is not None:
        yield together


def read_event(data: bytes) -> Event:
    """Raises `ModelUnavailable` for what is no JSON object."""
    if not data.strip():
        return Event()
    try:
        fields = orjson.loads(data)
    except ValueError as error:
        raise ModelUnavailable(f"Gemini sent what is no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ModelUnavailable("Gemini sent an event that is no object.")
    candidates = _objects(fields.get("candidates"))
    candidate = (
        candidates[0] if candidates else {}
    )  # of the answers there might be, the one that is asked for
    blocked = _object(fields.get("promptFeedback")).get("blockReason")
    finish = str(blocked or candidate.get("finishReason") or "")
    texts, thoughts = [], False
    for part in _objects(_object(candidate.get("content")).get("parts")):
        text = part.get("text")
        if not isinstance(text, str) or not text:
            continue
        if part.get("thought"):
            thoughts = True
        else:
            texts.append(text)
    return Event(
        "".join(texts),
        bool(texts) or thoughts or finish != "",
        finish,
        _usage(fields.get("usageMetadata")),
        fields.get("error"),
    )


def refusal(
    status: int, body: Any, headers: Mapping[str, str], model: str, remedies: Remedies
) -> ModelUnavailable:
    """Gemini's error as ours. `body` is what came with it, or the error in it, of any shape."""
    inner = body.get("error", body) if isinstance(body, dict) else body
    problem = inner if isinstance(inner, dict) else {"message": inner}
    message = problem.get("message")
    said = (message if isinstance(message, str) and message else f"status {status}")[:300]
    if status in (401, 403) or (status == 400 and "API key" in said):
        reasons = [detail.get("reason") for detail in _objects(problem.get("details"))]
        return ModelMisconfigured(
            f"Gemini refused {remedies.credential}: {said}",
            fix=remedies.disabled if "SERVICE_DISABLED" in reasons else remedies.access,
        )
    if status == 404:
        return ModelMisconfigured(f"Gemini does not offer {model}: {said}", fix=remedies.model)
    if status == 400:
        return ModelMisconfigured(
            f"Gemini refused the request to {model}: {said}", fix="Check the model's settings."
        )
    return ModelUnavailable(
        f"Gemini is not available: {said}", retry_after=_retry_after(problem.get("details"), headers)
    )


def status_of(error: Any) -> int:
    """The status that an error within a stream carries itself."""
    code = _object(error).get("code")
    return code if type(code) is int else 500


def _retry_after(details: Any, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `RetryInfo` or from the header, whichever is longer."""
    delays = [str(detail["retryDelay"]) for detail in _objects(details) if "retryDelay" in detail]
    waits = []
    for delay in (*delays, headers.get("Retry-After", "")):
        with suppress(ValueError):
            waits.append(float(delay.removesuffix("s")))
    return max((wait for wait in waits if isfinite(wait) and wait >= 0), default=None)


def _usage(value: Any) -> tuple[int, int] | None:
    if not isinstance(value, dict):
        return None
    output = _count(value.get("candidatesTokenCount")) + _count(value.get("thoughtsTokenCount"))
    return _count(value.get("promptTokenCount")), output


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= _LONGEST_COUNT else 0


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
