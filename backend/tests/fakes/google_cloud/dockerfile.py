"""`docker build` as far as it needs no network: what the wanted stages copy must be in its context."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field


class BuildFailed(Exception):
    """What the builder printed last."""


@dataclass
class _Stage:
    base: str
    copied: list[str] = field(default_factory=list)
    """Of the context."""
    copied_from: list[str] = field(default_factory=list)


def build(arguments: Sequence[str], source: Mapping[str, bytes]) -> None:
    """Do what `docker build` would do first in a folder with these files. Errors: `BuildFailed`."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("command", choices=["build"])
    parser.add_argument("context", choices=["."])
    for option in ("--file", "--target", "--tag"):
        parser.add_argument(option, required=True)
    chosen = parser.parse_args(arguments)
    if chosen.file not in source:
        raise BuildFailed(f"failed to read dockerfile: open {chosen.file}: no such file or directory")
    context = list(_sent(source))
    stages = _stages(source[chosen.file].decode())
    for stage in _needed(stages, chosen.target):
        for path in stage.copied:
            if path != "." and not any(name == path or name.startswith(f"{path}/") for name in context):
                raise BuildFailed(f'failed to compute cache key: "/{path}": not found')


def _stages(text: str) -> dict[str, _Stage]:
    stages: dict[str, _Stage] = {}
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        match line.split():
            case ["FROM", base, "AS", name]:
                stages[name] = stage = _Stage(base)
            case ["COPY", option, *_] if option.startswith("--from="):
                stage.copied_from.append(option.removeprefix("--from="))
            case ["COPY", *sources, _]:
                stage.copied += [one.removeprefix("./").rstrip("/") for one in sources]
    return stages


def _needed(stages: Mapping[str, _Stage], target: str) -> Iterator[_Stage]:
    """The target and what it is made of; BuildKit leaves the other stages out."""
    if target not in stages:
        raise BuildFailed(f'target stage "{target}" could not be found')
    waiting, seen = [target], set()
    while waiting:
        name = waiting.pop()
        if name in stages and name not in seen:
            seen.add(name)
            waiting += [stages[name].base, *stages[name].copied_from]
            yield stages[name]


def _sent(source: Mapping[str, bytes]) -> Iterable[str]:
    """What .dockerignore leaves: the last pattern that names a file, or a folder above it, decides."""
    lines = source.get(".dockerignore", b"").decode().splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    rules = [(one.startswith("!"), _expression(one.lstrip("!"))) for one in patterns]
    for name in source:
        deciding = [is_kept for is_kept, expression in rules if expression.fullmatch(name)]
        if not deciding or deciding[-1]:
            yield name


def _expression(pattern: str) -> re.Pattern[str]:
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern.strip("/"))
    return re.compile("".join(meanings.get(part, re.escape(part)) for part in parts) + "(?:/.*)?")
