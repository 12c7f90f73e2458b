"""Parts the front matter of a Markdown file from its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from askdocs.sources.sections import squeeze

MAX_CHARS = 100_000
"""Longer front matter is none: parsing YAML is slow."""

_FENCED = re.compile(r"\A---[ \t]*\n(.*?)(?:(?<=\n)|\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Its scalars are strings, as they were written."""

    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """A scalar as one line; "" for anything else."""
        value = self.values.get(key)
        return squeeze(value) if isinstance(value, str) and value not in ("~", "null") else ""

    def flag(self, key: str) -> bool:
        return self.text(key).lower() in ("true", "yes", "on")


def split(text: str) -> tuple[FrontMatter, str, str]:
    """The front matter, the text below it, and what is wrong with the front matter ("" if nothing)."""
    found = _FENCED.match(text)
    if not found:
        return FrontMatter(), text, ""
    body = text[found.end() :]
    if len(found[1]) > MAX_CHARS:
        return FrontMatter(), body, f"is longer than {MAX_CHARS // 1000} kB"
    try:
        values = yaml.load(found[1], Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but strings
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 2})" if error.problem_mark else ""
        return FrontMatter(), body, f"is not valid YAML{line}"
    except (yaml.YAMLError, RecursionError):
        return FrontMatter(), body, "is not valid YAML"
    if not values:
        return FrontMatter(), body, ""
    if not isinstance(values, dict):
        return FrontMatter(), body, "is not a list of keys and values"
    return FrontMatter(values), body, ""
