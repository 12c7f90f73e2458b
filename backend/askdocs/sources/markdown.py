"""Reads a folder of Markdown or MDX."""

from __future__ import annotations

import posixpath
from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from askdocs.sources import commonmark, content, files, frontmatter
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note, read_each
from askdocs.sources.sections import shorten
from askdocs.sources.tree import parse
from askdocs.types import Page, Source

SUFFIXES = (".md", ".mdx", ".markdown")
INDEXES = frozenset({"index", "readme", "_index"})


def open_folder(root: Path, paths: tuple[str, ...], *, base_url: str) -> Source:
    paths = tuple(path for path in paths if not _is_partial(path))
    source = Source("markdown", str(root), len(paths), iter(()))
    source.pages = read_each(paths, partial(_read, root, base_url), source.problems)
    return source


def parse_page(path: str, text: str, note: Note, *, base_url: str = "") -> Page | None:
    """The page that a file holds; None for a draft. Raises SourceError when it cannot be parsed."""
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
    found = content.read(root, title=shorten(matter.text("title"))) if root is not None else content.EMPTY
    return Page(
        path=path,
        url=base_url.rstrip("/") + quote(address(path, matter), safe="/-._~!$&'()*+,;=:@"),
        title=found.title or _name(path),
        sections=found.sections,
        description=matter.text("description"),
    )


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


def _read(root: Path, base_url: str, path: str, note: Note) -> Page | None:
    text, mended = files.decode(files.read(root / path))
    if mended:
        note(f"{mended}.")
    return parse_page(path, text, note, base_url=base_url)


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
