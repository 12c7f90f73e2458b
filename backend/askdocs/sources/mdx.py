"""Takes out of MDX what readers never see: imports, exports, comments and expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from askdocs.sources.fences import Fences, code_spans

MAX_LINES = 400
"""Lines that a statement or an expression may have; what runs on longer is text."""

_SIGNS = re.compile(r"^import\s.*\sfrom\s+['\"](?:@(?:theme|site|docusaurus)|\.)", re.MULTILINE)
_IMPORT = re.compile(r"import\s+(?:['\"]|[\w$*{][^'\"]*?\bfrom\s*['\"]|[\w$, ]*\{[^'\"}]*$)")
_IMPORT_END = re.compile(r"['\"]\s*;?$")
_EXPORT = re.compile(r"export\s+(?:(?:const|let|var|function|default|async|class|type)\s.*[={]|\{|\*)")
_BRACKET = re.compile(r"[(\[{]|([)\]}])")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_OWN_ID = re.compile(r"(?:\{/\*|<!--)\s*#([^\s*{}]+)(?:\s.*)?(?:\*/\}|-->)")
_COMMENT = re.compile(r"\{/\*.*?\*/\}")


def is_mdx(path: str, text: str) -> bool:
    """Docusaurus reads `.md` as MDX, too; such a page gives itself away by what it imports."""
    return path.lower().endswith(".mdx") or _SIGNS.search(text) is not None


def strip(lines: Sequence[str], *, mdx: bool) -> Iterator[str]:
    """The lines that readers see. Ids in comments behind headings become `{#id}`."""
    return _Stripper(lines, mdx).strip()


@dataclass(slots=True)
class _Stripper:
    lines: Sequence[str]
    mdx: bool
    _fences: Fences = field(default_factory=Fences)
    _last_comment_end: int = -1
    _unbalanced_until: int = 0

    def strip(self) -> Iterator[str]:
        ends = (number for number, line in enumerate(self.lines) if "*/}" in line)
        self._last_comment_end = max(ends, default=-1)
        number, opening = 0, True
        while number < len(self.lines):
            line = self.lines[number]
            if self._fences.takes(line):
                opening = False
            else:
                end = self._statement_end(number) if opening else None
                end = end or self._expression_end(number)
                if end:
                    number = end
                    continue
                number, line = self._without_comments(number)
                opening = not line.strip()
            yield line
            number += 1

    def _statement_end(self, start: int) -> int | None:
        """The number of the line behind an import or export, if one begins here."""
        line = self.lines[start]
        if _EXPORT.match(line):
            return self._balanced_end(start)
        if _IMPORT.match(line):
            for number in range(start, min(len(self.lines), start + MAX_LINES)):
                if _IMPORT_END.search(self.lines[number].rstrip()):
                    return number + 1
                if not self.lines[number].strip():
                    break
        return None

    def _expression_end(self, start: int) -> int | None:
        """The number of the line behind an expression that stands alone, if one begins here."""
        line = self.lines[start].lstrip()
        if not self.mdx or not line.startswith("{") or line.startswith(("{/*", "{#")):
            return None
        end = self._balanced_end(start)
        return end if end and self.lines[end - 1].rstrip().endswith("}") else None

    def _balanced_end(self, start: int) -> int | None:
        """The number of the line behind the one that closes all brackets."""
        if start < self._unbalanced_until:
            return None
        depth = 0
        stop = min(len(self.lines), start + MAX_LINES)
        for number in range(start, stop):
            for found in _BRACKET.finditer(self.lines[number]):
                depth += -1 if found[1] else 1
            if depth <= 0:
                return number + 1
        self._unbalanced_until = stop
        return None

    def _without_comments(self, number: int) -> tuple[int, str]:
        """A line without comments (or what is behind one that goes on over lines) and its number."""
        line = self.lines[number]
        if "{/*" not in line and "<!--" not in line:
            return number, line
        if self._is_heading(number):
            line = _with_own_id(line)
        if "{/*" in line and "*/}" in line:
            spans = code_spans(line)
            line = _COMMENT.sub(
                lambda found: found[0] if any(a < found.start() < b for a, b in spans) else "", line
            )
        if line.lstrip().startswith("{/*") and number < self._last_comment_end:
            number = next(each for each in range(number, len(self.lines)) if "*/}" in self.lines[each])
            line = self.lines[number].partition("*/}")[2]
        return number, line

    def _is_heading(self, number: int) -> bool:
        below = self.lines[number + 1] if number + 1 < len(self.lines) else ""
        return self.lines[number].lstrip().startswith("#") or _UNDERLINE.match(below) is not None


def _with_own_id(line: str) -> str:
    start = max(line.rfind("{/*"), line.rfind("<!--"))
    found = _OWN_ID.fullmatch(line.rstrip(), start) if start >= 0 else None
    return f"{line[:start]}{{#{found[1]}}}" if found else line
