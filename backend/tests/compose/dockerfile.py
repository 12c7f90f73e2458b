"""What backend/Dockerfile says of how its image is run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path


def instructions(file: Path, stage: str) -> Iterator[tuple[str, str]]:
    """Each instruction of a stage with its arguments, after those of the stages that it is made from."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", file.read_text(), flags=re.MULTILINE))
    stages = {}
    for part in re.split(r"^FROM ", text, flags=re.MULTILINE)[1:]:
        first, _, body = part.partition("\n")
        base, _, name = first.partition(" AS ")
        stages[name.strip()] = (base.strip(), body)
    base, body = stages[stage]
    if base in stages:
        yield from instructions(file, base)
    for line in body.splitlines():
        if line.strip():
            word, _, arguments = line.strip().partition(" ")
            yield word, arguments.strip()


def environment(file: Path, stage: str) -> dict[str, str]:
    pairs = (arguments for word, arguments in instructions(file, stage) if word == "ENV")
    return dict(pair.split("=", 1) for text in pairs for pair in shlex.split(text))


def last(file: Path, stage: str, word: str) -> str:
    """The arguments of the last instruction of a kind, which is the one that counts."""
    return [arguments for found, arguments in instructions(file, stage) if found == word][-1]


def words(file: Path, stage: str, word: str) -> tuple[str, ...]:
    """The command that an instruction holds as a list."""
    arguments = last(file, stage, word)
    return tuple(json.loads(arguments[arguments.index("[") :]))
