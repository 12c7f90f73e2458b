"""How many readers can be read to at once before the next one has to wait for the first word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]  # it ships no types

from bench import corpus, load
from bench.chat import ChatsFailed
from bench.stage import Stage, System
from bench.table import Figure, Row

CHUNK, PACE = 10, 100.0
PATIENCE = 250.0
"""Milliseconds in which 95 of 100 readers must get their first token."""

GROUP = (
    f"streams of {PACE:.0f} tokens a second in chunks of {CHUNK}: how many at once, "
    f"each new one with a p95 to first token under {PATIENCE:.0f} ms (the model begins at once)"
)


@dataclass(frozen=True, slots=True)
class Scale:
    """Doubles from `start`, at most to `most`, then halves the gap so many times. A step counts who waits
    for `seconds`, once all streams have begun, each of which lasts `lasting` seconds and is followed by
    another. `goal` is tried whatever comes out."""

    start: int
    most: int
    halvings: int
    seconds: float
    goal: int
    lasting: float = 3.0


FULL = Scale(start=64, most=512, halvings=2, seconds=2.0, goal=256)
QUICK = Scale(start=64, most=64, halvings=0, seconds=1.0, goal=64, lasting=1.5)


@dataclass(frozen=True, slots=True)
class Step:
    """So many streams at once. `busy` is the share of a core that each process used, the loaded one first."""

    streams: int
    first_token: Figure
    broken: int
    busy: Mapping[str, float]

    @property
    def held(self) -> bool:
        return not self.broken and (self.first_token.p95 or 0.0) < PATIENCE

    @property
    def cpu(self) -> Figure:
        return Figure(100 * next(iter(self.busy.values())), "% of a core")

    def __str__(self) -> str:
        """What was busy: whatever comes near a whole core, or the machine near all of its, is what limits."""
        return "used of a core: " + ", ".join(f"{name} {share:.0%}" for name, share in self.busy.items())


def measure(opened: Stage, scale: Scale) -> Iterator[Row]:
    questions = corpus.questions()
    with load.runner() as runner:
        opened.script(tokens=round(scale.lasting * PACE), chunk=CHUNK, pace=PACE)

        def try_out(system: System, streams: int) -> Step:
            return runner.run(_try(opened, system, questions, streams, scale))

        runner.run(load.ask_once(opened.askdocs.target, next(questions)))
        best, failed = search(lambda streams: try_out(opened.askdocs, streams), scale)
        yield Row(GROUP, "held", Figure(best.streams, "streams"), note=_limit(failed))
        steps = [best] if best.streams == scale.goal else [best, try_out(opened.askdocs, scale.goal)]
        for step in steps:
            relay = try_out(opened.relay, step.streams)
            name = f"{step.streams} streams"
            yield Row(GROUP, f"{name}: first token", step.first_token, relay.first_token, "relay", str(step))
            yield Row(GROUP, f"{name}: CPU of the server", step.cpu, relay.cpu, "relay")


def _limit(failed: Step | None) -> str:
    """Why there were not more."""
    if failed is None:
        return "or more; no more were tried"
    if failed.broken:
        return f"of {failed.streams} streams {failed.broken} broke; they {failed}"
    return f"{failed.streams} streams had a p95 of {failed.first_token.p95:.0f} ms and {failed}"


def search(try_out: Callable[[int], Step], scale: Scale) -> tuple[Step, Step | None]:
    """The largest step that was held, and the smallest that was not, if there was one."""
    best, failed, streams = None, None, scale.start
    while failed is None and streams <= scale.most:
        step = try_out(streams)
        best, failed = (step, None) if step.held else (best, step)
        streams *= 2
    left = scale.halvings
    while failed is not None and failed.streams > 1 and (left or best is None):
        left = max(0, left - 1)
        step = try_out(((best.streams if best else 0) + failed.streams) // 2)
        best, failed = (step, failed) if step.held else (best, step)
    if best is None:
        raise ChatsFailed("Not even one stream was held.")
    return best, failed


async def _try(opened: Stage, system: System, questions: Iterator[str], streams: int, scale: Scale) -> Step:
    """Readers come one after another until all are there; from then on it counts how long they wait."""
    began = time.perf_counter()
    coming = load.ask(
        system.target,
        questions,
        readers=streams,
        seconds=scale.lasting + scale.seconds,
        stagger=scale.lasting,
    )
    reading = asyncio.create_task(coming)
    await asyncio.sleep(scale.lasting)
    used = _used(opened, system)
    await asyncio.sleep(scale.seconds)
    spent = {name: after - used[name] for name, after in _used(opened, system).items()}
    elapsed = spent.pop("time")
    busy = {name: cpu / elapsed for name, cpu in spent.items()}
    outcome = await reading
    waits = outcome.after(began + scale.lasting) or outcome.first_tokens
    if not waits:
        raise ChatsFailed(f"{len(outcome.failures)} streams broke: {outcome.failures[0]}")
    figure = Figure.of((wait * 1000 for wait in waits), "ms")
    return Step(streams, figure, len(outcome.failures), busy)


def _used(opened: Stage, system: System) -> Mapping[str, float]:
    """Seconds of CPU so far, by process and of the whole machine, and of time."""
    everything = psutil.cpu_times()
    return {
        "askdocs" if system is opened.askdocs else "relay": system.program.cpu(),
        "Gemini": opened.gemini.cpu(),
        "readers": time.process_time(),
        "whole machine": everything.user + everything.system,
        "time": time.perf_counter(),
    }
