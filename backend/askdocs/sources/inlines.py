"""Keeps where code, links and images stand in a line while its text is gathered, squeezed and put together.

Markers of characters that no text has stand in the gathered text; `Markers.read` takes them out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from askdocs.types import Inline, InlineKind

_BEGIN, _NUMBER_ENDS, _END = "\ue000", "\ue001", "\ue002"
_RESERVED = re.compile(f"[{_BEGIN}{_NUMBER_ENDS}{_END}]")
_MARKER = re.compile(rf"{_BEGIN}(\d+){_NUMBER_ENDS}|{_END}")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text with single spaces, and what stands in it."""

    text: str
    inlines: tuple[Inline, ...] = ()

    def after(self, prefix: str) -> Line:
        shift = len(prefix)
        moved = (replace(one, start=one.start + shift, end=one.end + shift) for one in self.inlines)
        return Line(prefix + self.text, tuple(moved))


def joined(lines: Iterable[Line], separator: str) -> Line:
    """One line of several."""
    text, inlines = "", list[Inline]()
    for number, line in enumerate(lines):
        whole = line.after(text + separator if number else text)
        text = whole.text
        inlines += whole.inlines
    return Line(text, tuple(inlines))


def clean(text: str) -> str:
    """Text of a page without the characters of the markers, which only fonts of symbols use."""
    return text if text.isascii() else _RESERVED.sub("", text)


def plain(text: str) -> str:
    """Gathered text without its markers."""
    return text if text.isascii() else _MARKER.sub("", text)


@dataclass(slots=True)
class Markers:
    """The markers of one page."""

    _kinds: list[tuple[InlineKind, str]] = field(default_factory=list)

    def begin(self, kind: InlineKind, url: str = "") -> str:
        self._kinds.append((kind, url))
        return f"{_BEGIN}{len(self._kinds) - 1}{_NUMBER_ENDS}"

    def end(self) -> str:
        return _END

    def read(self, gathered: str) -> Line:
        """The line, its spaces squeezed. What begins without an end goes on to the line's end."""
        if gathered.isascii() or _BEGIN not in gathered:
            return Line(" ".join(plain(gathered).split()))
        text, at = "", 0
        opened: list[tuple[int, int]] = []
        found: list[Inline] = []
        for marker in _MARKER.finditer(gathered):
            text = _extended(text, gathered[at : marker.start()])
            at = marker.end()
            if marker[1]:
                opened.append((int(marker[1]), len(text)))
            elif opened:
                found += self._inline(*opened.pop(), text)
        text = _extended(text, gathered[at:])
        for number, start in opened:
            found += self._inline(number, start, text)
        line = text.rstrip()
        return Line(line, tuple(sorted(found, key=lambda one: (one.start, -one.end, one.kind == "code"))))

    def _inline(self, number: int, start: int, text: str) -> list[Inline]:
        kind, url = self._kinds[number]
        said = text[start:]
        start, end = start + len(said) - len(said.lstrip()), len(text.rstrip())
        return [Inline(kind, start, end, url)] if start < end else []


def _extended(text: str, more: str) -> str:
    more = _SPACE.sub(" ", more)
    return text + (more.lstrip() if not text or text[-1] == " " else more)
