"""Reads the books of mdBook: the chapters that SUMMARY.md lists, as mdBook 0.5 builds them."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from askdocs.errors import SourceError
from askdocs.sources import files, markdown, outside_code
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.mdbook_includes import Includes
from askdocs.sources.mdbook_slugs import MdBookSlugs
from askdocs.sources.pages import Note
from askdocs.sources.slugs import Slugs
from askdocs.sources.targets import SUFFIXES
from askdocs.types import Source, SourceSpec, UrlStyle

_SETTINGS = "book.toml"
_SUMMARY = "SUMMARY.md"

_CHAPTER = re.compile(
    r"^[ \t]*(?:[*+-][ \t]+)?\[((?:\\.|[^\]\\])*)\]\([ \t]*(?:<([^>\n]*)>|([^\s)]*))", re.MULTILINE
)
"""In a list, or without one before and after the numbered chapters. A draft has no file."""

_RUST = re.compile(r"([ \t]*)#(?:(#.*)|[ \t].*)?")
"""A line of Rust that only the compiler reads: `# use a::b;`. Two signs are one that readers see."""

_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)*(?:`{3,}|~{3,})[ \t]*([^\s,`{]*)(.*)")
_HIDES = re.compile(r"\bhidelines=([^\s,}]+)")


def find(root: Path, spec: SourceSpec) -> bool:
    return _book(root) is not None


def _book(root: Path) -> Path | None:
    """The folder of the book whose settings are here, or whose chapters are."""
    if files.is_file(root / _SETTINGS):
        return root
    is_below = files.is_file(root / _SUMMARY) and files.is_file(root.parent / _SETTINGS)
    return root.parent if is_below else None


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The chapters of the book, below its `site-url` if the settings give no base URL. Raises SourceError
    when there is no summary, or `book.toml` cannot be read."""
    book = _book(root) or root
    settings = _settings(book)
    chapters = (book / str(_table(settings, "book").get("src") or "src")).resolve()
    summary = chapters / _SUMMARY
    if not files.is_within(summary, book) or not files.is_file(summary):
        raise SourceError(f"There is no {_SUMMARY} in {chapters}.", fix=f"Mend book.src in {_SETTINGS}.")
    html = _table(settings, "output", "html")
    spec = replace(spec, base_url=spec.base_url or str(html.get("site-url") or ""))
    titles = dict(_titles(files.decode(files.read(summary))[0]))
    hides = {str(name): str(sign) for name, sign in _table(html, "code", "hidelines").items()}
    return markdown.open_folder(chapters, spec, MdBook(book, chapters, titles, hides), kind="mdbook")


def _settings(book: Path) -> Mapping[str, Any]:
    if not files.is_file(book / _SETTINGS):
        return {}
    try:
        return tomllib.loads(files.decode(files.read(book / _SETTINGS))[0])
    except (SourceError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"{_SETTINGS} cannot be read: {error}", fix="Mend the file.") from error


def _table(settings: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    for name in names:
        found = settings.get(name)
        settings = found if isinstance(found, dict) else {}
    return settings


def _titles(summary: str) -> Iterator[tuple[str, str]]:
    """The files that the summary names, with the titles that it gives them."""
    for title, quoted, plain in _CHAPTER.findall(summary):
        path = unquote((quoted or plain).partition("#")[0])
        if path.lower().endswith(SUFFIXES) and "://" not in path:
            yield posixpath.normpath(path), re.sub(r"\\(.)|[`*]", r"\1", title)


class MdBook(Dialect):
    """The dialect of one book: the titles of its chapters by path, and what begins a line that it hides, by
    the language of the code."""

    url_style: UrlStyle = "html"

    def __init__(
        self, book: Path, chapters: Path, titles: Mapping[str, str], hides: Mapping[str, str]
    ) -> None:
        self._titles = titles
        self._hides = hides
        self._includes = Includes(book, chapters)

    def is_page(self, path: str) -> bool:
        return path in self._titles

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """By the file's path; a README is its folder's page."""
        file = PurePosixPath(path)
        folder = "" if str(file.parent) == "." else f"/{file.parent}"
        return f"{folder}/" if file.stem.lower() in ("readme", "index") else f"{folder}/{file.stem}"

    def title(self, path: str, matter: FrontMatter) -> str:
        return self._titles.get(path, "")

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        text = self._includes.resolve(path, text, note)
        return "\n".join(
            line
            for run, is_code in outside_code.blocks(text)
            for line in (self._shown(run) if is_code else run)
        )

    def slugs(self) -> Slugs:
        return MdBookSlugs()

    def _shown(self, block: list[str]) -> Iterator[str]:
        """A block of code without the lines that the book hides."""
        fence = _FENCE.match(block[0])
        language, rest = fence.groups() if fence else ("", "")
        own = _HIDES.search(rest)
        sign = own[1] if own else self._hides.get(language, "")
        for line in block:
            rust = _RUST.fullmatch(line) if language == "rust" else None
            if rust:
                if rust[2]:
                    yield rust[1] + rust[2]
            elif not (sign and line.lstrip().startswith(sign)):
                yield line
