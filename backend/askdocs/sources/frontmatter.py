"""Takes front matter off a page, and reads its YAML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from askdocs.sources.sections import squeeze

MAX_CHARS = 100_000
"""Longer front matter is none: parsing YAML is slow."""

_MARKED = re.compile(r"---[ \t]*\n(?P<yaml>(?:.*\n)*?)(?: {0,3}-{3,}|\.\.\.)[ \t]*(?:\n|\Z)")


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
    """The front matter at the beginning of a file, what follows it, and what is wrong ("" if nothing).

    Without one, as where plain words stand between two rules, all of the text follows.
    """
    marked = _MARKED.match(text)
    if marked is None:
        return FrontMatter(), text, ""
    matter, fault = read(marked["yaml"])
    return (FrontMatter(), text, "") if matter is None else (matter, text[marked.end() :], fault)


def read(source: str) -> tuple[FrontMatter | None, str]:
    """The front matter, and what is wrong with it ("" if nothing).

    None for plain words: they are no front matter but text between two rules.
    """
    if len(source) > MAX_CHARS:
        return FrontMatter(), f"is longer than {MAX_CHARS // 1000} kB"
    try:
        values = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but strings
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 2})" if error.problem_mark else ""
        return FrontMatter(), f"is not valid YAML{line}"
    except (yaml.YAMLError, RecursionError):
        return FrontMatter(), "is not valid YAML"
    if isinstance(values, str) and values:
        return None, ""
    if not values:
        return FrontMatter(), ""
    if not isinstance(values, dict):
        return FrontMatter(), "is not a list of keys and values"
    return FrontMatter(values), ""
