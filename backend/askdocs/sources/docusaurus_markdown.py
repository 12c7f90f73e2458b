"""Reads the Markdown and MDX of a Docusaurus site that has not been built."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePosixPath

from askdocs.sources import docusaurus_config, markdown, patterns
from askdocs.sources.dialects import Dialect, shape
from askdocs.sources.docusaurus_config import Folder, Site
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.mdx_partials import Partials
from askdocs.sources.pages import Note
from askdocs.types import Page, Source, SourceSpec, UrlStyle

_NOT_BUILT = (
    "the site has not been built with docusaurus-plugin-askdocs, so its Markdown was read, without what "
    "components make."
)

_ORDER = re.compile(r"\d+\s*[-_.]+\s*([^-_.\s].*)")
_NO_ORDER = re.compile(r"\d+[-_.]\d+")
"""Dates and versions."""

_DATED = re.compile(r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<text>.*?)(?:/index)?")


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The pages of all plugins, versions and locales."""
    site = docusaurus_config.read(root)
    chosen = patterns.chosen(spec)
    source = Source("docusaurus", str(root), 0, iter(()))
    source.default_version, source.default_locale = site.default_version, site.default_locale
    source.problems.append(f"{root.name}: {_NOT_BUILT}")
    if site.unknown:
        names = ", ".join(site.unknown)
        source.problems.append(
            f"{root.name}: code makes {names} of the configuration, so defaults were taken."
        )
    opened = [(folder, _open(root, folder, site, spec, chosen)) for folder in site.folders]
    for _, each in opened:
        source.total += each.total
    source.pages = chain.from_iterable(_pages(source, folder, each) for folder, each in opened)
    return source


def _open(root: Path, folder: Folder, site: Site, spec: SourceSpec, chosen: Callable[[str], bool]) -> Source:
    base = spec.base_url.rstrip("/") + folder.route
    inner = SourceSpec(root / folder.path, base_url=base or "/", url_style=spec.url_style)
    dialect = Docusaurus(root, folder, site.trailing_slash, chosen)
    return markdown.open_folder(root / folder.path, inner, dialect, kind="docusaurus")


def _pages(source: Source, folder: Folder, opened: Source) -> Iterator[Page]:
    for page in opened.pages:
        kind = "blog" if folder.plugin == "blog" else page.kind
        yield replace(page, path=f"{folder.path}/{page.path}", version=folder.version, kind=kind)
    source.problems += [f"{folder.path}/{problem}" for problem in opened.problems]
    source.skipped += [f"{folder.path}/{path}" for path in opened.skipped]


class Docusaurus(Dialect):
    """One folder of pages."""

    def __init__(
        self, root: Path, folder: Folder, trailing_slash: bool | None, chosen: Callable[[str], bool]
    ) -> None:
        self.url_style = "slash" if trailing_slash else "clean"
        self._folder = folder
        self._keeps_slash = trailing_slash is None
        self._chosen = chosen
        self._partials = Partials(root / folder.path, {"@site/": root})

    def is_page(self, path: str) -> bool:
        is_part = any(each.startswith("_") for each in path.split("/"))
        return not is_part and self._chosen(f"{self._folder.path}/{path}")

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        return self._partials.resolve(path, text, note)

    def address(self, path: str, matter: FrontMatter) -> str | None:
        if matter.flag("draft") or matter.flag("unlisted"):
            return None
        if self._folder.plugin == "docs":
            return self._of_doc(path, matter)
        whole = str(PurePosixPath(path).with_suffix(""))
        if self._folder.plugin == "blog":
            return posixpath.join("/", (matter.text("slug") or _of_post(whole)).lstrip("/"))
        name = whole.removesuffix("index")
        return f"/{name}"

    def shape(self, address: str, style: UrlStyle) -> str:
        """Where the configuration says nothing of slashes, only the page of a folder has one."""
        return address if style == "clean" and self._keeps_slash else shape(address, style)

    def locale(self, path: str) -> str:
        return self._folder.locale

    def _of_doc(self, path: str, matter: FrontMatter) -> str:
        file = PurePosixPath(path)
        parents = [] if str(file.parent) == "." else list(file.parent.parts)
        folder = "/".join(["", *map(self._unprefixed, parents), ""])
        slug = matter.text("slug")
        if slug.startswith("/"):
            return slug
        if not slug and file.stem.lower() in ("index", "readme", *(each.lower() for each in parents[-1:])):
            return folder
        name = slug or matter.text("id") or self._unprefixed(file.stem)
        resolved = posixpath.normpath(posixpath.join(folder, name))
        return f"{resolved}/" if name.endswith("/") else resolved

    def _unprefixed(self, name: str) -> str:
        if not self._folder.has_prefixes or _NO_ORDER.match(name):
            return name
        found = _ORDER.fullmatch(name)
        return found[1] if found else name


def _of_post(path: str) -> str:
    """Where a post is by the date in its path, which is without its ending."""
    if found := _DATED.fullmatch(path):
        return f"{found['date'].replace('-', '/')}/{found['folder']}{found['text']}"
    return path.removesuffix("/index")
