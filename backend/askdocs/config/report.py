"""Settings shown to people: the effective ones, and the reference page of all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ByteSize, SecretStr
from pydantic.fields import FieldInfo

from askdocs.config.kinds import Section
from askdocs.config.layers import DEFAULTS, IN_FILES, Layer, leaves, read_layers, read_yaml, variable
from askdocs.config.loading import place_of
from askdocs.config.settings import ENVIRONMENTS, Settings

PAGE = """---
title: Configuration reference
description: Every setting with its type, default and environment variable.
# Generated: change the descriptions in backend/askdocs/config/, then run `make docs`.
---

Values come from the defaults below, then from those of the environment that `ASKDOCS_ENV` names
(`development`, `test`, `staging` or `production`), then from the files of a configuration folder, then from
environment variables, then from the files that `*_FILE` variables name; the last one wins.
[Configuration](./configuration.md) explains how to use them.

`ASKDOCS_CONFIG_DIR` names the configuration folder; a checkout has `config/`.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in force. `value` is masked, fit for JSON; `source` is a place, a variable or "default"."""

    key: str
    value: Any
    source: str


def effective(settings: Settings) -> list[Setting]:
    """Every setting with where its value comes from."""
    layers = read_layers(Settings, settings.environment)
    layers.append(Layer({}, dict.fromkeys(flat(settings._overrides), "override")))
    return [
        Setting(key, shown(key, value_of(settings, key)), source_of(key, layers))
        for key, _ in leaves(Settings)
    ]


def secrets_in(file: Path) -> list[str]:
    """The keys of a YAML file of settings that hold something secret."""
    tree = read_yaml(Settings, file, base=file.parent).tree
    return [key for key in IN_FILES if lookup(tree, key) is not None]


def flat(tree: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def source_of(key: str, layers: list[Layer]) -> str:
    written = any(key in layer.places for layer in layers)
    return place_of(key, layers) if written else "default"


def value_of(settings: Settings, key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


def shown(key: str, value: Any) -> Any:
    """The value as JSON would hold it, without anything secret."""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return mask_url(secret) if key.endswith("_url") else "********"
    if isinstance(value, str) and "://" in value:
        return mask_url(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [item.model_dump(mode="json") if isinstance(item, BaseModel) else item for item in value]
    return value


def mask_url(url: str) -> str:
    """The URL with its passwords starred, in the authority and in the query."""
    masked = re.sub(r"(://[^:/?#@]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)([?&][^=&]*(?:password|key|token|secret)[^=&]*=)[^&]*", r"\1***", masked)


def reference() -> str:
    """The page website/docs/operate/configuration-reference.md."""
    environments = {name: packaged(name) for name in ENVIRONMENTS}
    parts = [PAGE]
    section = None
    for key, field in leaves(Settings):
        head = key.partition(".")[0] if "." in key else ""
        if head != section:
            section = head
            parts.append(f"## {f'`{head}`' if head else 'General'}\n")
        parts.append(entry(key, field, environments))
    return "\n".join(parts)


def packaged(name: str) -> Mapping[str, Any]:
    return read_yaml(Settings, DEFAULTS / f"{name}.yaml", base=DEFAULTS).tree


def entry(key: str, field: FieldInfo, environments: Mapping[str, Any]) -> str:
    values = {name: lookup(tree, key) for name, tree in environments.items()}
    differing = "; ".join(
        f"{name}: `{written(value)}`" for name, value in values.items() if value is not None
    )
    also = f", or `{variable(key)}_FILE`" if key in IN_FILES else ""
    lines = [
        f"### `{key}`\n",
        f"{field.description}\n",
        f"- Type: {type_name(field.annotation)}",
        f"- Default: {default_of(key, field)}",
        *([f"- In the environments: {differing}"] if differing else []),
        f"- Variable: `{variable(key)}`{also}",
        "",
    ]
    return "\n".join(lines)


def lookup(tree: Any, key: str) -> Any:
    for name in key.split("."):
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(item["name"] if isinstance(item, dict) else str(item) for item in value)
    if isinstance(value, str) and value.startswith("/"):
        return str(Path(value).relative_to(DEFAULTS))
    return str(value)


def default_of(key: str, field: FieldInfo) -> str:
    default = lookup(packaged("default"), key)
    if key == "environment":
        default = field.default
    return "none" if default in (None, []) else f"`{written(default)}`"


def _items(kind: Any) -> str:
    """What a list holds, in the plural."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, Section):
        return "`name`, `key`, `origins`"
    return {int: "whole numbers", Path: "paths"}.get(kind, "texts")


def type_name(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {_items(get_args(annotation)[0])} (as JSON in the variable)"
    (kind, *_) = get_args(annotation) or (annotation,)
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    names = {
        SecretStr: "text, secret",
        str: "text",
        int: "whole number",
        float: "number",
        bool: "`true` or `false`",
        Path: "path",
        ByteSize: "size",
    }
    return names[kind]
