"""The published way to use a docs assistant as a free model, replayed against these docs."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from bench import programs, stage
from bench.chat import ChatsFailed
from bench.programs import Program
from bench.table import Figure, Row
from tests import abuse

GROUP = "requests of the published pattern, with a forged Origin, to the documentation of Askdocs"

_DOCS = Path(__file__).parents[2] / "website" / "docs"
_ORIGIN = "http://localhost:3000"
_MODE = re.compile(rb'"mode":"(\w+)"')
_OURS = "You answer readers' questions inside the documentation of docs"

_MEANINGS = {
    "refused": "refused, since nothing is asked in them",
    "none": "declined, before the model was asked or by it",
    "extractive": "quoted from the docs",
    "model": "answered by the model, from passages of the docs",
}


@dataclass(frozen=True, slots=True)
class Scale:
    requests: int


FULL, QUICK = Scale(500), Scale(60)


def measure(scale: Scale) -> Iterator[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="askdocs-bench-")))
        home = folder / "home"
        home.mkdir()
        programs.index(home, _DOCS)
        fake = ("-m", "tests.fakes.gemini")
        gemini = stack.enter_context(programs.running(fake, log=folder / "gemini.log"))
        settings = stage.settings(gemini)
        del settings["ASKDOCS_ANSWERS__MIN_CONFIDENCE"]  # what is off topic is declined, as usual
        server = stack.enter_context(programs.serving(home, settings))
        outcomes = Counter(_ask(server, body) for body in abuse.requests(scale.requests))
        calls = [one for one in stage.requests(gemini) if one["operation"] == "streamGenerateContent"]
    for call in calls:
        _require_ours(call["body"])
    yield Row(GROUP, "asked", Figure(scale.requests, "requests"))
    for outcome, meaning in _MEANINGS.items():
        yield Row(GROUP, meaning, Figure(outcomes[outcome], "requests"))
    note = "each prompt has our rules, and no word of the client's orders or made-up answers"
    yield Row(GROUP, "calls of the model", Figure(len(calls), "calls"), note=note)


def _ask(server: Program, body: Mapping[str, Any]) -> str:
    """The mode of the answer, "refused" for none."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    path = f"/api/v1/sites/{stage.KEY}/chat"
    headers = {"content-type": "application/json", "origin": _ORIGIN}
    connection.request("POST", path, orjson.dumps(body), headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status == 422:
        return "refused"
    found = _MODE.search(answer)
    if response.status != 200 or found is None:
        raise ChatsFailed(f"status {response.status}: {answer[-500:]!r}")
    return found[1].decode()


def _require_ours(call: Mapping[str, Any]) -> None:
    system = call["systemInstruction"]["parts"][0]["text"]
    if not " ".join(system.split()).startswith(_OURS) or abuse.MARK in orjson.dumps(call).decode():
        raise ChatsFailed(f"The model was given what the client ordered: {call}")
