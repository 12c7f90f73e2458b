"""Reads a folder of Markdown or MDX, in the dialect of the generator that it is written for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from askdocs.errors import SourceError
from askdocs.sources import commonmark, content, files, frontmatter, kinds, patterns
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note, read_each
from askdocs.sources.sections import shorten
from askdocs.sources.targets import INDEXES, SUFFIXES
from askdocs.sources.tree import parse
from askdocs.types import Block, Generator, Page, Section, Source, SourceSpec, UrlStyle


@dataclass(frozen=True, slots=True)
class Site:
    """What decides where the site that is made of a folder has its pages. Without a `url_style` it is the
    dialect's."""

    dialect: Dialect = field(default_factory=Dialect)
    base_url: str = ""
    url_style: UrlStyle | None = None

    def url(self, path: str, matter: FrontMatter) -> str | None:
        address = self.dialect.address(path, matter)
        if address is None:
            return None
        shaped = self.dialect.shape(address, self.url_style or self.dialect.url_style)
        return self.base_url.rstrip("/") + quote(shaped, safe="/-._~!$&'()*+,;=:@")


def find(root: Path, spec: SourceSpec) -> bool:
    """Any folder may hold Markdown."""
    return True


def open_folder(
    root: Path, spec: SourceSpec, dialect: Dialect | None = None, *, kind: Generator = "markdown"
) -> Source:
    """The pages below `root`. `dialect` is that of the generator `kind`, by default plain Markdown's."""
    site = Site(dialect or Dialect(), spec.base_url, spec.url_style)
    listing = files.list_files(root, SUFFIXES, chosen=patterns.chosen(spec))
    paths = tuple(filter(site.dialect.is_page, listing.paths))
    source = Source(
        kind, str(root), len(paths), iter(()), problems=list(listing.problems), skipped=list(listing.skipped)
    )
    source.default_locale = site.dialect.default_locale
    source.pages = read_each(paths, partial(_read, root, site, _finder(root, site, paths)), source)
    return source


def parse_page(
    path: str,
    text: str,
    note: Note,
    *,
    site: Site | None = None,
    find: Callable[[str], str] = lambda path: "",
) -> Page | None:
    """The page that a file holds; None if it has none of its own. Raises SourceError if it cannot be parsed.

    `find` gives the address of the page that another file holds, "" if there is none.
    """
    site = site or Site()
    dialect = site.dialect
    matter, text, fault = frontmatter.split(text)
    if fault:
        note(f"the front matter {fault}, so it was ignored.")
    url = site.url(path, matter)
    if url is None:
        return None
    text = dialect.prepare(path, text, matter, note)
    document = commonmark.parse(text, mdx=path.lower().endswith(".mdx"), slugs=dialect.slugs)
    root = parse(document.html()).body
    resolve = partial(dialect.follow, path=path, url=url, find=find)
    title = shorten(dialect.title(path, matter))
    found = content.EMPTY
    if root is not None:
        found = content.read(root, title=title, h1_is_title=dialect.h1_is_title, resolve=resolve)
    description = matter.text("description")
    if found.sections or not description:  # else the generator makes its text, as a list of the pages below
        sections, kind = found.sections, kinds.of_content(found.sections, path.split("/"))
    else:
        sections, kind = (Section("", (), (Block(description),)),), "landing"
    return Page(
        path=path,
        url=url,
        title=found.title or _name(path),
        sections=sections,
        description=description,
        locale=dialect.locale(path),
        language=dialect.locale(path),
        kind="blog" if _is_post(matter) else kind,
    )


def _is_post(matter: FrontMatter) -> bool:
    """A dated page of named authors, as blogs of Docusaurus, VitePress and Hugo have them."""
    return "date" in matter.values and not matter.values.keys().isdisjoint(("author", "authors"))


def _read(root: Path, site: Site, find: Callable[[str], str], path: str, note: Note) -> Page | None:
    text, mended = files.decode(files.read(root / path))
    if mended:
        note(f"{mended}.")
    return parse_page(path, text, note, site=site, find=find)


def _finder(root: Path, site: Site, paths: Collection[str]) -> Callable[[str], str]:
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
        matter, _, _ = frontmatter.split(text)
        return site.url(path, matter) or ""

    return find


def _name(path: str) -> str:
    file = PurePosixPath(path)
    stem = file.parent.name if file.stem.lower() in INDEXES and file.parent.name else file.stem
    name = stem.replace("-", " ").replace("_", " ").strip() or file.name
    return shorten(name[:1].upper() + name[1:])
