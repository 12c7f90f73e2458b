"""Resolves what pages of VitePress include: `<!--@include: a.md{3,}-->` and `<<< @/code.ts#region`."""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources import frontmatter, outside_code
from askdocs.sources.pages import Note
from askdocs.sources.projects import Project
from askdocs.sources.vitepress_slugs import VitePressSlugs

MAX_DEPTH = 10
"""Files that include one another."""

MAX_CHARS = 2_000_000
"""Characters of a page with all that it includes: files that include others twice could grow without end."""

_INCLUDE = re.compile(r"<!--\s*@include:\s*(.*?)\s*-->")
_RANGE = re.compile(r"\{(\d*),(\d*)\}$|\{(\d+)\}$")
_REGION = re.compile(r"#([^\s{]+)")
_SNIPPET = re.compile(
    r"([ \t]*)<<<[ \t]+(.+?(?:\.([a-z0-9]+))?)(#[\w-]+)?[ \t]*(?:\{([^{}]*)\})?[ \t]*(?:\[(.+)\])?[ \t]*$"
)
_MARK = re.compile(
    r"""\s*(?://|\#|/\*|<!--|--|::|;|'|@?rem)?\s*(?:pragma\s+)?\#?\s*  # the comment's begin
    (end\ ?)?region\b\s*(.*?)\s*(?:\*/|-->)?\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*(?:\{#([^\s{}]+)\})?[ \t]*$")


class Includes:
    """The includes of the site whose pages are in a folder."""

    def __init__(self, pages: Path) -> None:
        self._pages = pages
        self._project = Project(pages)

    def resolve(self, path: str, text: str, note: Note) -> str:
        return _Page(self._pages, self._project, note).resolved(path, text, 0)


class _Page:
    def __init__(self, pages: Path, project: Project, note: Note) -> None:
        self._pages, self._project, self._note = pages, project, note
        self._chars = 0

    def resolved(self, path: str, text: str, depth: int) -> str:
        """The text of the file at a path relative to the folder of the pages."""
        self._chars += len(text)
        if depth > MAX_DEPTH or self._chars > MAX_CHARS:
            raise SourceError("it includes files without end, so it was skipped.")
        if "@include:" in text:
            text = _INCLUDE.sub(lambda found: self._part(path, found[1], depth), text)
        if "<<<" in text:
            lines = (
                line if is_code else self._snippet(path, line) for line, is_code in outside_code.lines(text)
            )
            text = "\n".join(lines)
        return text

    def _read(self, path: str, name: str) -> tuple[str, str]:
        """The text of a file that the one at `path` names, and its own path."""
        if name.startswith("@"):
            target = name[1:].lstrip("/")
        else:
            target = posixpath.join(posixpath.dirname(path), name)
        text = self._project.read(target, [self._pages])
        if text is None:
            self._note(f"{name}, which it includes, is not there.")
        return text or "", target

    def _part(self, path: str, target: str, depth: int) -> str:
        chosen = _RANGE.search(target)
        name = target[: chosen.start()] if chosen else target
        region = _REGION.search(name)
        name = name[: region.start()] if region else name
        text, own = self._read(path, name)
        if own.endswith(".md") and (region or not chosen):
            text = frontmatter.split(text)[1]
        lines: Sequence[str] = text.split("\n")
        if region:
            lines = _region(lines, region[1]) or _below_heading(lines, region[1])
        if chosen:
            first = int(chosen[1] or chosen[3] or 1)
            last = int(chosen[2] or chosen[3] or len(lines))
            lines = lines[first - 1 : last]
        return self.resolved(own, "\n".join(lines), depth + 1)

    def _snippet(self, path: str, line: str) -> str:
        found = _SNIPPET.match(line)
        if not found:
            return line
        space, name, suffix, region, options, label = found.groups()
        text, _ = self._read(path, name)
        lines: Sequence[str] = text.rstrip("\n").split("\n")
        if region:
            lines = _region(lines, region[1:])
            lines = textwrap.dedent("\n".join(lines)).split("\n")
        words = (options or "").split()
        language = next((word for word in words if not re.fullmatch(r"[\d,-]+", word)), suffix or "")
        code = "\n".join(space + each if each else each for each in lines if not _MARK.match(each))
        mark = "`" * max([3, *(len(run) + 1 for run in re.findall("`{3,}", code))])
        title = f" [{label}]" if label else ""
        return f"{space}{mark}{language}{title}\n{code}\n{space}{mark}"


def _region(lines: Sequence[str], name: str) -> list[str]:
    """The lines between the comments that begin and end a region."""
    inside, chosen = False, []
    for line in lines:
        mark = _MARK.match(line) if "region" in line.lower() else None
        if mark and mark[2].strip("\"'") == name:
            inside = not mark[1]
        elif mark and mark[1] and not mark[2]:
            inside = False
        elif inside:
            chosen.append(line)
    return chosen


def _below_heading(lines: Sequence[str], anchor: str) -> list[str]:
    """The section of the heading that has this anchor."""
    slugs, level, chosen = VitePressSlugs(), 0, []
    for line in lines:
        heading = _HEADING.match(line)
        if heading and level and len(heading[1]) <= level:
            break
        if heading and not level and (heading[3] or slugs.slug(heading[2].replace("`", ""))) == anchor:
            level = len(heading[1])
        if level:
            chosen.append(line)
    return chosen
