"""Reads a folder of built HTML that no manifest describes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser

from askdocs.errors import SourceError
from askdocs.sources import content, files, kinds, patterns, repeated, targets
from askdocs.sources.boilerplate import main_content
from askdocs.sources.dialects import shape
from askdocs.sources.pages import Note, read_each
from askdocs.sources.sections import shorten, squeeze
from askdocs.sources.tree import parse
from askdocs.types import Generator, Page, Section, Source, SourceSpec

SUFFIXES = (".html", ".htm")
_WEB_ADDRESS = re.compile(r"https?://[\w.:-]+(/[^?#]*)")
NO_PAGES = frozenset({"404.html"})


def find(root: Path, spec: SourceSpec) -> bool:
    """Whether the folder is a built site: it has a page for its root, or more HTML than Markdown."""
    listing = files.list_files(root, SUFFIXES + targets.SUFFIXES, chosen=patterns.chosen(spec))
    built = [path for path in listing.paths if path.lower().endswith(SUFFIXES)]
    return "index.html" in built or len(built) > len(listing.paths) - len(built)


def open_folder(
    root: Path,
    spec: SourceSpec,
    *,
    kind: Generator = "html",
    is_page: Callable[[str], bool] = lambda path: PurePosixPath(path).name not in NO_PAGES,
) -> Source:
    """The pages of a site that the generator `kind` built; some of its files are none of the docs'."""
    listing = files.list_files(root, SUFFIXES, chosen=patterns.chosen(spec))
    paths = tuple(filter(is_page, listing.paths))
    source = Source(
        kind,
        str(root),
        len(paths),
        iter(()),
        problems=list(listing.problems),
        skipped=list(listing.skipped),
    )
    source.pages = _pages(paths, partial(_read, root, spec), source)
    return source


def _pages(paths: Sequence[str], read: Callable[[str, Note], Page | None], source: Source) -> Iterator[Page]:
    """The pages without what stands on almost all of them."""
    lines = repeated.find(_looked_at(repeated.sample(paths), read))

    def read_own(path: str, note: Note) -> Page | None:
        page = read(path, note)
        return repeated.without(page, lines) if page else None

    yield from read_each(paths, read_own, source)


def _looked_at(paths: Iterable[str], read: Callable[[str, Note], Page | None]) -> Iterator[Page]:
    for path in paths:
        try:
            page = read(path, lambda sentence: None)
        except SourceError:  # told when the page is read for itself
            continue
        if page is not None:
            yield page


def read_tree(data: bytes, note: Note) -> LexborHTMLParser:
    text, mended = files.decode(data, declared=files.declared_encoding(data))
    if mended:
        note(f"{mended}.")
    return parse(text)


def _read(root: Path, spec: SourceSpec, path: str, note: Note) -> Page | None:
    tree = read_tree(files.read(root / path), note)
    metas = dict(_metas(tree))
    if "noindex" in metas.get("robots", "").lower() or "url=" in metas.get("refresh", "").lower():
        return None
    body = main_content(tree)
    if body is None:
        raise SourceError("the page holds no text, so it was skipped.")
    url = _url(path, _canonical(tree), spec)
    is_folder = PurePosixPath(path).stem == "index" and not url.endswith((".html", "/"))
    found = content.read(body, resolve=partial(targets.web_address, f"{url}/" if is_folder else url))
    locale = metas.get("docusaurus_locale", "")
    return Page(
        path=path,
        url=url,
        title=found.title or _title(tree, metas, found.sections) or path,
        sections=found.sections,
        description=metas.get("description", ""),
        version=metas.get("docusaurus_version", ""),
        locale=locale,
        language=_language(tree) or locale,
        kind="blog" if _is_post(tree) else kinds.of_content(found.sections, path.split("/")),
    )


def _is_post(tree: LexborHTMLParser) -> bool:
    """Of Docusaurus' blog, or one whose page is one post by schema.org. That a page is an `article` to social
    networks tells nothing: Hugo says so of all."""
    posts = tree.css('article[itemtype$="schema.org/BlogPosting"]')
    return tree.css_first("html.plugin-blog") is not None or len(posts) == 1


def _metas(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """By name; of several the first counts."""
    for meta in reversed(tree.css("meta[content]")):
        attributes = meta.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("http-equiv") or ""
        yield name.lower(), squeeze(attributes.get("content") or "")


def _title(tree: LexborHTMLParser, metas: Mapping[str, str], sections: Sequence[Section]) -> str:
    """As the browser's tab names the page, without the site's name behind it."""
    title = tree.css_first("title")
    name = metas.get("og:title") or (squeeze(title.text()) if title is not None else "")
    headings = {section.heading[0].casefold() for section in sections if section.heading}
    for separator in (" - ", " — ", " – ", " · "):
        if name.partition(separator)[0].casefold() in headings:
            return shorten(name.partition(separator)[0])
    return shorten(name.rpartition(" | ")[0] or name)


def _language(tree: LexborHTMLParser) -> str:
    root = tree.css_first("html[lang]")
    return squeeze(root.attributes.get("lang") or "") if root is not None else ""


def _canonical(tree: LexborHTMLParser) -> str:
    link = tree.css_first("link[rel=canonical][href]")
    return squeeze(link.attributes.get("href") or "") if link is not None else ""


def _url(path: str, canonical: str, spec: SourceSpec) -> str:
    """The file's address, in the style and below the base URL of the settings, or else in the form and on the
    site that the canonical link names.

    A canonical link that leads to another page, say of the latest version, tells nothing of this one.
    """
    address = quote(f"/{path}", safe="/-._~!$&'()*+,;=:@")
    page = address.removesuffix(".html")
    forms = [address, page] if page != address else [address]
    if PurePosixPath(path).stem == "index":
        page = f"{address.rpartition('/')[0]}/"
        forms = [page.rstrip("/") or "/", page, address]
    if spec.url_style:
        forms = [shape(page, spec.url_style)]
    named = _WEB_ADDRESS.match(canonical)
    known = [form for form in forms if named and named[1].endswith(form)]
    if known and not spec.base_url:
        return canonical
    return spec.base_url.rstrip("/") + max(known, key=len, default=forms[0])
