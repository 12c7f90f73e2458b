"""Reads docker-compose.yml as `docker compose` does: variables, profiles, defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(
    r"\$(?:(?P<escaped>\$)|\{(?P<braced>[A-Z0-9_]+)(?:(?P<operator>:?[-?+])(?P<word>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))"
)
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class MissingVariable(Exception):
    """A variable that the file says must be set, with what it says to do."""


@dataclass(frozen=True)
class Mount:
    source: str
    """A path on the host, or the name of a volume."""
    target: str
    read_only: bool = False

    @property
    def is_volume(self) -> bool:
        return not self.source.startswith((".", "/", "~"))


@dataclass(frozen=True)
class HealthCheck:
    test: tuple[str, ...]
    """Empty where the image says it."""
    timeout: float


@dataclass(frozen=True)
class Service:
    name: str
    image: str
    command: tuple[str, ...] | None
    entrypoint: tuple[str, ...] | None
    environment: Mapping[str, str]
    user: str | None
    networks: tuple[str, ...]
    mounts: tuple[Mount, ...]
    tmpfs: tuple[str, ...]
    secrets: tuple[str, ...]
    capabilities: tuple[str, ...]
    """Those that are left."""
    depends_on: Mapping[str, str]
    """What has to be true of which service first."""
    healthcheck: HealthCheck | None
    stop_grace: float
    memory: int
    """Bytes."""
    declared: Mapping[str, Any] = field(repr=False)
    """All that the file says of it."""


@dataclass(frozen=True)
class Project:
    name: str
    folder: Path
    services: Mapping[str, Service]
    """Those that the profiles choose."""
    networks: Mapping[str, bool]
    """Whether each is internal."""
    secrets: Mapping[str, Path]


def load(file: Path, env_file: Path, *, profiles: Sequence[str] = ()) -> Project:
    """The project as `docker compose --env-file … --profile …` reads it. Raises `MissingVariable`."""
    variables = read_env(env_file)
    tree = interpolate(yaml.safe_load(file.read_text()), variables)
    chosen = {
        name: _service(name, declared, variables)
        for name, declared in tree["services"].items()
        if not declared.get("profiles") or set(declared["profiles"]) & set(profiles)
    }
    networks = {name: bool((declared or {}).get("internal")) for name, declared in tree["networks"].items()}
    secrets = {name: file.parent / declared["file"] for name, declared in tree["secrets"].items()}
    return Project(tree["name"], file.parent, chosen, networks, secrets)


def read_env(file: Path) -> dict[str, str]:
    """Variables of a file such as .env: one a line, in quotation marks or not."""
    found = {}
    for line in file.read_text().splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            name, _, value = line.partition("=")
            found[name.strip()] = value.strip().strip("'\"")
    return found


def interpolate(node: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: interpolate(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [interpolate(item, variables) for item in node]
    if isinstance(node, str):
        return _VARIABLE.sub(lambda found: _value(found, variables), node)
    return node


def variables_of(text: str) -> set[str]:
    """The names of the variables that a text asks for."""
    names = (found["braced"] or found["bare"] for found in _VARIABLE.finditer(text))
    return {name for name in names if name}


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["escaped"]:
        return "$"
    value = variables.get(found["braced"] or found["bare"])
    operator, word = found["operator"] or "", found["word"] or ""
    is_set = bool(value) if operator.startswith(":") else value is not None
    match operator[-1:]:
        case "-":
            return value or "" if is_set else word
        case "+":
            return word if is_set else ""
        case "?" if not is_set:
            raise MissingVariable(f"{found['braced']}: {word}")
        case _:
            return value or ""


def _service(name: str, declared: Mapping[str, Any], variables: Mapping[str, str]) -> Service:
    environment = dict(variables) if declared.get("env_file") == ".env" else {}
    environment |= declared.get("environment", {})
    check = declared.get("healthcheck")
    if declared.get("cap_drop") != ["ALL"]:
        raise ValueError(f"{name} keeps capabilities: this runner knows how to drop all of them only")
    return Service(
        name=name,
        image=declared["image"],
        command=_words(declared, "command"),
        entrypoint=_words(declared, "entrypoint"),
        environment=environment,
        user=declared.get("user"),
        networks=tuple(declared["networks"]),
        mounts=tuple(_mount(text) for text in declared.get("volumes", ())),
        tmpfs=tuple(text.partition(":")[0] for text in declared.get("tmpfs", ())),
        secrets=tuple(declared.get("secrets", ())),
        capabilities=tuple(declared.get("cap_add", ())),
        depends_on={other: rule["condition"] for other, rule in declared.get("depends_on", {}).items()},
        healthcheck=check and HealthCheck(tuple(check.get("test", ())), seconds(check["timeout"])),
        stop_grace=seconds(declared["stop_grace_period"]),
        memory=size(declared["deploy"]["resources"]["limits"]["memory"]),
        declared=declared,
    )


def _words(declared: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    return tuple(declared[key]) if key in declared else None


def _mount(text: str) -> Mount:
    source, target, *options = text.split(":")
    return Mount(source, target, read_only="ro" in ",".join(options).split(","))


def seconds(text: str) -> float:
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|s|m|h)", text))


def size(text: str) -> int:
    return int(text[:-1]) * {"K": 2**10, "M": 2**20, "G": 2**30}[text[-1].upper()]
