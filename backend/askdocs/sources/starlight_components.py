"""Turns the components of Starlight into what our parser of MDX reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from askdocs.sources import outside_code
from askdocs.sources.frontmatter import FrontMatter

_ASIDE = re.compile(r"<Aside\b((?:[^<>\"'{}]|\"[^\"]*\"|'[^']*'|\{[^{}]*\})*)>")
_BADGE = re.compile(r"<Badge\b[^<>]*?\btext=(?:\"([^\"]*)\"|'([^']*)')[^<>]*/>")
_CODE = re.compile(r"^([ \t]*)<Code\b(.*?)/>[ \t]*$", re.MULTILINE | re.DOTALL)
_LITERAL = re.compile(
    r"\bcode=(?:\"([^\"]*)\"|\{`([^`$]*)`\}|\{\"((?:[^\"\\]|\\.)*)\"\}|\{'((?:[^'\\]|\\.)*)'\})"
)
_LANGUAGE = re.compile(r"\blang=\{?[\"']([\w+-]+)[\"']")
_OF_MATTER = re.compile(r"\{frontmatter\.(\w+)\}")


def rewrite(text: str, matter: FrontMatter) -> str:
    """The text below what the front matter says of a hero."""
    text = _CODE.sub(_block, text)
    lines = (line if is_code else _line(line, matter) for line, is_code in outside_code.lines(text))
    return "\n".join((*_hero(matter), *lines))


def _line(line: str, matter: FrontMatter) -> str:
    if "<" in line:
        line = outside_code.sub(_ASIDE, r"<Admonition\1>", line).replace("</Aside>", "</Admonition>")
        if not line.startswith("#"):  # Astro makes no part of an anchor of it.
            line = outside_code.sub(_BADGE, lambda found: found[1] or found[2] or "", line)
    if "{frontmatter." in line:
        line = outside_code.sub(_OF_MATTER, lambda found: matter.text(found[1]), line)
    return line


def _block(found: re.Match[str]) -> str:
    """A block of code that an attribute holds; what is imported is not known."""
    literal = _LITERAL.search(found[2])
    if not literal:
        return found[0]
    code = next(part for part in literal.groups() if part is not None).replace("\\n", "\n")
    language = _LANGUAGE.search(found[2])
    lines = [f"```{language[1] if language else ''}", *code.strip("\n").split("\n"), "```"]
    return "\n".join(f"{found[1]}{line}" for line in lines)


def _hero(matter: FrontMatter) -> Iterator[str]:
    hero: Any = matter.values.get("hero")
    tagline = hero.get("tagline") if isinstance(hero, Mapping) else None
    if isinstance(tagline, str):
        yield from (" ".join(tagline.split()), "")
