"""What a fake Gemini says, in the shape of its REST API: scripted, or made from the prompt."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import orjson

Json = dict[str, Any]

_DEFAULT_DIMENSIONS = 3072
_LARGEST_BATCH = 100
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass(slots=True)
class Reply:
    """How the next `times` requests for answers (or embeddings) are met; times None: all that come.

    `wait` seconds pass before the response's head, `first` between it and the first event, `pause` between
    events. `then` happens once `after` events are out. An event holds `chunk` tokens (words) of `text`; text
    None stands for the answer from the passages. Status 0 closes the connection without a word. `raw` is sent
    as it is, piece by piece, in place of any response's body: text for a reply scripted over HTTP.
    """

    to: Literal["answers", "embeddings"] = "answers"
    times: int | None = 1
    wait: float = 0.0
    status: int = 200
    retry_delay: str = ""
    retry_after: str = ""
    reason: str = ""

    text: str | None = None
    thought: str = ""
    chunk: int = 4
    first: float = 0.0
    pause: float = 0.0
    finish: str = "STOP"
    blocked: str = ""
    then: Literal["end", "cut", "hang", "error"] = "end"
    after: int = 0

    vectors: int | None = None
    values: list[float] | None = None

    raw: Sequence[str | bytes] | None = None


class Refused(Exception):
    """Something that Gemini answers with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def stream_events(reply: Reply, body: Json) -> Iterator[bytes]:
    if reply.raw is not None:
        yield from (piece.encode() if isinstance(piece, str) else piece for piece in reply.raw)
        return
    text = _text(reply, body)
    if reply.blocked:
        yield event({"promptFeedback": {"blockReason": reply.blocked}, "usageMetadata": usage(body, 0)})
        return
    if reply.thought:
        thought = {"parts": [{"text": reply.thought, "thought": True}], "role": "model"}
        yield event({"candidates": [{"content": thought, "index": 0}]})
    yield from _text_events(text, reply.chunk)
    yield event(_last(reply, body, text))


@lru_cache(maxsize=256)
def _text_events(text: str, chunk: int) -> tuple[bytes, ...]:
    """A stream without its end, ready to be sent: benchmarks ask for the same text over and over."""
    tokens = _tokens(text)
    chunks = ["".join(tokens[start : start + chunk]) for start in range(0, len(tokens), chunk)]
    return tuple(
        event(
            {
                "candidates": [{"content": {"parts": [{"text": part}], "role": "model"}, "index": 0}],
                "usageMetadata": {"candidatesTokenCount": (number + 1) * chunk},
                "modelVersion": "fake",
                "responseId": "fake",
            }
        )
        for number, part in enumerate(chunks)
    )


def whole_answer(reply: Reply, body: Json) -> Json:
    if reply.blocked:
        return {"promptFeedback": {"blockReason": reply.blocked}, "usageMetadata": usage(body, 0)}
    text = _text(reply, body)
    last = _last(reply, body, text)
    if reply.finish != "SAFETY":
        last["candidates"][0]["content"]["parts"][0]["text"] = text
    return last


def _last(reply: Reply, body: Json, text: str) -> Json:
    candidate: Json = {"finishReason": reply.finish, "index": 0}
    if reply.finish == "SAFETY":
        candidate["safetyRatings"] = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH"}]
    else:
        candidate["content"] = {"parts": [{"text": ""}], "role": "model"}
    return {"candidates": [candidate], "usageMetadata": usage(body, len(_tokens(text)))}


def usage(body: Json, output: int) -> dict[str, int]:
    """What it says that it counted."""
    prompt = sum(len(content["parts"][0]["text"]) for content in body["contents"]) // 4
    return {"promptTokenCount": prompt, "candidatesTokenCount": output, "totalTokenCount": prompt + output}


def _text(reply: Reply, body: Json) -> str:
    roles = [content.get("role") for content in body["contents"]]
    if roles != ["user", "model"] * (len(roles) // 2) + ["user"]:
        raise Refused(400, "Please ensure that multiturn requests alternate between user and model.")
    return answer(body["contents"][-1]["parts"][0]["text"]) if reply.text is None else reply.text


# what it says when nothing is scripted


def answer(prompt: str) -> str:
    """Up to three sentences of the prompt's passages that share words with its question, each cited."""
    question = _words(prompt.rpartition("Question:")[2])
    found = []
    for number, passage in re.findall(r'<passage n="(\d+)"[^>]*>(.*?)</passage>', prompt, re.DOTALL):
        prose = re.sub(r"```.*?```|^#.*?$", "", passage, flags=re.DOTALL | re.MULTILINE)
        sentences = [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", prose) if part.strip()]
        shared = [(len(question & _words(sentence)), -place) for place, sentence in enumerate(sentences)]
        if shared and max(shared)[0]:
            most, place = max(shared)
            found.append((-most, int(number), sentences[-place]))
    if not found:
        return "The passages do not answer this."
    return "\n\n".join(f"{sentence} [{number}]" for _, number, sentence in sorted(found)[:3])


def embed(text: str, dimensions: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Each word adds one to a place of its own. The length is not 1, as with Gemini's shortened vectors."""
    vector = np.full(dimensions, 1e-3, np.float32)
    for word in re.findall(r"\w+", text.partition("| query:")[2] or text.partition("| text:")[2] or text):
        vector[zlib.crc32(_stem(word).encode()) % dimensions] += 1
    return (vector / (np.linalg.norm(vector) * 2)).astype(np.float32)


def _words(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"\w+", text) if len(word) > 3}


def _stem(word: str) -> str:
    return word.lower().removesuffix("s")


def embeddings(requests: list[Json], reply: Reply) -> list[Json]:
    if len(requests) > _LARGEST_BATCH:
        raise Refused(400, f"at most {_LARGEST_BATCH} requests can be in one batch")
    vectors = []
    for request in requests:
        text = "".join(part["text"] for part in request["content"]["parts"])
        if not text:
            raise Refused(400, "content contains an empty Part")
        config = request.get("embedContentConfig", request)  # the former on Vertex AI
        dimensions = config.get("outputDimensionality", _DEFAULT_DIMENSIONS)
        vectors.append({"values": embed(text, dimensions) if reply.values is None else reply.values})
    return vectors if reply.vectors is None else vectors[: reply.vectors]


def predictions(body: Json, reply: Reply, model: str) -> list[Json]:
    """Embeddings as Vertex AI's older models give them."""
    instances, most = body["instances"], 1 if model.startswith("gemini-") else 250
    if len(instances) > most:
        raise Refused(400, f"{most} instance(s) is allowed per prediction. Actual: {len(instances)}")
    dimensions = body["parameters"]["outputDimensionality"]
    requests = [
        {"content": {"parts": [{"text": instance["content"]}]}, "outputDimensionality": dimensions}
        for instance in instances
    ]
    return [{"embeddings": vector} for vector in embeddings(requests, reply)]


# bytes


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*\S+|\s+\Z", text)


def event(content: Json) -> bytes:
    return b"data: " + orjson.dumps(content) + b"\r\n\r\n"


def problem(status: int, message: str, *, delay: str = "", reason: str = "") -> Json:
    error: Json = {"code": status, "message": message, "status": _STATUSES.get(status, "UNKNOWN")}
    if delay:
        details = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.QuotaFailure"}, details]
    if reason:
        details = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
        error["details"] = [*error.get("details", ()), details]
    return {"error": error}
