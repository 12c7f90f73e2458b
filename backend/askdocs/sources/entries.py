"""Tells the entries of an API in lists of definitions, as Sphinx writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

_LANGUAGES = {"py": "python", "js": "javascript", "c": "c", "cpp": "cpp", "rst": "rst"}
"""Languages of signatures, by Sphinx' domains."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A class, function, option or the like."""

    name: str
    anchor: str
    language: str


def entry(node: LexborNode, attributes: Mapping[str, str | None]) -> Entry | None:
    """What a `dt` describes, if it can be linked to."""
    anchor = attributes.get("id")
    named = node.css_first(".sig-name,.descname") if anchor else None
    if not anchor or named is None:
        return None
    name = _text(named)
    classes = (attributes.get("class") or "").split()
    parent = node.parent
    if parent is not None:
        classes += (parent.attributes.get("class") or "").split()
    language = next((_LANGUAGES[each] for each in classes if each in _LANGUAGES), "")
    # In Python and JavaScript the anchor is the object's name with those of what it is part of.
    is_whole = language in ("python", "javascript") and anchor.endswith(name)
    return Entry(anchor if is_whole else name, anchor, language)


def _text(node: LexborNode) -> str:
    return "".join(node.text().split())
