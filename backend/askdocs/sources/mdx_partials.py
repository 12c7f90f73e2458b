"""Puts in the Markdown that a page of MDX imports from its neighbours: `import Part from './_part.mdx'`."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources import frontmatter, outside_code
from askdocs.sources.pages import Note
from askdocs.sources.projects import Project

MAX_DEPTH = 10
"""Files that import one another."""

MAX_CHARS = 2_000_000
"""Characters of a page with all that it imports: files that import others twice could grow without end."""

_IMPORT = re.compile(
    r"^import\s+([A-Z]\w*)\s+from\s+['\"]([^'\"\n]+\.(?:mdx?|markdown))['\"];?[ \t]*$", re.MULTILINE
)
_TAG = re.compile(r"[ \t]*<([A-Z]\w*)(?:\s[^<>]*)?/>[ \t]*$|[ \t]*<([A-Z]\w*)\s*>\s*</\2>[ \t]*$")


class Partials:
    """`aliases` are folders by what stands for them at the beginning of a path, such as `@site/`."""

    def __init__(self, docs: Path, aliases: Mapping[str, Path]) -> None:
        self._docs = docs
        self._aliases = aliases
        self._project = Project(docs)

    def resolve(self, path: str, text: str, note: Note) -> str:
        """The text of the page at a path below the docs, with what it imports where its tags stand."""
        return self._resolved((self._docs / path).parent, text, note, [0, len(text)])

    def _resolved(self, folder: Path, text: str, note: Note, spent: list[int]) -> str:
        if "import " not in text:
            return text
        imported = dict(_IMPORT.findall(text))
        if not imported:
            return text
        if spent[0] >= MAX_DEPTH or spent[1] > MAX_CHARS:
            raise SourceError("it imports files without end, so it was skipped.")
        written = []
        for line, is_code in outside_code.lines(text):
            found = None if is_code else _TAG.match(line)
            name = imported.get(found[1] or found[2]) if found else None
            written.append(line if name is None else self._part(folder, name, note, spent))
        return "\n".join(written)

    def _part(self, folder: Path, name: str, note: Note, spent: list[int]) -> str:
        alias = next((each for each in self._aliases if name.startswith(each)), "")
        base = self._aliases[alias] if alias else folder
        text = self._project.read(name.removeprefix(alias), [base])
        if text is None:
            note(f"{name}, which it imports, is not there.")
            return ""
        _, body, _ = frontmatter.split(text)
        spent[1] += len(body)
        inner = [spent[0] + 1, spent[1]]
        part = self._resolved(
            Path(posixpath.normpath(base / name.removeprefix(alias))).parent, body, note, inner
        )
        spent[1] = inner[1]
        return f"\n{part}\n"
