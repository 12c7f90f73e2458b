"""Takes front matter off a page, and reads it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import yaml

from askdocs.sources.sections import squeeze

MAX_CHARS = 100_000
"""Longer front matter is none: parsing YAML is slow."""

_YAML = re.compile(r"---[ \t]*\n(?P<source>(?:.*\n)*?)(?: {0,3}-{3,}|\.\.\.)[ \t]*(?:\n|\Z)")
_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<source>(?:.*\n)*?)\+\+\+[ \t]*(?:\n|\Z)")
_JSON = re.compile(r'\{[ \t]*\n\s*"[^"\n]*"\s*:')
_KEY = re.compile(r"""["']?[\w@$][\w@$.-]*["']?[ \t]*:(?:\s|$)|[{\[-]""")
"""What a line of YAML begins with; Markdown begins a list so, too, but lists are valid YAML as well."""

_USUAL = frozenset({"title", "description", "layout", "slug", "id", "tags", "date", "permalink", "weight"})


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

    It is YAML between `---`, TOML between `+++`, or an object of JSON. Without one, as where text stands
    between two rules, all of the text follows.
    """
    found = _YAML.match(text) or _TOML.match(text)
    if found is None:
        return _split_json(text)
    matter, fault = (read if text[0] == "-" else _read_toml)(found["source"])
    return (FrontMatter(), text, "") if matter is None else (matter, text[found.end() :], fault)


def read(source: str) -> tuple[FrontMatter | None, str]:
    """The front matter, and what is wrong with it ("" if nothing).

    None for what is no front matter but text between two rules: it does not begin with a key, or it is
    neither keys and values nor looks like them.
    """
    if len(source) > MAX_CHARS:
        return FrontMatter(), f"is longer than {MAX_CHARS // 1000} kB"
    try:
        values = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506 - it makes nothing but strings
    except (yaml.YAMLError, RecursionError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        line = f" (line {mark.line + 2})" if mark else ""
        return (FrontMatter(), f"is not valid YAML{line}") if _looks_like_keys(source) else (None, "")
    if not values:
        return FrontMatter(), ""
    if not isinstance(values, dict) or _is_text(source, values):
        return None, ""
    return FrontMatter(values), ""


def _looks_like_keys(source: str) -> bool:
    """Whether the first line that is no comment has a key, so that what is not valid was meant to be."""
    lines = (line for line in source.split("\n") if line.strip() and not line.startswith("#"))
    return _KEY.match(next(lines, "")) is not None


def _is_text(source: str, values: Mapping[str, Any]) -> bool:
    """Whether words with a colon after the first of them stand between two rules, and a blank line does, too.

    `Note: this page is old.` is valid YAML."""
    return source.startswith("\n") and values.keys().isdisjoint(_USUAL)


def _read_toml(source: str) -> tuple[FrontMatter | None, str]:
    if len(source) > MAX_CHARS:
        return FrontMatter(), f"is longer than {MAX_CHARS // 1000} kB"
    try:
        return FrontMatter(_as_written(tomllib.loads(source))), ""
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return (FrontMatter(), f"is not valid TOML ({error})") if "=" in source else (None, "")


def _split_json(text: str) -> tuple[FrontMatter, str, str]:
    """JSON ends where its object does; a brace that begins no object is text."""
    if not _JSON.match(text):
        return FrontMatter(), text, ""
    try:
        values, end = json.JSONDecoder().raw_decode(text[:MAX_CHARS])
    except (ValueError, RecursionError):
        return FrontMatter(), text, ""
    return FrontMatter(_as_written(values)), text[end:], ""


def _as_written(value: Any) -> Any:
    """The values with strings for their scalars, as YAML has them here."""
    if isinstance(value, dict):
        return {str(key): _as_written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_written(each) for each in value]
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    return value.isoformat() if isinstance(value, date | time) else str(value)
