"""Parts the front matter of a Markdown file from its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import yaml

from askdocs.sources.sections import squeeze

MAX_CHARS = 100_000
"""Longer front matter is none: parsing YAML is slow."""

_FENCED = re.compile(r"\A---[ \t]*\n(.*?)(?:\n|\A)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    values: Mapping[Any, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """A scalar as one line; "" for anything else."""
        value = self.values.get(key)
        is_scalar = isinstance(value, str | int | float | date) and not isinstance(value, bool)
        return squeeze(str(value)) if is_scalar else ""

    def flag(self, key: str) -> bool:
        return self.values.get(key) is True


def split(text: str) -> tuple[FrontMatter, str, str]:
    """The front matter, the text below it, and what is wrong with the front matter ("" if nothing)."""
    found = _FENCED.match(text)
    if not found:
        return FrontMatter(), text, ""
    body = text[found.end() :]
    if len(found[1]) > MAX_CHARS:
        return FrontMatter(), body, "is longer than 100 kB"
    try:
        values = yaml.safe_load(found[1])
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 2})" if error.problem_mark else ""
        return FrontMatter(), body, f"is not valid YAML{line}"
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        # Dates out of range are ValueErrors, and deep nesting exhausts the parser's recursion.
        return FrontMatter(), body, "is not valid YAML"
    if values is None:
        return FrontMatter(), body, ""
    if not isinstance(values, dict):
        return FrontMatter(), body, "is not a list of keys and values"
    return FrontMatter(values), body, ""
