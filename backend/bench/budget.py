"""What a loop can spend: thousands of questions against a site that may spend one dollar."""

from __future__ import annotations

import http.client
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from askdocs.models.prices import Prices
from bench import corpus, load, programs, stage
from bench.chat import ChatsFailed
from bench.load import Target
from bench.programs import Program
from bench.table import Figure, Row
from tests import services
from tests.fakes.gemini_json import Json, usage
from tests.services import free_port

BUDGET = 1.0
TOKENS = 100
PRICES = Prices(prompt=1.50, output=2.50, embedding=0.0)
"""Prompts are a fifth as long as usual and cost five times as much for a token, so that an answer costs what
it usually does: what is tried is the budget, not the machine."""

GROUP = f"a site with ${BUDGET:.2f} an hour, and answers that cost about $0.002 each"
_SHORT = {
    "ASKDOCS_PRICES__PROMPT": str(PRICES.prompt),
    "ASKDOCS_PRICES__OUTPUT": str(PRICES.output),
    "ASKDOCS_ANSWERS__MAX_QUESTION_CHARS": "260",
    "ASKDOCS_ANSWERS__PROMPT_TOKENS": "1200",
    "ASKDOCS_ANSWERS__MAX_OUTPUT_TOKENS": "200",
    "ASKDOCS_ANSWERS__PASSAGES": "2",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """So many questions, of `readers` at once. `budget` is the site's, in dollars."""

    questions: int
    readers: int
    budget: float = BUDGET


FULL = Scale(questions=2000, readers=50)
QUICK = Scale(questions=300, readers=50, budget=0.1)


@dataclass(frozen=True, slots=True)
class Spent:
    """`dollars` by what the model counted, `noted` by the servers; answers by their mode."""

    dollars: float
    noted: float
    calls: int
    modes: Mapping[str, int]
    dearest: float


def measure(scale: Scale) -> Iterator[Row]:
    for name, count, url in (("SQLite", 1, ""), ("PostgreSQL, two processes", 2, "postgres")):
        for kind in ("the same", "different"):
            with _postgres(url) as database, _opened(database, count, scale) as (gemini, servers):
                spent = _ask(gemini, servers, kind, scale)
            yield _row(f"{scale.questions} questions, {kind}, {name}", spent, scale)


def _row(name: str, spent: Spent, scale: Scale) -> Row:
    if spent.dollars > scale.budget + spent.dearest:
        raise ChatsFailed(f"{name}: ${spent.dollars:.4f} were spent of ${scale.budget}.")
    modes = ", ".join(f"{count} {mode}" for mode, count in sorted(spent.modes.items()) if count)
    note = f"{spent.calls} calls of the model; answers: {modes}; noted by the servers: ${spent.noted:.4f}"
    return Row(GROUP, name, Figure(spent.dollars, "dollars"), note=note)


def _ask(gemini: Program, servers: Sequence[Program], kind: str, scale: Scale) -> Spent:
    asked = corpus.questions()
    # Small words alone differ, so that neither the cache nor shared calls help the loop.
    same = (f"{question} {number}" for number, question in enumerate(itertools.repeat(next(asked))))
    questions = itertools.islice(same if kind == "the same" else asked, scale.questions)
    before = [_modes(server) for server in servers]
    with load.runner() as runner:
        runner.run(_load([_target(server) for server in servers], questions, scale))
    modes: dict[str, int] = {}
    for server, earlier in zip(servers, before, strict=True):
        for mode, number in _modes(server).items():
            modes[mode] = modes.get(mode, 0) + number - earlier.get(mode, 0)
    if sum(modes.values()) != scale.questions:
        raise ChatsFailed(f"Of {scale.questions} questions {sum(modes.values())} were answered.")
    costs = [_cost(call["body"]) for call in stage.requests(gemini)]
    noted = sum(_number(_get(server, "/metrics"), "askdocs_cost_total") for server in servers)
    return Spent(sum(costs), noted, len(costs), modes, max(costs, default=0.0))


async def _load(targets: Sequence[Target], questions: Iterator[str], scale: Scale) -> None:
    """Readers are spread over the servers, and ask on until there are no more questions."""
    outcome = await load.ask_all(targets, questions, readers=scale.readers)
    if outcome.failures:
        raise ChatsFailed(f"{len(outcome.failures)} chats broke: {outcome.failures[0]}")


def _target(server: Program) -> Target:
    whole = stage.chat_target(server)
    return Target(whole.port, whole.path, first=whole.first, last=b'"type":"finish"')


def _cost(call: Json) -> float:
    """Dollars, by what the model says that it counted."""
    counted = usage(call, TOKENS)
    return PRICES.answer(counted["promptTokenCount"], TOKENS).micros / 1e6


@contextmanager
def _postgres(kind: str) -> Iterator[str]:
    if not kind:
        yield ""
        return
    with services.postgres() as server:
        yield services.create_database(server.url, "bench")


@contextmanager
def _opened(database: str, count: int, scale: Scale) -> Iterator[tuple[Program, Sequence[Program]]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="askdocs-bench-")))
        corpus.write(folder / "docs", 4)
        fake = ("-m", "tests.fakes.gemini")
        gemini = stack.enter_context(programs.running(fake, log=folder / "gemini.log"))
        stage.script(gemini, tokens=TOKENS, chunk=10)
        site = {"name": "docs", "key": stage.KEY, "budget_per_hour": scale.budget}
        settings = {
            **stage.settings(gemini),
            **_SHORT,
            "ASKDOCS_SITES": orjson.dumps([site]).decode(),
            **(_shared(stack, folder, database) if database else {}),
        }
        homes = [folder / f"home{number}" for number in range(count)]
        for home in homes:
            home.mkdir()
        programs.upgrade(homes[0], settings)
        programs.index(homes[0], folder / "docs", settings)
        yield gemini, [stack.enter_context(programs.serving(home, settings)) for home in homes]


def _shared(stack: ExitStack, folder: Path, database: str) -> Mapping[str, str]:
    """What several processes need in common."""
    grpc = str(free_port())
    fake = ("-m", "tests.fakes.qdrant", "--dir", str(folder / "qdrant"), "--grpc-port", grpc)
    qdrant = stack.enter_context(programs.running(fake, log=folder / "qdrant.log"))
    return {
        "DATABASE_URL": database,
        "QDRANT_URL": qdrant.url,
        "ASKDOCS_VECTORS__TRANSPORT": "rest",
        "ASKDOCS_VECTORS__TIMEOUT": "60",  # a busy machine is not what is tried
        "ASKDOCS_DATABASE__POOL_TIMEOUT": "60",
        "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    }


def _modes(server: Program) -> dict[str, int]:
    pattern = rb'^askdocs_answers_total\{mode="(\w+)",status="\w+"\} (\S+)$'
    found: dict[str, int] = {}
    for mode, number in re.findall(pattern, _get(server, "/metrics"), re.MULTILINE):
        found[mode.decode()] = found.get(mode.decode(), 0) + round(float(number))
    return found


def _number(metrics: bytes, name: str) -> float:
    found = re.search(rf"^{name} (\S+)$".encode(), metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _get(program: Program, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", program.port, timeout=30)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body
