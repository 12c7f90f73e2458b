"""Tells the labels of tabs and the panels that they name, as generators write them."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborNode

Attributes = Mapping[str, str | None]


def is_tab_panel(attributes: Attributes) -> bool:
    return attributes.get("role") == "tabpanel" or "tabbed-block" in (attributes.get("class") or "").split()


def is_tab_list(attributes: Attributes) -> bool:
    return attributes.get("role") == "tablist" or "tabbed-labels" in (attributes.get("class") or "").split()


def labels_code(node: LexborNode, attributes: Attributes) -> bool:
    """Whether these are the labels of a code group of VitePress."""
    return attributes.get("class") == "tabs" and _is_code_group(node.parent)


def is_labelled_code(node: LexborNode, attributes: Attributes) -> bool:
    """Whether this is one of the blocks of a code group of VitePress."""
    if not (attributes.get("class") or "").startswith("language-") or node.parent is None:
        return False
    return _is_code_group(node.parent.parent)


def _is_code_group(node: LexborNode | None) -> bool:
    return node is not None and "vp-code-group" in (node.attributes.get("class") or "").split()
