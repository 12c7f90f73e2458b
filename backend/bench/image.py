"""`python -m bench.image NAME=IMAGE…`: runs built images as an operator would, and says whether they hold
what website/docs/operate/image.md promises. `make test-image` builds and names them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import get_args

from bench import containers, corpus, load, outside
from bench.outside import Variant, World

_QUESTIONS = 100
_CONCURRENCY = 80
_STREAMS = 50
_STARTS = 5
_FROM_START = "s from the process's start, on 1 CPU"
_NOT_THERE = ("pip", "gcc", "apt-get", "dpkg", "perl", "curl", "wget")

_LIMITS: Mapping[Variant, Mapping[str, float]] = {
    "production": {"size": 243, "CPU until then": 2.0, "after questions": 256, "at concurrency 80": 512},
    "standalone": {"CPU until then": 2.0, "after questions": 512, "at concurrency 80": 768},
}
"""Of what has one: megabytes (10^6 bytes), and seconds on one CPU."""


@dataclass(slots=True)
class Report:
    """What was found of one image, line by line; `failures` are those that break a promise."""

    name: Variant
    failures: list[str] = field(default_factory=list)

    def figure(self, what: str, value: float, unit: str) -> None:
        limit = _LIMITS[self.name].get(what)
        self._line(
            what,
            f"{value:.1f} {unit}" + (f"  (at most {limit:g})" if limit else ""),
            holds=limit is None or value <= limit,
        )

    def promise(self, what: str, holds: bool, *, found: object = "") -> None:
        self._line(what, f"{'yes' if holds else 'NO'} {found}".rstrip(), holds=holds)

    def _line(self, what: str, said: str, *, holds: bool) -> None:
        print(f"  {what:42} {said}{'' if holds else '  <-- FAILED'}", flush=True)
        if not holds:
            self.failures.append(f"{self.name}: {what}: {said}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.image", description=__doc__)
    parser.add_argument("images", nargs="+", metavar="NAME=IMAGE", help=f"of {', '.join(get_args(Variant))}")
    failures: list[str] = []
    for given in parser.parse_args().images:
        name, _, image = given.partition("=")
        if name not in _LIMITS:
            parser.error(f"{name!r} is no variant")
        print(f"\n{name}: {image}", flush=True)
        failures += examine(Report(name), image)
    print("\n".join(["", *failures]) or "\nEvery promise holds.")
    sys.exit(1 if failures else 0)


def examine(report: Report, image: str) -> Sequence[str]:
    _weigh(report, image)
    with outside.opened(report.name) as world:
        key = outside.publish(image, world)
        for check in (_starts, _behaves, _holds_out, _stops):
            check(report, image, world, key)
    return report.failures


def _weigh(report: Report, image: str) -> None:
    report.figure("size", containers.size(image) / 1e6, "MB")
    for what, size in containers.layers(image):
        report.figure(f"layer: {what}", size / 1e6, "MB")


def _starts(report: Report, image: str, world: World, key: str) -> None:
    """On one CPU, from nothing to the first answer. Another program on this machine makes it longer, but not
    the seconds of CPU."""
    ready, answered, cpu = [], [], []
    for _ in range(_STARTS):
        with outside.serving(image, world, key, cpu=0) as (container, target):
            ready.append(outside.until_ready(container, target.port))
            outside.ask(target, 1)
            answered.append(time.time() - container.started_at)
            cpu.append(container.cpu())
    report.figure("ready", median(ready), _FROM_START)
    report.figure("first answer", median(answered), _FROM_START)
    report.figure("CPU until then", median(cpu), "s")


def _behaves(report: Report, image: str, world: World, key: str) -> None:
    """What it holds after a while, and what a stranger finds inside."""
    with outside.serving(image, world, key) as (container, target):
        outside.until_ready(container, target.port)
        outside.ask(target, 1)
        report.figure("after the first answer", container.megabytes(), "MB resident")
        outside.ask(target, _QUESTIONS)
        report.figure("after questions", container.megabytes(), f"MB resident, {_QUESTIONS} questions")
        report.promise("healthy by its own check", container.is_healthy())
        report.promise("runs as 10001", container.process.uids().real == 10001)
        code, _ = container.execute("touch", "/app/x")
        report.promise("its root cannot be written to", code != 0)
        found = [tool for tool in _NOT_THERE if container.execute("sh", "-c", f"command -v {tool}")[0] == 0]
        report.promise("no installers, compilers, downloaders", not found, found=" ".join(found))
        status, served = outside.get(target.port, "/widget/askdocs.js")
        report.promise("serves the widget", status == 200 and b"customElements" in served)
        code, seconds = container.stop()
        report.promise("stops when idle", code == 0, found=f"code {code} after {seconds:.1f} s")


def _holds_out(report: Report, image: str, world: World, key: str) -> None:
    with outside.serving(image, world, key) as (container, target):
        outside.until_ready(container, target.port)
        outcome = asyncio.run(load.ask(target, corpus.questions(), readers=_CONCURRENCY, seconds=10.0))
        failed = outcome.failures[:1]
        report.promise(f"{outcome.chats} answers at concurrency 80", not failed, found=str(failed or ""))
        report.figure("at concurrency 80", container.megabytes(), "MB resident")


def _stops(report: Report, image: str, world: World, key: str) -> None:
    """With streams that would go on for minutes."""
    with outside.serving(image, world, key, with_model=True) as (container, target):
        outside.until_ready(container, target.port)
        world.say({"text": "word " * 400, "chunk": 5, "pause": 1.0, "times": None})
        code, seconds, streams = asyncio.run(outside.stop_under(container, target, _STREAMS))
        in_time = code == 0 and seconds < 10
        report.promise("exit code 0 within 10 s", in_time, found=f"{code}, {seconds:.1f} s")
        whole = sum(stream.endswith(b"data: [DONE]\n\n") for stream in streams)
        told = sum(b'"type":"error"' in stream for stream in streams)
        report.promise("streams that ended as streams do", whole == _STREAMS, found=f"{whole} of {_STREAMS}")
        report.promise("of them by an error event", told == _STREAMS, found=f"{told}")
        logged = sum("/chat" in line for line in container.log().splitlines())
        report.promise("each is in the log", logged >= _STREAMS, found=f"{logged} lines")


if __name__ == "__main__":
    main()
