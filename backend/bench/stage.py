"""What chats are measured on: the fake Gemini, a bare relay of it, and Askdocs with a small index."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import orjson

from bench import corpus, programs
from bench.load import Target
from bench.programs import Program
from tests.fakes.gemini import API_KEY

TOKENS = 100

KEY = "pk_docs_local"

UNBOUNDED = {
    "ASKDOCS_RATE_LIMIT_REQUESTS": "1000000",
    "ASKDOCS_RATE_LIMIT_SITE": "1000000",
    "ASKDOCS_RATE_LIMIT_ALL_SITES": "1000000",
    "ASKDOCS_GUARD__BUDGET_PER_HOUR": "1000000",
    "ASKDOCS_GUARD__BUDGET_PER_DAY": "1000000",
    "ASKDOCS_GUARD__REPEATS_PER_HOUR": "1000000",
    "ASKDOCS_GUARD__STREAMS_PER_CLIENT": "1000",
    "ASKDOCS_GUARD__STREAMS_PER_PROCESS": "1000",
}
"""All that bounds readers is at work, and does not stop those of a benchmark."""


@dataclass(frozen=True, slots=True)
class System:
    """Something that streams answers, and where to ask it."""

    program: Program
    target: Target


@dataclass(frozen=True, slots=True)
class Stage:
    gemini: Program
    relay: System
    askdocs: System

    def script(self, *, tokens: int, chunk: int, pace: float = 0.0) -> None:
        script(self.gemini, tokens=tokens, chunk=chunk, pace=pace)


def script(gemini: Program, *, tokens: int, chunk: int, pace: float = 0.0) -> None:
    """From now on Gemini says so many tokens, `chunk` in an event, `pace` a second (0: all at once)."""
    reply = {
        "text": corpus.answer(tokens),
        "chunk": chunk,
        "pause": chunk / pace if pace else 0.0,
        "times": None,
    }
    _request(gemini, "DELETE", b"")
    _request(gemini, "POST", orjson.dumps(reply))


def requests(gemini: Program) -> list[dict[str, Any]]:
    """What Gemini was asked lately."""
    with urlopen(f"{gemini.url}/_requests") as response:  # noqa: S310  it is ours
        found: list[dict[str, Any]] = orjson.loads(response.read())
    return found


def _request(gemini: Program, method: str, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", gemini.port)
    connection.request(method, "/_script", body)
    response = connection.getresponse()
    if response.status != 200:
        raise programs.ProgramFailed(f"The fake Gemini refused its script: {response.read()!r}")
    connection.close()


@contextmanager
def opened(*, pages: int) -> Iterator[Stage]:
    """All of it, with so many pages indexed by the embedded engine and the local model."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="askdocs-bench-")))
        docs, home = folder / "docs", folder / "home"
        corpus.write(docs, pages)
        home.mkdir()
        programs.index(home, docs)
        fake = ("-m", "tests.fakes.gemini")
        gemini = stack.enter_context(programs.running(fake, log=folder / "gemini.log"))
        relaying = ("-m", "bench.relay", "--upstream", gemini.url)
        relay = stack.enter_context(programs.running(relaying, log=folder / "relay.log"))
        server = stack.enter_context(programs.serving(home, settings(gemini)))
        yield Stage(gemini, System(relay, relay_target(relay)), System(server, chat_target(server)))


def settings(gemini: Program) -> dict[str, str]:
    """Answers by the fake Gemini, to every question; embeddings by the local model."""
    return {
        "GEMINI_API_KEY": API_KEY,
        "GEMINI_BASE_URL": gemini.url,
        "ASKDOCS_EMBEDDINGS__PROVIDER": "local",
        "ASKDOCS_ANSWERS__MIN_CONFIDENCE": "0",
        "ASKDOCS_ANSWERS__FALLBACK_AFTER": "60",  # also where the machine is busy
        **UNBOUNDED,
    }


def relay_target(relay: Program) -> Target:
    return Target(relay.port, "/", first=b'"text":', last=b'"finishReason":"STOP"')


def chat_target(server: Program, *, mode: str = "model") -> Target:
    """Streams count only if the answer came in that way and is in the log."""
    return Target(
        server.port,
        f"/api/v1/sites/{KEY}/chat",
        first=b'"type":"text-delta"',
        last=b'"mode":"%s"' % mode.encode(),
    )
