"""Reads a clone of a GitHub wiki."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from configparser import ConfigParser
from configparser import Error as ConfigError
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from askdocs.errors import SourceError
from askdocs.sources import files, markdown, outside_code, patterns
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note
from askdocs.sources.targets import SUFFIXES, web_address
from askdocs.types import Source, SourceSpec, UrlStyle

_HOME = "home"
_LINK = re.compile(r"\[\[(?!_)([^\[\]|\n]+)(?:\|([^\[\]\n]*))?\]\]")
_SPACED = re.compile(r"(?<!!)\[([^\[\]\n]+)\]\(([^()<>\"\n]* [^()<>\"\n]*)\)")
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp)$", re.IGNORECASE)
_REMOTE = re.compile(
    r"(?:git@|ssh://git@|https://(?:[^@/]+@)?)(github\.com)[:/]([\w.-]+/[\w.-]+)\.wiki(?:\.git)?/?"
)


def find(root: Path, spec: SourceSpec) -> bool:
    """A home page with a sidebar or footer, or in a folder that is named as a wiki's clone is."""
    names = {path.stem.lower() for path in _pages(root)}
    return _HOME in names and (not names.isdisjoint(("_sidebar", "_footer")) or root.name.endswith(".wiki"))


def _pages(root: Path) -> Collection[Path]:
    return [root / name for name in files.names(root) if name.lower().endswith(SUFFIXES)]


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The wiki's pages, below the address on GitHub that the folder was cloned from, if the settings have no
    base URL."""
    spec = replace(spec, base_url=spec.base_url or _address(root))
    paths = files.list_files(root, SUFFIXES, chosen=patterns.chosen(spec)).paths
    return markdown.open_folder(root, spec, Wiki(paths, spec.base_url), kind="wiki")


def _address(root: Path) -> str:
    """Where the wiki is on GitHub, "" if the folder is no clone of one there."""
    config = ConfigParser(strict=False, interpolation=None)
    try:
        config.read_string(files.decode(files.read(root / ".git" / "config"))[0])
        url = config.get('remote "origin"', "url", fallback="")
    except (SourceError, ConfigError):
        return ""
    found = _REMOTE.fullmatch(url.strip())
    return f"https://{found[1]}/{found[2]}/wiki" if found else ""


class Wiki(Dialect):
    """GitHub finds a page by its file's name, whatever folder that is in, with dashes for blanks."""

    h1_is_title = False

    def __init__(self, paths: Collection[str], base_url: str) -> None:
        self._names = {_name(path).lower(): _name(path) for path in paths}
        self._base = base_url.rstrip("/")

    def address(self, path: str, matter: FrontMatter) -> str | None:
        name = _name(path)
        return "/" if name.lower() == _HOME else f"/{name}"

    def shape(self, address: str, style: UrlStyle) -> str:
        """The home page is at the wiki's own address."""
        return "" if address == "/" and self._base else address

    def title(self, path: str, matter: FrontMatter) -> str:
        return _name(path).replace("-", " ")

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        """With links of Markdown for `[[Page]]`, `[[text|Page]]` and `[text](A page)`."""
        lines = outside_code.lines(text)
        return "\n".join(line if is_code else self._linked(line) for line, is_code in lines)

    def _linked(self, line: str) -> str:
        if "](" in line:
            line = outside_code.sub(_SPACED, self._named, line)
        return outside_code.sub(_LINK, self._link, line)

    def _named(self, found: re.Match[str]) -> str:
        is_page = _dashed(found[2].partition("#")[0]).lower() in self._names
        return f"[{found[1]}](<{found[2].strip()}>)" if is_page else found[0]

    def _link(self, found: re.Match[str]) -> str:
        text, target = found[1].strip(), (found[2] or "").strip()
        if _IMAGE.search(text):
            alt = re.search(r"alt=([^|]+)", target)
            return f"![{alt[1].strip()}](<{text}>)" if alt else ""
        return f"[{text}](<{target or text}>)"

    def follow(self, href: str, *, path: str, url: str, find: Callable[[str], str]) -> str:
        name, mark, anchor = unquote(href).partition("#")
        page = self._names.get(_dashed(name.removesuffix("/").rpartition("/")[2]).lower())
        if page is not None and name and "://" not in name:
            return self._url(page) + mark + anchor
        is_lost = name and not re.search(r"[/.:]", name)
        return "" if is_lost else web_address(url, href)

    def _url(self, name: str) -> str:
        if name.lower() == _HOME:
            return self._base or "/"
        return f"{self._base}/{quote(name)}"


def _name(path: str) -> str:
    return _dashed(PurePosixPath(path).stem)


def _dashed(name: str) -> str:
    return re.sub(r"\s", "-", name.strip().removesuffix(".md"))
