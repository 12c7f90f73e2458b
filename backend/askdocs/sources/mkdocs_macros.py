"""Fills in what the macros plugin of MkDocs looks up, and leaves out what it computes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from askdocs.sources.mkdocs_config import Config

_RAW = re.compile(r"\{%-?\s*raw\s*-?%\}(.*?)\{%-?\s*endraw\s*-?%\}", re.DOTALL)
_LOOP = re.compile(
    r"\{%-?\s*(for|macro|call|filter)\b(?:(?!\{%-?\s*(?:for|macro|call|filter)\b).)*?\{%-?\s*end\1\s*-?%\}\n?",
    re.DOTALL,
)
_STATEMENT = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = re.compile(r"\{\{-?\s*([\w.]+)?.*?-?\}\}", re.DOTALL)

MAX_LOOPS = 10
"""Loops inside one another."""


class Macros:
    def __init__(self, config: Config) -> None:
        self._is_on = config.extensions is not None and (
            config.uses("macros") or config.has("zensical.extensions.macros")
        )
        extra = config.values.get("extra")
        self._values = {**(extra if isinstance(extra, dict) else {}), "config": config.values}

    def rewrite(self, text: str) -> str:
        if not self._is_on or "{" not in text:
            return text
        kept: list[str] = []

        def keep(found: re.Match[str]) -> str:
            kept.append(found[1])
            return f"\0{len(kept) - 1}\0"

        text = _RAW.sub(keep, text)
        for _ in range(MAX_LOOPS):
            text, count = _LOOP.subn("", text)
            if not count:
                break
        text = _VALUE.sub(self._value, _STATEMENT.sub("", text))
        return re.sub("\0(\\d+)\0", lambda found: kept[int(found[1])], text)

    def _value(self, found: re.Match[str]) -> str:
        """A text or number of the configuration's; "" for what a function gives."""
        value: Any = self._values
        for name in (found[1] or "").split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return str(value) if isinstance(value, str | int | float) else ""
