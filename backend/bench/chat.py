"""What a chat costs on top of the model's own stream: time to first token, and CPU of the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bench import corpus, load
from bench.stage import TOKENS, Stage, System
from bench.table import Figure, Row

GROUP = f"chats of {TOKENS} tokens, over a bare relay of the same stream"


@dataclass(frozen=True, slots=True)
class Scale:
    """`seconds` of load on each of the two systems in each of the `rounds`."""

    chunks: tuple[int, ...]
    readers: tuple[int, ...]
    rounds: int
    seconds: float


FULL = Scale(chunks=(1, 10), readers=(1, 16, 64), rounds=4, seconds=1.2)
QUICK = Scale(chunks=(1, 10), readers=(1, 16), rounds=2, seconds=0.4)


class ChatsFailed(Exception):
    """Answers broke, so their times say nothing."""


@dataclass(slots=True)
class Tally:
    """Of one system over all rounds: seconds to the first token of each chat, seconds of CPU of all."""

    first_tokens: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def to_first_token(self) -> Figure:
        return Figure.of((seconds * 1000 for seconds in self.first_tokens), "ms")

    @property
    def cpu_per_chat(self) -> Figure:
        return Figure(self.cpu * 1000 / len(self.first_tokens), "ms")


def measure(opened: Stage, scale: Scale) -> Iterator[Row]:
    questions = corpus.questions()
    with load.runner() as runner:
        for chunk in scale.chunks:
            opened.script(tokens=TOKENS, chunk=chunk)
            for readers in scale.readers:
                name = f"chunks of {chunk}, {readers} at once"
                relay, askdocs = runner.run(_compare(opened, questions, readers, scale))
                yield Row(
                    GROUP, f"{name}: first token", askdocs.to_first_token, relay.to_first_token, "relay"
                )
                yield Row(GROUP, f"{name}: CPU a chat", askdocs.cpu_per_chat, relay.cpu_per_chat, "relay")


async def _compare(
    opened: Stage, questions: Iterator[str], readers: int, scale: Scale
) -> tuple[Tally, Tally]:
    """The relay and Askdocs in turn, after a few chats that count for nothing."""
    relay, askdocs = Tally(), Tally()
    for system in (opened.relay, opened.askdocs):
        await _load(system, questions, Tally(), readers=readers, seconds=min(0.2, scale.seconds))
    for _ in range(scale.rounds):
        await _load(opened.relay, questions, relay, readers=readers, seconds=scale.seconds)
        await _load(opened.askdocs, questions, askdocs, readers=readers, seconds=scale.seconds)
    return relay, askdocs


async def _load(
    system: System, questions: Iterator[str], tally: Tally, *, readers: int, seconds: float
) -> None:
    used = system.program.cpu()
    outcome = await load.ask(system.target, questions, readers=readers, seconds=seconds)
    tally.cpu += system.program.cpu() - used
    if outcome.failures:
        raise ChatsFailed(f"{len(outcome.failures)} of {outcome.chats} chats broke: {outcome.failures[0]}")
    tally.first_tokens += outcome.first_tokens
