"""Finds things in configuration that is written in JavaScript or TypeScript, without running it.

The text is scanned, not parsed: comments, strings, templates and regular expressions are masked, and what is
left is brackets, commas and names. Whatever does not read as plainly as that is refused with `Unclear`, so
that nobody edits on a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = {"{": "}", "[": "]", "(": ")"}
_BEFORE_REGEX = set("(,=:[!&|?{};+-*%~^<>")
_KEY = re.compile(r"""(?:(["'])(?P<quoted>[^"']*)\1|(?P<bare>[\w$]+))\s*""")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_EXPORT = re.compile(r"\bexport\s+default\b|\bmodule\.exports\s*=(?!=)")
_FUNCTION = re.compile(r"(?:async\s+)?function\b[^({]*\(|(?:async\s*)?\([^()]*\)\s*(?::[^={]*)?=>")
_CONTROL = re.compile(r"\b(?:if|for|while|switch|catch|else|try|finally|do)$")
_RETURN = re.compile(r"\breturn\b")
_ENDS = re.compile(
    r"\s*(?:\)\s*)*(?:(?:as|satisfies)\s+[\w$.<>\[\]]+\s*)?(?:\)\s*)*(?:;|$|(?<=\n)(?=[A-Za-z_$]))"
)
"""What follows an exported object with which nothing is done: the end, or another statement."""


class Unclear(Exception):
    """What the text holds cannot be told without running it; the message says what."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a literal stands, its brackets included."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object literal; `value` begins at the first character of its expression."""

    name: str
    value: Span


@dataclass(frozen=True, slots=True)
class Module:
    """A text and its mask: of the same length, with only what decides the structure left in it."""

    text: str
    masked: str

    @classmethod
    def read(cls, text: str) -> Module:
        """Raises `Unclear` if the brackets do not match."""
        module = cls(text, mask(text))
        stack: list[str] = []
        for character in module.masked:
            if character in _OPENING:
                stack.append(_OPENING[character])
            elif character in "}])" and (not stack or stack.pop() != character):
                raise Unclear("its brackets do not match")
        if stack:
            raise Unclear("its brackets do not match")
        return module

    def literal(self, start: int) -> Span:
        """The literal whose bracket opens at `start`."""
        depth = 0
        for position in range(start, len(self.masked)):
            if self.masked[position] in _OPENING:
                depth += 1
            elif self.masked[position] in "}])":
                depth -= 1
                if depth == 0:
                    return Span(start, position + 1)
        raise Unclear("its brackets do not match")

    def items(self, literal: Span) -> Iterator[Span]:
        """What stands between the commas of an object or array, without the white space around it."""
        depth, begin = 0, literal.start + 1
        for position in range(literal.start + 1, literal.end):
            character = self.masked[position]
            if (character == "," and depth == 0) or position == literal.end - 1:
                item = self._stripped(begin, position)
                if item.start < item.end:
                    yield item
                begin = position + 1
            elif character in _OPENING:
                depth += 1
            elif character in "}])":
                depth -= 1

    def properties(self, literal: Span) -> dict[str, Property]:
        """The named properties of an object, a spread left out."""
        found: dict[str, Property] = {}
        for item in self.items(literal):
            key = _KEY.match(self.text, item.start, item.end)
            if key is None:
                continue
            name = key["quoted"] if key["quoted"] is not None else key["bare"]
            end = key.end()
            if end < item.end and self.masked[end] == ":":
                found[name] = Property(name, self._stripped(end + 1, item.end))
            else:  # shorthand, whose value is what is declared under the name, or a method
                found[name] = Property(name, item)
        return found

    def has_spread(self, literal: Span, *, behind: int = 0) -> bool:
        """Whether other properties are spread into an object, behind a place in the text."""
        return any(
            self.masked.startswith("...", item.start) and item.start >= behind for item in self.items(literal)
        )

    def exported(self, *, wrappers: frozenset[str] = frozenset()) -> Span:
        """The object that the module exports; `wrappers` are functions that hand their argument through.

        Raises `Unclear` when it is built in a way that only running it would tell.
        """
        exports = list(_EXPORT.finditer(self.masked))
        if len(exports) != 1:
            raise Unclear("it exports nothing" if not exports else "it exports more than one thing")
        return self._object(self._skip(exports[0].end()), wrappers, 0)

    def call(self, name: str) -> Span:
        """The object literal that is the first argument of the only call of a function."""
        calls = list(re.finditer(rf"(?<![\w$.]){re.escape(name)}\s*\(\s*", self.masked))
        if len(calls) != 1:
            raise Unclear(f"{name}() is called {len(calls)} times")
        if self.masked[calls[0].end() : calls[0].end() + 1] != "{":
            raise Unclear(f"{name}() is not called with its options written out")
        return self.literal(calls[0].end())

    def _object(self, start: int, wrappers: frozenset[str], depth: int) -> Span:
        if depth > 4:
            raise Unclear("its export leads through too many names")
        if self.masked.startswith("{", start):
            literal = self.literal(start)
            if depth == 0 and not _ENDS.match(self.masked, literal.end):
                raise Unclear("something is done with the exported object")
            return literal
        function = _FUNCTION.match(self.masked, start)
        if function:
            return self._returned(function, wrappers, depth)
        if self.masked.startswith("(", start):
            return self._object(self._skip(start + 1), wrappers, depth + 1)
        name = _NAME.match(self.masked, start)
        if name is None:
            raise Unclear("it exports no object that is written out")
        after = self._skip(name.end())
        if self.masked.startswith("(", after):
            if name[0] not in wrappers:
                raise Unclear(f"what it exports is made by {name[0]}()")
            return self._object(self._skip(after + 1), wrappers, depth + 1)
        if not _ENDS.match(self.masked, name.end()) and depth == 0:
            raise Unclear(f"something is done with {name[0]} where it is exported")
        return self._declared(name[0], wrappers, depth)

    def _declared(self, name: str, wrappers: frozenset[str], depth: int) -> Span:
        pattern = rf"\b(?:const|let|var)\s+{re.escape(name)}\s*(?::[^=]*)?=(?!=)\s*"
        declared = list(re.finditer(pattern, self.masked))
        if not declared:
            functions = list(re.finditer(rf"(?:async\s+)?function\s+{re.escape(name)}\s*\(", self.masked))
            if len(functions) == 1:
                return self._returned(functions[0], wrappers, depth)
        if len(declared) != 1:
            raise Unclear(f"{name} is declared {len(declared)} times")
        return self._object(declared[0].end(), wrappers, depth + 1)

    def _returned(self, function: re.Match[str], wrappers: frozenset[str], depth: int) -> Span:
        """What a function returns: the object of its only `return`, or of an arrow's expression."""
        start = function.end()
        if function[0].endswith("("):
            start = self.literal(function.end() - 1).end
            start = self.masked.index("{", start)
        start = self._skip(start)
        if self.masked.startswith("(", start):
            return self._object(self._skip(start + 1), wrappers, depth + 1)
        if not self.masked.startswith("{", start):
            raise Unclear("the function that it exports returns no object that is written out")
        body = self.literal(start)
        returns = [
            found
            for found in _RETURN.finditer(self.masked, body.start, body.end)
            if self._is_of(body, found.start())
        ]
        if len(returns) != 1:
            raise Unclear("the function that it exports has more than one return, or none")
        return self._object(self._skip(returns[0].end()), wrappers, depth + 1)

    def _is_of(self, body: Span, position: int) -> bool:
        """Whether a statement belongs to a function's body, be it in an `if`, rather than to a function
        within."""
        opened: list[int] = []
        for at in range(body.start, position):
            if self.masked[at] in _OPENING:
                opened.append(at)
            elif self.masked[at] in "}])":
                opened.pop()
        return all(self._is_control_flow(brace) for brace in opened[1:])

    def _is_control_flow(self, brace: int) -> bool:
        before = self.masked[:brace].rstrip()
        if before.endswith(")"):
            depth = 0
            for at in range(len(before) - 1, -1, -1):
                depth += (before[at] == ")") - (before[at] == "(")
                if depth == 0:
                    before = before[:at].rstrip()
                    break
        return self.masked[brace] == "{" and _CONTROL.search(before) is not None

    def _skip(self, position: int) -> int:
        while position < len(self.masked) and self.masked[position].isspace():
            position += 1
        return position

    def _stripped(self, start: int, end: int) -> Span:
        """Without white space and masked comments at both ends."""
        start = min(self._skip(start), end)
        while end > start and self.masked[end - 1].isspace():
            end -= 1
        return Span(start, end)


def mask(text: str) -> str:
    """Comments become spaces, and the inside of strings, templates and regular expressions underscores.

    Line breaks outside of strings stay, and so do quotation marks.
    """
    out = list(text)
    position, before = 0, ""
    while position < len(text):
        character = text[position]
        if text.startswith("//", position):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            _blank(out, position, end, " ")
        elif text.startswith("/*", position):
            end = text.find("*/", position + 2)
            if end < 0:
                raise Unclear("a comment in it does not end")
            end += 2
            _blank(out, position, end, " ")
        elif character in "\"'`":
            end = _end_of_string(text, position)
            _blank(out, position + 1, end - 1, "_")
            before = character
        elif character == "/" and (before in _BEFORE_REGEX or not before):
            end = _end_of_regex(text, position)
            _blank(out, position, end, "_")
            before = "_"
        else:
            end = position + 1
            before = before if character.isspace() else character
        position = end
    return "".join(out)


def _blank(out: list[str], start: int, end: int, by: str) -> None:
    for position in range(start, end):
        if out[position] != "\n" or by == "_":
            out[position] = by


def _end_of_string(text: str, start: int) -> int:
    quote, position = text[start], start + 1
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 2
        elif character == quote:
            return position + 1
        elif quote == "`" and text.startswith("${", position):
            position = _end_of_expression(text, position + 2)
        elif character == "\n" and quote != "`":
            break
        else:
            position += 1
    raise Unclear("a string in it does not end")


def _end_of_expression(text: str, position: int) -> int:
    depth = 1
    while position < len(text):
        character = text[position]
        if character in "\"'`":
            position = _end_of_string(text, position)
            continue
        depth += (character == "{") - (character == "}")
        position += 1
        if depth == 0:
            return position
    raise Unclear("a template in it does not end")


def _end_of_regex(text: str, start: int) -> int:
    in_class, position = False, start + 1
    while position < len(text) and text[position] != "\n":
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "[":
            in_class = True
        elif character == "]":
            in_class = False
        elif character == "/" and not in_class:
            return position + 1
        position += 1
    raise Unclear("a slash in it reads as no division and no regular expression")
