"""Turns what VitePress and Vue add to Markdown into Markdown that our parser reads.

Containers such as `::: tip` stay: `containers` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from askdocs.sources import outside_code
from askdocs.sources.frontmatter import FrontMatter

_FENCE = re.compile(r"([ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(?:`{3,}|~{3,}))(.*)$")
_LABEL = re.compile(r"\[(.*)\]")
_LANGUAGE = re.compile(r"[ \t]*([\w+#-]*)")
_CODE_MARK = re.compile(r"[ \t]*(?://|#|<!--|/\*|--|;|%)?[ \t]*\[!code[^\]\n]*\][ \t]*(?:-->|\*/)?")
_CUT = re.compile(r"[ \t]*//[ \t]*---cut(?:-before)?---[ \t]*$")
_TWOSLASH = re.compile(r"[ \t]*//[ \t]*(?:@|\^[?|^])|[ \t]*//[ \t]*---cut")

_HEADING = re.compile(r"(#{1,6}[ \t].*?)[ \t]*\{([^{}\n]*)\}[ \t]*$")
_ATTRIBUTES = re.compile(r"[ \t]*(?<!\{)\{(?:[.#][\w-]|[\w-]+=[\"'\w])[^{}\n]*\}(?!\})")
_OWN_ID = re.compile(r"#{1,6}[ \t].*\{#([^\s{}]+)\}$")
_CUSTOM_ID = re.compile(r"#([^\s{}]+)")
_INTERPOLATION = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_OF_MATTER = re.compile(r"\$frontmatter\.(\w+)")
_LITERAL = re.compile(r"'([^'{}]*)'|\"([^\"{}]*)\"|`([^`${}]*)`")
_EMOJI = re.compile(r"(?<![\w:]):(?:[+-]1|[a-z][a-z0-9_]+):(?![\w:])")
_TAG = re.compile(r"<[A-Za-z][\w.-]*(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)?>")
_OPEN_TAG = re.compile(r"[ \t]*<[A-Za-z][\w.-]*(?:\s(?:[^<>\"']|\"[^\"]*\"|'[^']*')*(?:\"[^\"]*|'[^']*)?)?$")
_DIRECTIVE = re.compile(r"\s(?:[@#:]|v-)[^\s=>/\"']*(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?")
_TEMPLATE = re.compile(r"(</?)template\b")
_SCRIPT = re.compile(r"^<(script|style)\b.*?^</\1>[ \t]*$", re.MULTILINE | re.DOTALL)
_V_PRE = re.compile(r"[ \t]*(?::{3,}[ \t]*v-pre\b|<\w+ [^<>]*\bv-pre\b[^<>]*>)")
_END = re.compile(r"[ \t]*(?::{3,}|</\w+>)[ \t]*$")

MAX_TAG = 4000
"""Characters of a tag over several lines; what runs on longer is text."""


def rewrite(text: str, matter: FrontMatter) -> str:
    """The text in the Markdown that our parser reads, below what the front matter says of a home page."""
    written = list(_home(matter))
    for run, is_code in outside_code.blocks(text):
        written += _code(run) if is_code else _prose(run, matter)
    return "\n".join(written)


def own_ids(text: str) -> list[str]:
    """The anchors that authors gave to headings."""
    lines = (line for line, is_code in outside_code.lines(text) if not is_code)
    return [found[1] for line in lines if (found := _OWN_ID.match(line))]


def _code(run: list[str]) -> Iterator[str]:
    """A block of code, named by its label; without the comments that only mark lines."""
    found = _FENCE.match(run[0])
    info = found[2] if found else ""
    label = _LABEL.search(info)
    language = _LANGUAGE.match(info)
    name = language[1].removesuffix("-vue") if language else ""
    title = f' title="{label[1]}"' if label else ""
    yield f"{found[1] if found else run[0]}{name}{title}"
    lines = run[1:]
    if "twoslash" in info:
        cuts = [number for number, line in enumerate(lines) if _CUT.match(line)]
        lines = [line for line in lines[cuts[-1] if cuts else 0 :] if not _TWOSLASH.match(line)]
    for line in lines:
        yield _CODE_MARK.sub("", line) if "[!code" in line else line


def _prose(run: list[str], matter: FrontMatter) -> Iterator[str]:
    """Lines as readers see them. A tag that goes on over lines is put on one."""
    held = ""
    is_raw = False
    for line in _SCRIPT.sub("", "\n".join(run)).split("\n"):
        whole = f"{held} {line.strip()}" if held else line
        if line.strip() and _OPEN_TAG.match(whole) and len(whole) < MAX_TAG:
            held = whole
            continue
        if held and not line.strip():
            yield held
        held = ""
        is_raw = is_raw or bool(_V_PRE.match(whole))
        yield _line(whole, matter, is_raw=is_raw)
        is_raw = is_raw and not _END.match(whole)
    if held:
        yield held


def _line(line: str, matter: FrontMatter, *, is_raw: bool) -> str:
    if "{" in line:
        if found := _HEADING.match(line):
            own = _CUSTOM_ID.search(found[2])
            line = f"{found[1]} {{#{own[1]}}}" if own else found[1]
        else:
            line = outside_code.sub(_ATTRIBUTES, "", line)
        if "{{" in line and not is_raw:
            line = outside_code.sub(_INTERPOLATION, lambda found: _shown(found[1], matter), line)
    if "<" in line:
        line = outside_code.sub(_TAG, lambda found: _DIRECTIVE.sub("", found[0]), line)
        line = outside_code.sub(_TEMPLATE, r"\1div", line)
    return outside_code.sub(_EMOJI, "", line) if ":" in line else line


def _shown(expression: str, matter: FrontMatter) -> str:
    """What an interpolation shows: a string, or a value of the front matter. What code gives is unknown."""
    if literal := _LITERAL.fullmatch(expression):
        return next(part for part in literal.groups() if part is not None)
    of_matter = _OF_MATTER.fullmatch(expression)
    return matter.text(of_matter[1]) if of_matter else ""


def _home(matter: FrontMatter) -> Iterator[str]:
    """The hero and the features of a home page."""
    if matter.text("layout") != "home":
        return
    hero = matter.values.get("hero")
    for key in ("text", "tagline"):
        if text := _part(hero, key):
            yield from (text, "")
    features = matter.values.get("features")
    for feature in features if isinstance(features, list) else []:
        title, details, link = (_part(feature, key) for key in ("title", "details", "link"))
        if title or details:
            name = f"[{title}]({link})" if link and title else title
            yield f"- {': '.join(filter(None, (name, details)))}"
    yield ""


def _part(values: Any, key: str) -> str:
    value = values.get(key) if isinstance(values, Mapping) else None
    return " ".join(value.split()) if isinstance(value, str) else ""
