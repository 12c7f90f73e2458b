"""Resolves what chapters of mdBook include: `{{#include a.rs:2:10}}`, an anchor, a playground."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources.pages import Note
from askdocs.sources.projects import Project

MAX_DEPTH = 10
"""Files that include one another, as mdBook has it."""

MAX_CHARS = 2_000_000
"""Characters of a chapter with all that it includes: files that include others twice could grow endlessly."""

_LINK = re.compile(r"\\(\{\{\#[^\n]*?\}\})|\{\{\s*\#([a-zA-Z0-9_]+)\s+([^}]+)\}\}")
_ANCHOR = re.compile(r"ANCHOR(_END)?:\s*([\w-]+)")


class Includes:
    """The includes of the book in a folder, whose chapters are in another one."""

    def __init__(self, book: Path, chapters: Path) -> None:
        self._project = Project(book)
        self._chapters = chapters

    def resolve(self, path: str, text: str, note: Note) -> str:
        """A chapter's text with what it includes, also within code."""
        return _Chapter(self._project, self._chapters, note).resolved(path, text, 0)


class _Chapter:
    def __init__(self, project: Project, chapters: Path, note: Note) -> None:
        self._project, self._chapters, self._note = project, chapters, note
        self._chars = 0

    def resolved(self, path: str, text: str, depth: int) -> str:
        self._chars += len(text)
        if depth > MAX_DEPTH or self._chars > MAX_CHARS:
            raise SourceError("it includes files without end, so it was skipped.")
        return _LINK.sub(lambda found: self._linked(path, found, depth), text)

    def _linked(self, path: str, found: re.Match[str], depth: int) -> str:
        escaped, kind, argument = found.groups()
        if escaped:
            return escaped
        words = argument.split()
        if kind in ("include", "rustdoc_include") and words:
            target, part = self._part(path, argument.strip())
            return self.resolved(target, part, depth + 1)
        if kind in ("playground", "playpen") and words:
            _, part = self._part(path, words[0])
            return f"```{','.join(('rust', *words[1:]))}\n{part}\n```"
        return "" if kind == "title" else found[0]

    def _part(self, path: str, named: str) -> tuple[str, str]:
        """The file that the one at `path` names, and what of it: `:2`, `:2:9`, `:2:`, `::9` or `:anchor`."""
        name, *places = named.split(":")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        text = self._project.read(target, [self._chapters])
        if text is None:
            self._note(f"{name}, which it includes, is not there.")
            return target, ""
        lines = text.removesuffix("\n").split("\n")
        if not places:
            return target, "\n".join(lines)
        if places[0] and not places[0].isdigit():
            return target, "\n".join(_anchored(lines, places[0]))
        first = int(places[0] or 1)
        last = first if len(places) == 1 else int(places[1]) if places[1].isdigit() else len(lines)
        return target, "\n".join(lines[max(0, first - 1) : last])


def _anchored(lines: Sequence[str], name: str) -> list[str]:
    """The lines between the comments that begin and end an anchor, without those of others."""
    inside, chosen = False, []
    for line in lines:
        mark = _ANCHOR.search(line)
        if mark and mark[2] == name:
            inside = not mark[1]
        elif inside and not mark:
            chosen.append(line)
    return chosen
