"""Reads a folder of Markdown or MDX."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection
from functools import cache, partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from askdocs.errors import SourceError
from askdocs.sources import commonmark, content, files, frontmatter, kinds
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note, read_each
from askdocs.sources.sections import shorten
from askdocs.sources.targets import INDEXES, file_address
from askdocs.sources.tree import parse
from askdocs.types import Page, Source

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)


def open_folder(root: Path, paths: tuple[str, ...], *, base_url: str) -> Source:
    paths = tuple(path for path in paths if not _is_partial(path))
    source = Source("markdown", str(root), len(paths), iter(()))
    find = _finder(root, paths, base_url)
    source.pages = read_each(paths, partial(_read, root, base_url, find), source.problems)
    return source


def parse_page(
    path: str, text: str, note: Note, *, base_url: str = "", find: Callable[[str], str] = lambda path: ""
) -> Page | None:
    """The page that a file holds; None for a draft. Raises SourceError when it cannot be parsed.

    `find` gives the address of the page that another file holds, "" if there is none.
    """
    is_mdx = path.lower().endswith(".mdx")
    document = commonmark.parse(text, mdx=is_mdx)
    matter, fault = frontmatter.read(document.front_matter or "")
    if matter is None:
        document = commonmark.parse(text, mdx=is_mdx, front_matter=False)
        matter = FrontMatter()
    if fault:
        note(f"the front matter {fault}, so it was ignored.")
    if matter.flag("draft") or matter.flag("unlisted"):
        return None
    root = parse(document.html()).body
    url = _url(path, matter, base_url)
    resolve = partial(file_address, path, url, find)
    title = shorten(matter.text("title"))
    found = content.read(root, title=title, resolve=resolve) if root is not None else content.EMPTY
    return Page(
        path=path,
        url=url,
        title=found.title or _name(path),
        sections=found.sections,
        description=matter.text("description"),
        kind="blog" if _is_post(matter) else kinds.of_content(found.sections, path.split("/")),
    )


def _is_post(matter: FrontMatter) -> bool:
    """A dated page of named authors, as blogs of Docusaurus, VitePress and Hugo have them."""
    return "date" in matter.values and not matter.values.keys().isdisjoint(("author", "authors"))


def address(path: str, matter: FrontMatter) -> str:
    """Where readers find the page below the base URL: there, where Docusaurus would place it."""
    file = PurePosixPath(path)
    folder = "/" if str(file.parent) == "." else f"/{file.parent}"
    if slug := matter.text("slug"):
        return "/" + posixpath.normpath(posixpath.join(folder, slug)).lstrip("/")
    name = matter.text("id")
    if not name or "/" in name:
        name = file.stem
    return folder if name.lower() in INDEXES else posixpath.join(folder, name)


def _url(path: str, matter: FrontMatter, base_url: str) -> str:
    return base_url.rstrip("/") + quote(address(path, matter), safe="/-._~!$&'()*+,;=:@")


def _read(root: Path, base_url: str, find: Callable[[str], str], path: str, note: Note) -> Page | None:
    text, mended = files.decode(files.read(root / path))
    if mended:
        note(f"{mended}.")
    return parse_page(path, text, note, base_url=base_url, find=find)


def _finder(root: Path, paths: Collection[str], base_url: str) -> Callable[[str], str]:
    """Reads of a file that others link to its front matter, once."""
    known = frozenset(paths)

    @cache
    def find(path: str) -> str:
        if path not in known:
            return ""
        try:
            text, _ = files.decode(files.read(root / path))
        except SourceError:
            return ""
        found = _FRONT_MATTER.match(text)
        matter, _ = frontmatter.read(found[1] if found else "")
        return _url(path, matter or FrontMatter(), base_url)

    return find


def _is_partial(path: str) -> bool:
    """Docusaurus takes what begins with `_` for a part of other pages; `_index` is Hugo's index."""
    *folders, name = path.split("/")
    return any(each.startswith("_") for each in folders) or (
        name.startswith("_") and PurePosixPath(name).stem.lower() not in INDEXES
    )


def _name(path: str) -> str:
    file = PurePosixPath(path)
    stem = file.parent.name if file.stem.lower() in INDEXES and file.parent.name else file.stem
    name = stem.replace("-", " ").replace("_", " ").strip() or file.name
    return shorten(name[:1].upper() + name[1:])
