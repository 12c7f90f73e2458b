"""Makes Markdown of the shortcodes of Hugo and of its common themes, and of the blocks of GitBook.

What a shortcode shows is decided by its template, which is code. So a shortcode is known by its name, or else
by its form: what it encloses is text, what it names as its title or label is seen, and a file that it names
is included. The names are those of Hugo itself, Docsy, Hextra, Hugo Book, Relearn, Doks, Grafana's and
Kubernetes' docs, and of GitBook.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from askdocs.sources.components import SHOWN_ATTRIBUTES
from askdocs.sources.shortcodes import Shortcode
from askdocs.sources.targets import SUFFIXES

_NAMES = """
    admonition alert attention callout caution danger error example hint important info note notice question
    quote success tip warning
"""
_ADMONITIONS = frozenset(_NAMES.split())
_KINDS = _ADMONITIONS | {"primary", "secondary", "light", "dark", "default"}
"""Values of types and colours; the latter name nothing."""

_TAB_PARENTS = frozenset({"tabpane", "tabs", "tab-group", "tabgroup", "codetabs"})
_TABS = frozenset({"tab", "codetab", "tab-content", "tab-item"})
_CODE = frozenset(
    {"code", "code-toggle", "codeblock", "code-block", "code_block", "console", "highlight", "terminal"}
)
_FIGURES = frozenset({"figure", "image", "img", "imgproc", "screenshot"})
_REFERENCES = frozenset({"ref", "relref"})
_FOLDED = frozenset({"accordion", "collapse", "collapsible", "details", "expand", "spoiler"})
_UNSEEN = frozenset({"comment", "iframe", "gist", "instagram", "tweet", "vimeo", "x", "youtube"})
_INLINE_TEXT = ("text", *SHOWN_ATTRIBUTES)
_INCLUDES = re.compile(r"include|read|shared|snippet|partial|file|embed|reuse|import|fragment")
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the shortcodes of a page may ask for; each answer is "" if there is none."""

    address: Callable[[str], str]
    """Of the page that a reference names."""
    include: Callable[[str], str]
    """The Markdown in a file, its shortcodes resolved."""
    param: Callable[[str], str]
    """A parameter of the page or the site."""


def render(code: Shortcode, page: Surroundings) -> str:
    """The Markdown that stands for the shortcode."""
    name = code.name.rpartition("/")[2]
    if name in _REFERENCES:
        return page.address(code.value(0, "path"))
    if name == "param":
        return page.param(code.value(0, "name"))
    if name in _UNSEEN:
        return ""
    if included := _included(code, page):
        return included
    if code.in_code:
        return code.inner or ""
    if name in _FIGURES:
        return _figure(code)
    if code.inner is None:
        return "" if name in _TABS else _shown(code)
    if name in _TABS or (code.parent and code.parent.name in _TAB_PARENTS and _tab_label(code)):
        return _tab(code)
    if name in _CODE:
        return _code(code, code.value(0, "lang", "language"))
    if name in _TAB_PARENTS:
        return _block(code, "", "")
    return _admonition(code, name)


def _included(code: Shortcode, page: Surroundings) -> str:
    """The first file of Markdown that it names."""
    if not _INCLUDES.search(code.name):
        return ""
    for value in (*code.named.values(), *code.values):
        if value.lower().endswith(SUFFIXES) and (text := page.include(value)):
            if code.in_code or not code.stands_alone:
                return text.strip()
            return f"{_before(code)}{textwrap.indent(text.strip(), code.indent)[len(code.indent) :]}\n\n"
    return ""


def _admonition(code: Shortcode, name: str) -> str:
    place = 0 if name in _FOLDED else len(code.values)
    title = code.value(place, "title", "header", "heading", "summary", "label", "caption")
    if not title and name in _ADMONITIONS:
        kind = code.value(0, "type", "level", "style", "color", "context", "kind").lower()
        shown = name if kind not in _KINDS and name != "admonition" else kind
        title = code.values[1] if len(code.values) > 1 and kind in _KINDS else shown
        title = title.capitalize() if title in _ADMONITIONS else title if title not in _KINDS else ""
    if not code.stands_alone:
        return code.inner or ""
    if not title:
        return _block(code, "", "")
    head = f'<div class="admonition"><p class="admonition-title">{_plain(title)}</p>'
    return _block(code, head, "</div>")


def _tab_label(code: Shortcode) -> str:
    return code.value(0, "name", "header", "title", "label", "tabname", "tab")


def _tab(code: Shortcode) -> str:
    label = _tab_label(code)
    if not code.stands_alone:
        return code.inner or ""
    pane = code.parent.named if code.parent and code.parent.name == "tabpane" else None
    inner = code.inner or ""
    is_text = code.is_markdown or "true" in (code.named.get("text"), (pane or {}).get("text"))
    if pane is not None and not is_text and not _FENCE.search(inner):
        language = code.named.get("lang") or pane.get("lang", "")
        if not language and pane.get("langequalsheader") == "true":
            language = label
        inner = f"```{language.lower()}\n{_dedent(inner)}\n```"
        return _wrap(code, f'<div role="tabpanel" data-label="{_plain(label)}">', inner, "</div>")
    return _block(code, f'<div role="tabpanel" data-label="{_plain(label)}">', "</div>")


def _code(code: Shortcode, language: str) -> str:
    """What it encloses as code, unless that is Markdown with code in it."""
    inner = code.inner or ""
    if _FENCE.search(inner):
        title = code.named.get("title", "")
        return _block(code, f'<p class="admonition-title">{_plain(title)}</p>' if title else "", "")
    if not code.stands_alone:
        return f"`{inner}`" if inner.strip() and "\n" not in inner and "`" not in inner else inner
    return _wrap(code, f"```{language.lower()}", _dedent(inner), "```", tight=True)


def _figure(code: Shortcode) -> str:
    caption = code.named.get("caption") or code.named.get("title") or ""
    alt = code.named.get("alt") or caption
    source = code.value(0, "src", "link")
    image = f"![{_label(alt)}](<{source}>)" if alt else ""
    below = caption if caption != alt else ""
    if not code.stands_alone:
        return image
    return "".join(
        f"{_before(code) if not number else code.indent}{part}\n\n"
        for number, part in enumerate(filter(None, (image, below)))
    )


def _plain(text: str) -> str:
    """Of a label, for HTML, which knows no marks."""
    return escape(re.sub(r"[`*]", "", text))


def _label(text: str) -> str:
    return re.sub(r"([\[\]])", r"\\\1", text)


def _shown(code: Shortcode) -> str:
    """What readers usually see of one that encloses nothing: its text or title."""
    texts = [value for name in _INLINE_TEXT if (value := code.named.get(name))]
    text = ": ".join(dict.fromkeys(texts))
    return f"{_before(code)}{text}\n\n" if text and code.stands_alone else text


def _block(code: Shortcode, head: str, foot: str) -> str:
    inner = code.inner or ""
    if not code.stands_alone:
        return inner
    return _wrap(code, head, _dedent(inner), foot)


def _wrap(code: Shortcode, head: str, inner: str, foot: str, *, tight: bool = False) -> str:
    """The lines between head and foot, each part a block of its own unless `tight`, where the shortcode
    stands."""
    quoted = code.indent.rstrip() if ">" in code.indent else ""
    gap = "\n" if tight else f"\n{quoted}\n"
    body = "\n".join(f"{code.indent}{line}" if line.strip() else quoted for line in inner.split("\n"))
    parts = [
        part
        for part in (code.indent + head if head else "", body, code.indent + foot if foot else "")
        if part
    ]
    text = gap.join(parts)
    return f"{_before(code)}{text[len(code.indent) :]}\n{quoted}\n"


def _before(code: Shortcode) -> str:
    return "" if code.starts_line else f"\n\n{code.indent}"


def _dedent(text: str) -> str:
    lines = [line.lstrip(">") if line.startswith(">") else line for line in text.strip("\n").split("\n")]
    return textwrap.dedent("\n".join(lines)).strip("\n").rstrip()
