"""Finds the ids that lead to headings."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from askdocs.sources.boilerplate import classes

_LINKS = frozenset({"anchor", "hash-link", "headerlink", "header-anchor", "heading-anchor", "anchor-link"})


def own_anchor(node: LexborNode, attributes: Mapping[str, str | None]) -> str | None:
    """The id that leads to a heading: its own, that of an anchor inside it, or that of its section."""
    if own := attributes.get("id"):
        return own
    for link in node.css("a"):
        inner = link.attributes
        if named := inner.get("id") or inner.get("name"):
            return named
        href = inner.get("href") or ""
        if href.startswith("#") and not _LINKS.isdisjoint(classes(inner)):
            return unquote(href[1:])
    parent = node.parent
    if parent is None or not parent.attributes.get("id") or _has_element_before(node):
        return None
    is_section = parent.tag == "section" or "section" in classes(parent.attributes)
    return parent.attributes.get("id") if is_section else None


def _has_element_before(node: LexborNode) -> bool:
    before = node.prev
    while before is not None and not before.is_element_node:
        before = before.prev
    return before is not None
