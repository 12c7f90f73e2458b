"""Tells what readers read on a page from the boilerplate around it."""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode

from askdocs.sources.tabs import is_tab_panel

_TAGS = """
    audio button canvas datalist dialog embed footer head iframe link map meta nav noscript object optgroup
    option progress script select style svg template textarea title video
"""
DROPPED_TAGS = frozenset(_TAGS.split())

UNCLOSED_TAGS = frozenset({"audio", "button", "canvas", "object", "video"})
"""Those that hold the rest of the page when nobody closed them."""

DROPPED_ROLES = frozenset({"navigation", "search", "banner", "contentinfo", "complementary", "toolbar"})

_BESIDE_TEXT = """
    hash-link headerlink header-anchor heading-anchor anchor-link anchorjs-link
    footnote-ref footnote-backref
    viewcode-link viewcode-back mkdocstrings-source sl-anchor-link
    linenos lineno linenodiv codeLineNumber buttonGroup copybtn boring
"""
_AROUND_TEXT = """
    table-of-contents tableOfContents tableOfContentsInline toc toctree-wrapper contents-list
    breadcrumb breadcrumbs pagination-nav sidebar edit-this-page skip-link md-source-file md-sidebar
    theme-doc-breadcrumbs theme-doc-toc-mobile theme-doc-toc-desktop theme-doc-footer theme-doc-version-badge
    theme-doc-version-banner theme-edit-this-page theme-last-updated theme-unlisted-banner theme-draft-banner
    theme-doc-card-icon
"""
DROPPED_CLASSES = frozenset((_BESIDE_TEXT + _AROUND_TEXT).split())
_CALL_OUT = "starlight-aside__title"
"""Starlight hides the title of an aside from screen readers, which read it from the aside's label."""

HEADINGS = "h1,h2,h3,h4,h5,h6"


CONTENT = (".theme-doc-markdown", "main article", "[role=main]", "main", "article", "body")
"""Where a page's own text may be, likeliest first. Several articles are a list of something."""


def main_content(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in CONTENT:
        found = tree.css(selector)
        if found and (len(found) == 1 or "article" not in selector) and found[0].text().strip():
            return found[0]
    return tree.body


def classes(attributes: Mapping[str, str | None]) -> list[str]:
    """The names of an element's classes, without the hash that CSS modules put behind `_`."""
    return [name.split("_", 1)[0] or name for name in (attributes.get("class") or "").split()]


def is_dropped(node: LexborNode, tag: str, attributes: Mapping[str, str | None]) -> bool:
    if tag in DROPPED_TAGS:
        return tag not in UNCLOSED_TAGS or node.css_first(HEADINGS) is None
    if tag in ("header", "aside"):
        return _is_margin(node, tag)
    if not attributes:
        return False
    if attributes.get("aria-hidden") == "true" and _CALL_OUT not in (attributes.get("class") or ""):
        return True
    if attributes.get("role") in DROPPED_ROLES or (tag == "span" and _is_beside_text(node, attributes)):
        return True
    if "hidden" in attributes and attributes["hidden"] != "until-found" and not is_tab_panel(attributes):
        return True
    if "data-footnote-ref" in attributes or "data-footnote-backref" in attributes:
        return True
    return "class" in attributes and not DROPPED_CLASSES.isdisjoint(classes(attributes))


def _is_beside_text(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """What only screen readers read, or the language that VitePress writes on a block of code."""
    names = classes(attributes)
    if "lang" not in names:
        return "sr-only" in names
    above = node.parent.attributes if node.parent is not None else {}
    return (above.get("class") or "").startswith("language-")


def _is_margin(node: LexborNode, tag: str) -> bool:
    """A header that titles nothing; an aside that leads elsewhere (others are call-outs)."""
    if tag == "header":
        return node.css_first(HEADINGS) is None
    return node.css_first("nav,ul.toc,ol.toc") is not None
