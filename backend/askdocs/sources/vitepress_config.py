"""Reads what a VitePress site's configuration says literally."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from askdocs.errors import SourceError
from askdocs.sources import files, js_config

_NAMES = ("config", "config/index")
_SUFFIXES = (".ts", ".mts", ".js", ".mjs", ".cts", ".cjs")

_KNOWN = ("title", "themeConfig", "srcDir", "cleanUrls", "base", "locales", "markdown", "description")
"""Keys of which a configuration has at least one."""

_PARAMETER = re.compile(r":([A-Za-z_]\w*)(\([^()]*\))?([*+?])?|(\([^()]*\))([*+?])?")


@dataclass(frozen=True, slots=True)
class Config:
    pages: Path
    """The folder of the pages, `srcDir`."""
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def base_url(self) -> str:
        """The origin that the sitemap names, if any, and the base path."""
        base = self.text("base").rstrip("/")
        sitemap = self.values.get("sitemap")
        host = sitemap.get("hostname") if isinstance(sitemap, dict) else None
        if not isinstance(host, str) or not host.startswith("http"):
            return base
        host = host.rstrip("/")
        return host if host.endswith(base) else host + base

    def excluded(self) -> list[str]:
        value = self.values.get("srcExclude")
        return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

    def locales(self) -> dict[str, str]:
        """The languages by their folders, "" for the root's; {} where the site has one."""
        listed = self.values.get("locales")
        found: dict[str, str] = {}
        for key, options in listed.items() if isinstance(listed, dict) else ():
            told = options if isinstance(options, dict) else {}
            if not str(told.get("link", "")).startswith("http"):
                lang = told.get("lang") or self.text("lang")
                name = "" if key == "root" else key
                found[name] = lang if isinstance(lang, str) and lang else name or "en"
        return found if len(found) > 1 else {}

    def rewrites(self) -> list[tuple[re.Pattern[str], str]]:
        """Patterns of whole paths, with what takes their place. Raises SourceError when code makes them."""
        given = self.values.get("rewrites")
        if given is js_config.UNKNOWN:
            raise SourceError(
                "The configuration of VitePress makes its rewrites in code, so addresses are not known.",
                fix="Build the site, and index .vitepress/dist instead.",
            )
        rules = given if isinstance(given, dict) else {}
        return [(_pattern(one), two) for one, two in rules.items() if isinstance(two, str)]


def find(root: Path) -> Path | None:
    """The configuration of the site in this folder, or of the one that has its pages in it."""
    for folder in (root, root / "docs", *root.parents[:2]):
        file = next(_files(folder), None)
        if file is not None and (folder in (root, root / "docs") or _pages(file) == root):
            return file
    return None


def read(root: Path) -> Config:
    """Raises SourceError when the file cannot be read, or names no folder."""
    file = find(root)
    if file is None:
        return Config(root)
    pages = _pages(file)
    if not files.is_folder(pages):
        raise SourceError(
            f"{file} has the pages in {pages}, and there is no such folder.", fix="Mend its srcDir."
        )
    return Config(pages, _values(file))


def filled(target: str, found: re.Match[str]) -> str:
    """The target of a rewrite, with what the pattern found."""
    unnamed = iter(value or "" for name, value in found.groupdict().items() if re.fullmatch(r"_\d+", name))

    def part(parameter: re.Match[str]) -> str:
        if parameter[1]:
            return found.groupdict().get(parameter[1]) or ""
        return next(unnamed, "")

    return re.sub("/{2,}", "/", _PARAMETER.sub(part, target)).lstrip("/")


def _files(folder: Path) -> Iterator[Path]:
    for name in _NAMES:
        for suffix in _SUFFIXES:
            file = folder / ".vitepress" / f"{name}{suffix}"
            if files.is_file(file):
                yield file


def _values(file: Path) -> Mapping[str, Any]:
    return js_config.read(file).object_with(*_KNOWN)


def _pages(file: Path) -> Path:
    root = next(parent for parent in file.parents if parent.name == ".vitepress").parent
    try:
        folder = _values(file).get("srcDir")
        return (root / folder if isinstance(folder, str) else root).resolve()
    except (SourceError, OSError, ValueError):
        return root


def _pattern(source: str) -> re.Pattern[str]:
    """As path-to-regexp reads it: `:name`, `:rest*` and `(.*)`."""
    parts: list[str] = []
    position = number = 0
    for found in _PARAMETER.finditer(source):
        parts.append(re.escape(source[position : found.start()]))
        position = found.end()
        name, own, many, unnamed, _ = found.groups()
        inner = (own or unnamed or "")[1:-1] or (".+?" if many == "+" else ".*?" if many == "*" else "[^/]+?")
        if not name:
            name, number = f"_{number}", number + 1
        parts.append(f"(?P<{name}>{inner}){'?' if many == '?' else ''}")
    try:
        return re.compile("".join(parts) + re.escape(source[position:]))
    except re.error:
        return re.compile(re.escape(source))
