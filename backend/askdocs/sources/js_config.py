"""Reads what is literal in a configuration written in JavaScript or TypeScript; it runs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from askdocs.errors import SourceError
from askdocs.sources import files

MAX_DEPTH = 30
"""Levels of objects and lists inside one another."""

_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_KEY = re.compile(r"(?:async\s+)?([A-Za-z_$][\w$]*)|\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'")
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\$]|\\.)*)`")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_TYPED = re.compile(r"\s*(?:as|satisfies)\s")
_BRACKET = re.compile(r"[(\[{]|[)\]}]|,|[\"'`]|//[^\n]*|/\*.*?\*/", re.DOTALL)
_OBJECT = re.compile(r"(?:[(=]|\bdefault|\breturn)\s*(?=\{)")


class Unknown:
    """What only running the configuration would tell."""


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Script:
    text: str

    def object_with(self, *keys: str) -> Mapping[str, Any]:
        """The first object that has one of the keys; {} if there is none."""
        for found in _OBJECT.finditer(self.text):
            value, _ = self._value(found.end(), 0)
            if isinstance(value, dict) and not value.keys().isdisjoint(keys):
                return value
        return {}

    def argument_of(self, function: str) -> Mapping[str, Any]:
        """The object that a function is called with; {} if it is not."""
        found = re.search(rf"\b{re.escape(function)}\s*\(\s*(?=\{{)", self.text)
        value, _ = self._value(found.end(), 0) if found else ({}, 0)
        return value if isinstance(value, dict) else {}

    def _value(self, position: int, depth: int) -> tuple[Any, int]:
        """The value that begins here, and where what follows it begins: a comma, or what closes the list."""
        position = self._skip(position)
        if depth > MAX_DEPTH or position >= len(self.text):
            return UNKNOWN, len(self.text)
        value: Any = UNKNOWN
        end = position
        first = self.text[position]
        if first == "{":
            value, end = self._object(position, depth)
        elif first == "[":
            value, end = self._list(position, depth)
        elif first == "(":
            value, end = self._value(position + 1, depth + 1)
            while self.text[end : end + 1] == ",":
                value, end = UNKNOWN, self._end(end + 1)
            end += 1
        elif string := _STRING.match(self.text, position):
            value, end = _unescaped(next(part for part in string.groups() if part is not None)), string.end()
        elif word := _WORD.match(self.text, position):
            value, end = self._named(word[0], depth), word.end()
        if end > position and (typed := _TYPED.match(self.text, end)):
            return value, self._end(typed.end())
        after = self._skip(end)
        if not self._ends(end, after):
            return UNKNOWN, self._end(after)
        return value, after

    def _ends(self, end: int, after: int) -> bool:
        """Whether a value ends here: a sign or a new statement follows, and no operator."""
        follows = self.text[after : after + 1]
        return not follows or follows in ",}]);" or ("\n" in self.text[end:after] and follows.isidentifier())

    def _object(self, position: int, depth: int) -> tuple[dict[str, Any], int]:
        values: dict[str, Any] = {}
        position = self._skip(position + 1)
        while position < len(self.text) and self.text[position] != "}":
            before = position
            if self.text.startswith("...", position):
                spread, position = self._value(position + 3, depth + 1)
                values |= spread if isinstance(spread, dict) else {}
            elif key := _KEY.match(self.text, position):
                name = next(part for part in key.groups() if part is not None)
                after = self._skip(key.end())
                if self.text[after : after + 1] == ":":
                    values[name], position = self._value(after + 1, depth + 1)
                elif self.text[after : after + 1] in (",", "}"):
                    values[name], position = self._named(name, depth), after
                else:
                    values[name], position = UNKNOWN, self._end(after)
            else:
                position = self._end(position)
            position = self._skip(position + 1 if self.text[position : position + 1] == "," else position)
            if position <= before:
                break
        return values, position + 1

    def _list(self, position: int, depth: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        position = self._skip(position + 1)
        while position < len(self.text) and self.text[position] != "]":
            before = position
            value, position = self._value(position, depth + 1)
            values.append(value)
            position = self._skip(position + 1 if self.text[position : position + 1] == "," else position)
            if position <= before:
                break
        return values, position + 1

    def _named(self, name: str, depth: int) -> Any:
        """True, false, or what a constant of the same file holds."""
        if name in ("true", "false"):
            return name == "true"
        found = re.search(rf"\b(?:const|let|var)\s+{re.escape(name)}\b\s*(?::[^=;]+)?=(?!=|>)", self.text)
        return self._value(found.end(), depth + 10)[0] if found else UNKNOWN

    def _end(self, position: int) -> int:
        """Where the comma is that ends what stands here, or the bracket that closes what is around it."""
        depth = 0
        while found := _BRACKET.search(self.text, position):
            mark = found[0]
            position = found.end()
            if mark in "([{":
                depth += 1
            elif mark in ")]}":
                if depth == 0:
                    return found.start()
                depth -= 1
            elif mark == "," and depth == 0:
                return found.start()
            elif mark in "\"'`":
                string = re.compile(rf"(?:[^{mark}\\]|\\.)*{mark}", re.DOTALL).match(self.text, position)
                position = string.end() if string else position
        return len(self.text)

    def _skip(self, position: int) -> int:
        found = _SKIPPED.match(self.text, position)
        return found.end() if found else position


def read(file: Path) -> Script:
    """Raises SourceError when the file cannot be read."""
    try:
        return Script(files.decode(files.read(file))[0])
    except SourceError as error:
        raise SourceError(
            f"{file} cannot be read: {error}", fix="Check the file and its permissions."
        ) from error


def _unescaped(string: str) -> str:
    return re.sub(r"\\(.)", r"\1", string)
