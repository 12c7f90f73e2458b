"""How much of what must be masked is, what else is, and how long that takes.

A set has a line of JSON for each text, in which ⟦kind|value⟧ stands round what is to be masked. Random parts
are drawn when it is read, `<an36>` for 36 letters and digits: no file holds what scanners take for a secret.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import string
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from askdocs.text import masking
from askdocs.text.masking import Span

_SPAN = re.compile(r"⟦(\w+)\|(.*?)⟧", re.DOTALL)
_DRAWN = re.compile(r"<(an|al|up|w|b|hex|d)(\d+)>|<uuid>")
_LETTERS = {
    "an": string.ascii_letters + string.digits,
    "al": string.ascii_letters,
    "up": string.ascii_uppercase + string.digits,
    "w": string.ascii_letters + string.digits + "-_",
    "b": string.ascii_letters + string.digits + "+/",
    "hex": "0123456789abcdef",
    "d": string.digits,
}


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Score:
    """Of each kind: what was found as it should be, what was found besides, and what was missed."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def precision(self, kind: str) -> float:
        return self.right[kind] / ((self.right[kind] + self.wrong[kind]) or 1)

    def recall(self, kind: str) -> float:
        return self.right[kind] / ((self.right[kind] + self.missed[kind]) or 1)


def read(path: Path, *, seed: int = 1) -> list[Labelled]:
    chance = random.Random(seed)
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_labelled(json.loads(line)["text"], chance) for line in lines if line]


def _labelled(marked: str, chance: random.Random) -> Labelled:
    drawn = _DRAWN.sub(lambda match: _draw(match, chance), marked)
    spans, text, end = [], "", 0
    for match in _SPAN.finditer(drawn):
        text += drawn[end : match.start()]
        spans.append(Span(len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        end = match.end()
    return Labelled(text + drawn[end:], tuple(spans))


def _draw(match: re.Match[str], chance: random.Random) -> str:
    if match[1] is None:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))
    return "".join(chance.choices(_LETTERS[match[1]], k=int(match[2])))


def score(labelled: Iterable[Labelled]) -> Score:
    """A span counts as found when the same kind stands at the same place, to the letter."""
    result = Score()
    for one in labelled:
        found, wanted = set(masking.find(one.text)), set(one.spans)
        for counter, spans in (
            (result.right, found & wanted),
            (result.wrong, found - wanted),
            (result.missed, wanted - found),
        ):
            counter.update(span.kind for span in spans)
        for verdict, spans in (("found", found - wanted), ("missed", wanted - found)):
            result.faults += [
                f"{verdict} {s.kind} {one.text[s.start : s.end]!r} in {one.text!r}" for s in spans
            ]
    return result


def render(result: Score) -> str:
    right, wrong, missed = (
        Counter({"all": counter.total()}) for counter in (result.right, result.wrong, result.missed)
    )
    totals = Score(right, wrong, missed)
    rows = [("kind", "right", "wrong", "missed", "precision", "recall")]
    for kind, of in [*((kind, result) for kind in masking.KINDS if _seen(result, kind)), ("all", totals)]:
        counts = (str(of.right[kind]), str(of.wrong[kind]), str(of.missed[kind]))
        rows.append((kind, *counts, f"{of.precision(kind):.3f}", f"{of.recall(kind):.3f}"))
    return "\n".join(" ".join(cell.rjust(9) for cell in row) for row in rows)


def _seen(result: Score, kind: str) -> int:
    return result.right[kind] + result.wrong[kind] + result.missed[kind]


def microseconds(text: str, *, rounds: int = 50) -> float:
    """Of the fastest of several runs."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        masking.find(text)
        taken.append(time.perf_counter() - began)
    return min(taken) * 1e6


def _questions(paths: Sequence[Path]) -> Iterator[str]:
    for path in paths:
        yield from (json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.masking", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="labelled sets")
    parser.add_argument("--questions", nargs="*", type=Path, default=[], help="questions without a label")
    given = parser.parse_args()
    for path in given.sets:
        labelled = read(path)
        result = score(labelled)
        print(f"{path.name}: {len(labelled)} texts\n{render(result)}", *result.faults, "", sep="\n")
        text = " ".join(one.text for one in labelled)[:4000]
        print(f"{len(text)} characters of it in {microseconds(text):.0f} µs\n")
    asked = list(_questions(given.questions))
    for question in asked:
        if spans := masking.find(question):
            print([(s.kind, question[s.start : s.end]) for s in spans], "in", repr(question))
    if asked:
        print(f"{len(asked)} questions, {microseconds(' '.join(asked)[:4000]):.0f} µs for 4,000 characters")


if __name__ == "__main__":
    main()
