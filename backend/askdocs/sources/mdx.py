"""Takes out of MDX what readers never see: imports, exports, comments and expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from askdocs.sources.fences import Fences, code_spans

MAX_LINES = 400
"""Lines that a statement or an expression may have; what runs on longer is text."""

_SIGNS = re.compile(r"^import\s.*\sfrom\s+['\"](?:@(?:theme|site|docusaurus)|\.)", re.MULTILINE)
_IMPORT = re.compile(r"import\s+(?:['\"]|[\w*{][^'\"]*(?:from\s*['\"]|$))")
_EXPORT = re.compile(r"export\s+(?:const|let|var|function|default|async|class|type|\{|\*)")
_BRACKET = re.compile(r"[(\[{]|([)\]}])")
_OWN_ID = re.compile(r"\s*(?:\{/\*|<!--)\s*#([^\s*{}]+)[^*]*?(?:\*/\}|-->)\s*$")
_COMMENT = re.compile(r"\{/\*.*?\*/\}")


def is_mdx(path: str, text: str) -> bool:
    """Docusaurus reads `.md` as MDX, too; such a page gives itself away by what it imports."""
    return path.lower().endswith(".mdx") or _SIGNS.search(text) is not None


def strip(lines: Sequence[str], *, mdx: bool) -> Iterator[str]:
    """The lines that readers see. Ids in comments behind headings become `{#id}`."""
    fences = Fences()
    number, opening = 0, True
    last_comment_end = max((n for n, line in enumerate(lines) if "*/}" in line), default=-1)
    while number < len(lines):
        line = lines[number]
        if fences.takes(line):
            opening = False
        elif opening and (end := _statement_end(lines, number, mdx=mdx)):
            number = end
            continue
        elif "{" in line or "<!--" in line:
            line = _without_comments(_OWN_ID.sub(r" {#\1}", line))
            start = line.lstrip()
            if start.startswith("{/*") and number < last_comment_end:
                number = next(n for n in range(number, len(lines)) if "*/}" in lines[n])
                line = lines[number].partition("*/}")[2]
            elif mdx and start.startswith("{") and not start.startswith("{#"):
                end = _balanced_end(lines, number)
                if end and lines[end - 1].rstrip().endswith("}"):
                    number = end
                    continue
        opening = not line.strip()
        yield line
        number += 1


def _statement_end(lines: Sequence[str], start: int, *, mdx: bool) -> int | None:
    """The line behind an import or export, if one begins here."""
    line = lines[start]
    if _IMPORT.match(line):
        for number in range(start, min(len(lines), start + MAX_LINES)):
            if re.search(r"['\"]\s*;?\s*$", lines[number]):
                return number + 1
            if not lines[number].strip():
                return None
    elif _EXPORT.match(line) and (mdx or "=" in line or "{" in line):
        return _balanced_end(lines, start)
    return None


def _balanced_end(lines: Sequence[str], start: int) -> int | None:
    """The line behind the first at which all brackets are closed."""
    depth = 0
    for number in range(start, min(len(lines), start + MAX_LINES)):
        for found in _BRACKET.finditer(lines[number]):
            depth += -1 if found[1] else 1
        if depth <= 0:
            return number + 1
    return None


def _without_comments(line: str) -> str:
    if "{/*" not in line or "*/}" not in line:
        return line
    spans = code_spans(line)
    return _COMMENT.sub(lambda found: found[0] if any(a < found.start() < b for a, b in spans) else "", line)
