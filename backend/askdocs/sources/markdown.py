"""Reads a folder of Markdown or MDX files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from askdocs.sources import content, files, frontmatter
from askdocs.sources.commonmark import render
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.mdx import is_mdx
from askdocs.sources.tree import parse
from askdocs.types import Page, Source

SUFFIXES = (".md", ".mdx", ".markdown")
INDEXES = ("index", "readme")


def read_folder(root: Path, listing: files.Listing, *, base_url: str) -> Source:
    source = Source("markdown", str(root), len(listing.paths), iter(()), problems=list(listing.problems))
    source.pages = _pages(root, listing.paths, base_url, source.problems)
    return source


def _pages(root: Path, paths: tuple[str, ...], base_url: str, problems: list[str]) -> Iterator[Page]:
    seen: dict[str, str] = {}
    for path in paths:
        try:
            text, mended = files.read_text(root / path)
        except OSError as error:
            problems.append(f"{path}: the file cannot be read ({error.strerror}), so it was skipped.")
            continue
        if mended:
            problems.append(f"{path}: {mended}.")
        matter, body, fault = frontmatter.split(text)
        if fault:
            problems.append(f"{path}: the front matter {fault}, so it was ignored.")
        if matter.flag("draft") or matter.flag("unlisted"):
            continue
        page = read_page(path, body, matter, base_url=base_url)
        if page is None:
            problems.append(f"{path}: the page nests too deep, so it was skipped.")
        elif not page.sections:
            problems.append(f"{path}: the page holds no text, so it was skipped.")
        elif page.url in seen:
            problems.append(f"{path}: has the same URL as {seen[page.url]}, {page.url}, so it was skipped.")
        else:
            seen[page.url] = path
            yield page


def read_page(path: str, text: str, matter: FrontMatter, *, base_url: str = "") -> Page | None:
    """The page that a file holds; None when its HTML nests too deep."""
    tree = parse(render(text, mdx=is_mdx(path, text)))
    if tree is None or tree.body is None:
        return None
    found = content.read(tree.body, title=matter.text("title"))
    return Page(
        path=path,
        url=base_url.rstrip("/") + quote(address(path, matter), safe="/-._~!$&'()*+,;=:@"),
        title=found.title or _name(path),
        sections=found.sections,
        description=matter.text("description"),
    )


def address(path: str, matter: FrontMatter) -> str:
    """Where readers find the page below the base URL, as Docusaurus would place it."""
    file = PurePosixPath(path)
    folder = "/" if str(file.parent) == "." else f"/{file.parent}"
    if slug := matter.text("slug"):
        return posixpath.normpath(posixpath.join(folder, slug)).replace("//", "/")
    name = matter.text("id") or file.stem
    if "/" in name:
        name = file.stem
    return folder if name.lower() in INDEXES else posixpath.join(folder, name)


def _name(path: str) -> str:
    file = PurePosixPath(path)
    stem = file.parent.name if file.stem.lower() in INDEXES and file.parent.name else file.stem
    name = stem.replace("-", " ").replace("_", " ").strip()
    return name[:1].upper() + name[1:]
