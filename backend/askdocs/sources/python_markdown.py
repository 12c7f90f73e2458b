"""Turns what Python-Markdown's extensions add to Markdown into Markdown that our parser reads.

Admonitions and tabs stay: `containers` reads them. What an extension adds is only looked for where it is on.
"""

from __future__ import annotations

import re

from askdocs.sources import outside_code
from askdocs.sources.mkdocs_config import Config
from askdocs.sources.pages import Note

_HEADING = re.compile(r"(#{1,6})(?!#)[ \t]*(.*?)[ \t]*#*$")
_AT_END = re.compile(r"(?:^|[ \t]+)\{:?[ \t]*([^}\n ][^\n{}]*)\}[ \t]*$")
_ID = re.compile(r"(?:^|\s)(?:#([^\s{}]+)|id=[\"']?([^\s\"'{}]+))")
_BEHIND = re.compile(r"(?<=[)\]`*_~=^>:+])\{:?[ \t]*(?:(?:[.#][\w-]|[\w:-]+=)[^\n{}]*|[\w-]+[ \t]+)\}")
_BEHIND_LINE = re.compile(r"[ \t]+\{:[^\n{}]*\}[ \t]*$")
_ALONE = re.compile(r"[ \t]*\{:?[ \t]*(?:[.#][\w-]|[\w-]+=)[^\n{}]*\}[ \t]*$")
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^()]*\)|\[[^\]]*\])")

_UNDERLINE = re.compile(r"(?:-{2,}|={2,})[ \t]*")
"""Below one line it makes a heading of that; below several, in Python-Markdown, it makes none."""

_REFERENCE = re.compile(r":::[ \t]*([A-Za-z_][\w.]*(?:/\w+)*)[ \t]*$")
_ABBREVIATION = re.compile(r"[ ]{0,3}\*\[[^\]]+\]:")
_MARKDOWN_TAG = re.compile(r"[ \t]*<[a-z][\w-]*\b[^<>]*\bmarkdown\b[^<>]*>")
_MARKDOWN = re.compile(r"\s+markdown(?:=(?:\"[^\"]*\"|'[^']*'|\S+?))?(?=[\s>])")

_EMOJI = re.compile(r"(?<![\w:]):[a-z+][\w+-]*:(?![\w:])[ \t]*")
_UNDEFINED = re.compile(r"(?<![\w\\\]])\[([^\[\]]+)\]\[([^\[\]]*)\]")
_DEFINITION = re.compile(r"^[ ]{0,3}\[([^\]\n]+)\]:[ \t]*\S", re.MULTILINE)
_KEYS = re.compile(r"\+\+((?:[\w-]+|\"[^\"]+\"|'[^']+')(?:\+(?:[\w-]+|\"[^\"]+\"|'[^']+'))*)\+\+")
_CRITICS = (
    (re.compile(r"\{\+\+(.*?)\+\+[ \t]*\}"), r"\1"),
    (re.compile(r"\{--(.*?)--[ \t]*\}"), ""),
    (re.compile(r"\{~~(.*?)~>(.*?)~~[ \t]*\}"), r"\2"),
    (re.compile(r"\{==(.*?)==[ \t]*\}"), r"\1"),
    (re.compile(r"\{>>(.*?)<<[ \t]*\}"), ""),
)
_MARKS = (
    ("pymdownx.mark", re.compile(r"(?<![=\\])==(?![\s=])(.+?)(?<![\s=])==(?!=)"), r"\1"),
    ("pymdownx.caret", re.compile(r"(?<![\^\\])\^\^(?![\s^])(.+?)(?<![\s^])\^\^(?!\^)"), r"\1"),
    ("pymdownx.caret", re.compile(r"(?<![\^\\\[])\^([^\s^]+)\^(?!\^)"), r"\1"),
    ("pymdownx.tilde", re.compile(r"(?<![~\\])~([^\s~]+)~(?!~)"), r"\1"),
)
_ANNOTATED = re.compile(r"\((\d+)\)!")
_INLINE_LANGUAGE = re.compile(r"(?<!`)`#![\w+-]+ (?=[^`]+`(?!`))")
_MATHS = re.compile(r"\$`([^`]+)`\$")

_KEY_NAMES = {"cmd": "Cmd", "ctrl": "Ctrl", "esc": "Esc", "del": "Del", "ins": "Ins", "pg-up": "Page Up"}


class Syntax:
    """The extensions of one site."""

    def __init__(self, config: Config) -> None:
        has = config.has
        self._attributes = has("attr_list")
        self._abbreviations = has("abbr")
        self._html = has("md_in_html")
        self._emoji = has("pymdownx.emoji", "materialx.emoji")
        self._keys = has("pymdownx.keys")
        self._critics = _CRITICS if has("pymdownx.critic") else ()
        self._marks = [(pattern, kept) for name, pattern, kept in _MARKS if has(name)]

    def rewrite(self, text: str, note: Note) -> str:
        """The text in the Markdown that our parser reads."""
        written: list[str] = []
        options = False
        defined = {each.lower() for each in _DEFINITION.findall(text)}

        def unlinked(found: re.Match[str]) -> str:
            """A link to what mkdocstrings or autorefs only knows when the site is built."""
            return found[0] if (found[2] or found[1]).lower() in defined else found[1]

        told = False
        filled = 0
        for line, is_code in outside_code.lines(text):
            if is_code:
                written.append(_ANNOTATED.sub(r"(\1)", line))
                filled, options = 0, False
                continue
            if options and (line[:4].isspace() or not line.strip()):
                continue
            options = False
            if found := _REFERENCE.match(line):
                if not told:
                    note("mkdocstrings writes what it says of an API only into the built site.")
                    told = True
                written += ["", f"`{found[1]}`", ""]
                options = True
            elif (self._abbreviations and _ABBREVIATION.match(line)) or (
                self._attributes and _ALONE.match(line)
            ):
                continue
            elif filled > 1 and _UNDERLINE.fullmatch(line):
                written += ["", line]
            else:
                written += self._line(outside_code.sub(_UNDEFINED, unlinked, line) if "][" in line else line)
            filled = filled + 1 if line.strip() else 0
        return "\n".join(written)

    def _line(self, line: str) -> list[str]:
        if line.startswith("#") and (found := _HEADING.match(line)):
            return [self._heading(found[1], found[2])]
        if self._html and _MARKDOWN_TAG.match(line):
            return ["", _MARKDOWN.sub("", line), ""]
        return [self._inline(line)]

    def _heading(self, level: str, text: str) -> str:
        """With a space behind the signs, which Python-Markdown does not ask for, and nothing but an id."""
        own = ""
        if self._attributes and (given := _AT_END.search(text)):
            text = text[: given.start()]
            found = _ID.search(given[1])
            own = f" {{#{found[1] or found[2]}}}" if found else ""
        return f"{level} {self._inline(outside_code.sub(_IMAGE, '', text).strip())}{own}"

    def _inline(self, line: str) -> str:
        if "{" in line:
            for pattern, kept in self._critics:
                line = outside_code.sub(pattern, kept, line)
            if self._attributes:
                line = outside_code.sub(_BEHIND, "", line)
                line = outside_code.sub(_BEHIND_LINE, "", line)
        if self._keys and "++" in line:
            line = outside_code.sub(_KEYS, _keys, line)
        if self._emoji and ":" in line:
            line = outside_code.sub(_EMOJI, "", line)
        for pattern, kept in self._marks:
            line = outside_code.sub(pattern, kept, line)
        if "`" in line:
            line = _MATHS.sub(r"`\1`", _INLINE_LANGUAGE.sub("`", line))
        return line


def _keys(found: re.Match[str]) -> str:
    names = re.findall(r"\"[^\"]+\"|'[^']+'|[\w-]+", found[1])
    return "+".join(
        name.strip("\"'") if name[0] in "\"'" else _KEY_NAMES.get(name, name.replace("-", " ").title())
        for name in names
    )
