"""Gemini's REST API without the network: requests, events and errors as values."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import Any

import orjson

from askdocs.errors import ModelMisconfigured, ModelUnavailable

Json = Mapping[str, Any]


def content(role: str, text: str) -> Json:
    return {"role": role, "parts": [{"text": clean(text)}]}


def clean(text: str) -> str:
    """Without lone surrogates, which no JSON may hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


async def read_events(parts: AsyncIterator[bytes]) -> AsyncGenerator[Json]:
    """Server-sent events from the bytes of a response. Gemini writes each on one line."""
    held = b""
    async for part in parts:
        *lines, held = (held + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield orjson.loads(line[5:])
    if held.startswith(b"data:"):
        yield orjson.loads(held[5:])


def texts(event: Json) -> Iterator[str]:
    """What the reader is meant to see: thoughts are not."""
    for part in (_candidate(event).get("content") or {}).get("parts") or ():
        if part.get("text") and not part.get("thought"):
            yield part["text"]


def finish_reason(event: Json) -> str:
    """Why the answer ends here, "" if it does not."""
    if blocked := (event.get("promptFeedback") or {}).get("blockReason"):
        return str(blocked)
    return str(_candidate(event).get("finishReason") or "")


def _candidate(event: Json) -> Json:
    """Of the answers there might be, the one that is asked for."""
    first: Json = next(iter(event.get("candidates") or ()), {})
    return first


def refusal(status: int, body: Any, headers: Mapping[str, str], model: str) -> ModelUnavailable:
    """Gemini's error as ours."""
    problem = body.get("error", body) if isinstance(body, dict) else {}
    said = str(problem.get("message") or f"status {status}")[:300]
    if status in (401, 403) or (status == 400 and "API key" in said):
        return ModelMisconfigured(f"Gemini refused the key: {said}", fix="Check GEMINI_API_KEY.")
    if status == 404:
        return ModelMisconfigured(
            f"Gemini does not offer {model}: {said}", fix="Check answers.model and embeddings.model."
        )
    if status == 400:
        return ModelMisconfigured(
            f"Gemini refused the request to {model}: {said}", fix="Check the model's settings."
        )
    return ModelUnavailable(
        f"Gemini is not available: {said}", retry_after=_retry_after(problem.get("details"), headers)
    )


def _retry_after(details: Any, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `RetryInfo` or from the header, whichever is longer."""
    delays = [str(detail["retryDelay"]) for detail in details or () if "retryDelay" in detail]
    waits = []
    for delay in (*delays, headers.get("Retry-After", "")):
        with suppress(ValueError):
            waits.append(float(delay.removesuffix("s")))
    return max(waits, default=None)
