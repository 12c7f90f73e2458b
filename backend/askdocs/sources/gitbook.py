"""Reads the docs of GitBook and of the books that are written like its: what SUMMARY.md lists."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import yaml

from askdocs.errors import SourceError
from askdocs.sources import files, frontmatter, markdown, outside_code, shortcode_markdown, shortcodes
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.gitbook_slugs import GitBookSlugs, HonKitSlugs
from askdocs.sources.pages import Note
from askdocs.sources.shortcodes import Shortcode
from askdocs.sources.slugs import Slugs
from askdocs.sources.targets import SUFFIXES
from askdocs.types import Source, SourceSpec

MAX_INCLUDES = 8
"""Files that include one another; more are a circle."""

_SETTINGS = ".gitbook.yaml"
_OLDER_SETTINGS = "book.json"
"""Of GitBook before it was a service, and of HonKit: their pages are files, such as /install.html."""

_SUMMARY = "SUMMARY.md"
_OWN_ID = re.compile(r'^(#{1,6}[ \t].*?)[ \t]*<a\s[^<>]*\bid="([^"\s]+)"[^<>]*>[ \t]*</a>[ \t]*$')
"""A heading with an anchor of its own, as GitBook writes it."""

_ENTRY = re.compile(r"^[ \t]*[*+-][ \t]+\[((?:\\.|[^\]\\])*)\]\(\s*(?:<([^>]*)>|([^\s)]*))", re.MULTILINE)


def find(root: Path, spec: SourceSpec) -> bool:
    return files.is_file(root / _SETTINGS) or files.is_file(root / _SUMMARY)


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The pages that the summary lists; all of the folder where there is none, as GitBook has it then. Raises
    SourceError when the settings cannot be read or name what is not there."""
    settings = _settings(root)
    is_older = not settings and files.is_file(root / _OLDER_SETTINGS)
    root = _below(root, str(settings.get("root") or "."))
    structure = settings.get("structure")
    named = {str(key): str(value) for key, value in structure.items()} if isinstance(structure, dict) else {}
    summary = posixpath.normpath(named.get("summary", _SUMMARY))
    home = posixpath.normpath(named.get("readme", "README.md"))
    titles = None
    if files.is_file(root / summary):
        titles = _entries(files.decode(files.read(root / summary))[0], posixpath.dirname(summary))
        titles.setdefault(home, "")
    elif "summary" in named:
        raise SourceError(f"There is no {summary} in {root}.", fix=f"Mend structure.summary in {_SETTINGS}.")
    dialect = GitBook(root, titles, home, is_older=is_older)
    return markdown.open_folder(root, spec, dialect, kind="gitbook")


def _below(root: Path, folder: str) -> Path:
    found = (root / folder.strip("/")).resolve()
    if not files.is_folder(found) or not found.is_relative_to(root):
        raise SourceError(f"There is no folder {folder} in {root}.", fix=f"Mend root in {_SETTINGS}.")
    return found


def _settings(root: Path) -> Mapping[str, object]:
    if not files.is_file(root / _SETTINGS):
        return {}
    try:
        found = yaml.safe_load(files.decode(files.read(root / _SETTINGS))[0])
    except (SourceError, yaml.YAMLError) as error:
        raise SourceError(f"{_SETTINGS} cannot be read: {error}", fix="Mend the file.") from error
    return found if isinstance(found, dict) else {}


def _entries(summary: str, folder: str) -> dict[str, str]:
    """The titles of the files that the summary names, which are relative to its folder."""
    found: dict[str, str] = {}
    for title, quoted, plain in _ENTRY.findall(summary):
        path = unquote((quoted or plain).partition("#")[0])
        if path.lower().endswith(SUFFIXES) and "://" not in path:
            name = re.sub(r"\\(.)|[`*]", r"\1", title)
            found.setdefault(posixpath.normpath(posixpath.join(folder, path)), name)
    return found


class GitBook(Dialect):
    """The dialect of one book: the titles of its pages by path, if it lists them, and its first page."""

    def __init__(self, root: Path, titles: Mapping[str, str] | None, home: str, *, is_older: bool) -> None:
        self.url_style = "html" if is_older else "clean"
        self._is_older = is_older
        self._root = root
        self._titles = titles
        self._home = home

    def is_page(self, path: str) -> bool:
        return path in self._titles if self._titles is not None else super().is_page(path)

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """By the file's path; a README is its folder's page."""
        if matter.flag("hidden"):
            return None
        if path == self._home:
            return "/"
        file = PurePosixPath(path)
        folder = "" if str(file.parent) == "." else f"/{file.parent}"
        return f"{folder}/" if file.stem.lower() in ("readme", "index") else f"{folder}/{file.stem}"

    def title(self, path: str, matter: FrontMatter) -> str:
        return matter.text("title") or (self._titles or {}).get(path, "")

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        lines = outside_code.lines(self._expanded(path, text, note, 0))
        return "\n".join(line if is_code else _OWN_ID.sub(r"\1 {#\2}", line) for line, is_code in lines)

    def slugs(self) -> Slugs:
        return HonKitSlugs() if self._is_older else GitBookSlugs()

    def _expanded(self, path: str, text: str, note: Note, depth: int) -> str:
        def include(name: str) -> str:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            inside = (self._root / target).resolve()
            if depth >= MAX_INCLUDES or not files.is_within(inside, self._root) or not files.is_file(inside):
                note(f"what a block includes, {name}, was not found.")
                return ""
            _, inner, _ = frontmatter.split(files.decode(files.read(inside))[0])
            return self._expanded(target, inner, note, depth + 1)

        page = shortcode_markdown.Surroundings(
            address=lambda name: "", include=include, param=lambda name: ""
        )

        def render(block: Shortcode) -> str:
            if block.name == "content-ref":
                return self._reference(path, block.value(0, "url"))
            return shortcode_markdown.render(block, page)

        return shortcodes.expand(text, render, shortcodes.GITBOOK)

    def _reference(self, path: str, url: str) -> str:
        """A card with the title of another page, which the author sees the file's name of."""
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), url))
        title = (self._titles or {}).get(target, "")
        return f"[{title}](<{url}>)" if title else ""
