"""How long a process takes to its first answer, and how much memory it then holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench import corpus, load, programs, stage
from bench.load import Target
from bench.programs import Program
from bench.table import Figure, Row
from tests import services
from tests.fakes.gemini import API_KEY

GROUP = "cold start and resident memory, files in the system's cache, over a bare relay's"

_ALWAYS_ANSWER = {"ASKDOCS_ANSWERS__MIN_CONFIDENCE": "0"}


@dataclass(frozen=True, slots=True)
class Scale:
    starts: int
    pages: int


FULL = Scale(starts=5, pages=60)
QUICK = Scale(starts=1, pages=10)


class QuestionFailed(Exception):
    """The first question was not answered."""


@dataclass(slots=True)
class Tally:
    """Seconds from the start of the process, and megabytes, of each start."""

    ready: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    after_start: list[float] = field(default_factory=list)
    after_answer: list[float] = field(default_factory=list)


def measure(scale: Scale) -> Iterator[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="askdocs-bench-")))
        gemini = stack.enter_context(
            programs.running(("-m", "tests.fakes.gemini"), log=folder / "gemini.log")
        )
        docs = folder / "docs"
        corpus.write(docs, scale.pages)
        embedded, remote = folder / "embedded", folder / "remote"
        elsewhere = stack.enter_context(_services(folder, gemini))
        for home, environment in ((embedded, {}), (remote, elsewhere)):
            home.mkdir()
            programs.upgrade(home, environment)
            programs.index(home, docs, environment)
        relaying = ("-m", "bench.relay", "--upstream", gemini.url)
        questions = corpus.questions()
        relay, here, there = Tally(), Tally(), Tally()
        for _ in range(scale.starts):
            _start(programs.running(relaying, log=folder / "relay.log"), "relay", next(questions), relay)
            _start(programs.serving(embedded, _ALWAYS_ANSWER), "extractive", next(questions), here)
            _start(programs.serving(remote, elsewhere), "model", next(questions), there)
    yield from _rows("embedded", here, relay)
    yield from _rows("remote services", there, relay)


@contextmanager
def _services(folder: Path, gemini: Program) -> Iterator[Mapping[str, str]]:
    """The environment of a server that keeps nothing itself: PostgreSQL, a Qdrant, a fake Gemini."""
    grpc_port = str(services.free_port())
    shim = ("-m", "tests.fakes.qdrant", "--dir", str(folder / "qdrant"), "--grpc-port", grpc_port)
    with (
        services.postgres() as postgres,
        programs.running(shim, log=folder / "shim.log") as qdrant,
    ):
        yield {
            **_ALWAYS_ANSWER,
            "DATABASE_URL": postgres.url,
            "QDRANT_URL": qdrant.url,
            "ASKDOCS_VECTORS__GRPC_PORT": grpc_port,
            "GEMINI_API_KEY": API_KEY,
            "GEMINI_BASE_URL": gemini.url,
        }


def _start(starting: AbstractContextManager[Program], mode: str, question: str, tally: Tally) -> None:
    begun = time.perf_counter()
    with starting as program:
        tally.ready.append(program.started_in)
        tally.cpu.append(program.cpu())
        tally.after_start.append(program.megabytes())
        target = stage.relay_target(program) if mode == "relay" else stage.chat_target(program, mode=mode)
        _ask(target, question)
        tally.answered.append(time.perf_counter() - begun)
        tally.after_answer.append(program.megabytes())


def _ask(target: Target, question: str) -> None:
    outcome = asyncio.run(load.ask_once(target, question))
    if outcome.failures:
        raise QuestionFailed(outcome.failures[0])


def _rows(name: str, ours: Tally, relay: Tally) -> Iterator[Row]:
    for what, unit, mine, bare in (
        ("until the port answers", "s", ours.ready, relay.ready),
        ("CPU until then", "s", ours.cpu, relay.cpu),
        ("until the first question is answered", "s", ours.answered, relay.answered),
        ("memory after the start", "MB", ours.after_start, relay.after_start),
        ("memory after the first question", "MB", ours.after_answer, relay.after_answer),
    ):
        yield Row(GROUP, f"{name}: {what}", Figure(median(mine), unit), Figure(median(bare), unit), "relay")
