"""Resolves what pages of MkDocs include of other files.

`--8<-- "file"` of pymdownx, `{!file!}` of markdown-include and mdx-include, `{* file.py ln[1:9] *}` of
markdown-include-variants, and `{% include "file" %}` of the include-markdown plugin.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources.mkdocs_config import Config
from askdocs.sources.pages import Note
from askdocs.sources.projects import Project

MAX_DEPTH = 10
"""Files that include one another."""

MAX_CHARS = 2_000_000
"""Characters of a page with all that it includes: files that include others twice could grow without end."""

_SNIPPET = re.compile(r"([ \t]*)(;*)-+8<-+(?:[ \t]+([\"'])(.*?)\3)?[ \t]*$")
_SECTION = re.compile(r"-+8<-+[ \t]+\[[ \t]*(start|end)[ \t]*:[ \t]*([\w-]+)[ \t]*\]", re.IGNORECASE)
_TARGET = re.compile(r"(.*?)(?:((?::-?\d*){1,2}(?:,-?\d*(?::-?\d*)?)*)|:([a-zA-Z][\w-]*))?$")
_BANGS = re.compile(r"\{!>?[ \t]*([^\s!{}\[]+)[ \t]*(?:\[ln:([\d,.\- ]+)\][ \t]*)?!(?:lines=([\d\- ]+))?\}")
_VARIANT = re.compile(r"\{\*[ \t]*(\S+)[ \t]*(.*)\*\}[ \t]*$")
_OPTION = re.compile(r"(\w+)\[([^\]]+)\]")
_STATEMENT = re.compile(r"([ \t]*)\{%-?\s*include(-markdown)?\s+([\"'])(.+?)\3(.*?)-?%\}[ \t]*$", re.DOTALL)
_ARGUMENT = re.compile(r"(start|end)\s*=\s*([\"'])(.*?)\2", re.DOTALL)


class Includes:
    """The includes of one site. Files outside of the project that the site is part of are never read."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._project = Project(config.folder)
        given = config.option("pymdownx.snippets", "base_path") or "."
        bases = given if isinstance(given, list) else [given]
        self._bases = [config.folder / str(base) for base in bases]
        self.has_snippets = config.has("pymdownx.snippets")
        self.has_bangs = config.has("markdown_include.include", "mdx_include")
        self.has_variants = config.has("markdown_include_variants")
        self.has_statements = config.uses("include-markdown")
        self._base = config.folder / str(config.option("markdown_include.include", "base_path") or ".")

    def resolve(self, path: str, text: str, note: Note) -> str:
        """The page's text with what it includes. `note` takes a sentence on each file that is missing."""
        appended = self._config.option("pymdownx.snippets", "auto_append")
        for name in appended if isinstance(appended, list) else []:
            text += f'\n\n--8<-- "{name}"'
        page = _Page(self, (self._config.docs / path).parent, note)
        return "\n".join(page.lines(text.split("\n"), 0))

    def read(self, name: str, folders: Sequence[Path]) -> str | None:
        return self._project.read(name, folders)

    def snippet_folders(self) -> Sequence[Path]:
        return [*self._bases, self._config.docs]

    def folders(self) -> Sequence[Path]:
        return [self._base, self._config.folder, self._config.docs]


class _Page:
    """What one page includes, in the folder that it is in."""

    def __init__(self, includes: Includes, folder: Path, note: Note) -> None:
        self._includes, self._folder, self._note = includes, folder, note
        self._chars = 0

    def lines(self, given: Sequence[str], depth: int) -> Iterator[str]:
        on = self._includes
        number = 0
        while number < len(given):
            line = given[number]
            number += 1
            if on.has_snippets and "8<-" in line and (found := _SNIPPET.match(line)):
                if found[2]:
                    yield line.replace(";", "", 1)
                elif found[4] is not None:
                    yield from self._indented(self._snippet(found[4]), found[1], depth)
                else:
                    while number < len(given) and not _SNIPPET.match(given[number]):
                        name = given[number].strip()
                        yield from self._indented(self._snippet(name) if name else "", found[1], depth)
                        number += 1
                    number += 1
            elif on.has_snippets and "8<-" in line and _SECTION.search(line):
                continue
            elif on.has_variants and line.startswith("{*") and (found := _VARIANT.match(line)):
                yield from self._variant(found[1], found[2])
            elif on.has_bangs and "{!" in line and _BANGS.search(line):
                yield from self._bangs(line, depth)
            elif on.has_statements and "{%" in line and (found := _STATEMENT.match(line)):
                yield from self._indented(self._statement(found[3], found[4], found[5]), found[1], depth)
            else:
                yield line

    def _indented(self, text: str, space: str, depth: int) -> Iterator[str]:
        self._chars += len(text)
        if depth >= MAX_DEPTH or self._chars > MAX_CHARS:
            raise SourceError("it includes files without end, so it was skipped.")
        for line in self.lines(text.split("\n"), depth + 1):
            yield space + line if line else line

    def _read(self, name: str, folders: Sequence[Path]) -> str:
        text = self._includes.read(name, folders)
        if text is None:
            self._note(f"{name}, which it includes, is not there.")
        return text or ""

    def _snippet(self, target: str) -> str:
        if target.startswith(("http://", "https://", ";")):
            return ""
        found = _TARGET.match(target)
        name, ranges, section = found.groups() if found else (target, None, None)
        lines = self._read(name, self._includes.snippet_folders()).split("\n")
        if section:
            lines = list(_section(lines, section))
        elif ranges:
            lines = [line for part in ranges[1:].split(",") for line in _lines(lines, part)]
        return textwrap.dedent("\n".join(lines)) if section else "\n".join(lines)

    def _bangs(self, line: str, depth: int) -> Iterator[str]:
        position = 0
        parts: list[str] = []
        for found in _BANGS.finditer(line):
            text = self._read(found[1], self._includes.folders()).rstrip("\n")
            ranges = (found[2] or found[3] or "").replace(",", " ").replace("..", "-").split()
            if ranges:
                lines = text.split("\n")
                text = "\n".join(each for one in ranges for each in _lines(lines, one.replace("-", ":")))
            parts += [line[position : found.start()], text]
            position = found.end()
        yield from self._indented("".join(parts) + line[position:], "", depth)

    def _variant(self, name: str, options: str) -> Iterator[str]:
        """A code block of Python, of which `ln[1:5,9]` may choose the lines."""
        given = dict(_OPTION.findall(options))
        lines = self._read(name, self._includes.folders()).rstrip("\n").split("\n")
        title = f" title={given['title']}" if "title" in given else ""
        yield f"```python{title}"
        last = 0
        for part in given.get("ln", "").split(","):
            first = int(part.partition(":")[0]) if part.partition(":")[0].isdigit() else 1
            if part and first > last + 1:
                yield from ("# …", "") if last == 0 else ("", "# …", "")
            yield from _lines(lines, part or ":")
            last = int(part.rpartition(":")[2]) if part.rpartition(":")[2].isdigit() else len(lines)
        if last < len(lines):
            yield from ("", "# …")
        yield "```"

    def _statement(self, _quote: str, name: str, arguments: str) -> str:
        folders = [self._folder] if name.startswith(".") else [*self._includes.folders(), self._folder]
        text = self._read(name, folders)
        for which, _, mark in _ARGUMENT.findall(arguments):
            before, found, after = text.partition(mark)
            if found:
                text = after if which == "start" else before
        return text


def _section(lines: Sequence[str], name: str) -> Iterator[str]:
    inside = False
    for line in lines:
        found = _SECTION.search(line)
        if found and found[2].lower() == name.lower():
            inside = found[1].lower() == "start"
        elif inside and not found:
            yield line


def _lines(lines: Sequence[str], part: str) -> Sequence[str]:
    """`first:last` of them, counted from 1; either may be missing, and one number names one line."""
    first, mark, last = part.strip().partition(":")
    start = int(first) if re.fullmatch(r"\d+", first) else 1
    if not mark:
        return lines[start - 1 : start]
    return lines[max(start - 1, 0) : int(last) if re.fullmatch(r"\d+", last) else None]
