"""Reads the docs of MkDocs, with or without Material, from their Markdown."""

from __future__ import annotations

import re
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from askdocs.errors import SourceError
from askdocs.sources import files, markdown, mkdocs_config, outside_code, python_slugs
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.mkdocs_blog import Blog
from askdocs.sources.mkdocs_config import Config
from askdocs.sources.mkdocs_includes import Includes
from askdocs.sources.mkdocs_locales import Locales
from askdocs.sources.mkdocs_macros import Macros
from askdocs.sources.pages import Note
from askdocs.sources.python_markdown import Syntax
from askdocs.types import Source, SourceSpec

_OWN_ID = re.compile(r"#.*\{#([^\s{}]+)\}$")
_TITLE = re.compile(r"^#[ \t]|.*\n=+[ \t]*$|<h1", re.MULTILINE)


def find(root: Path, spec: SourceSpec) -> bool:
    return mkdocs_config.find(root) is not None


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """Below mkdocs.yml's `site_url`, unless the settings have a base URL."""
    config = mkdocs_config.read(root)
    spec = replace(spec, base_url=spec.base_url or config.text("site_url"))
    return markdown.open_folder(config.docs, spec, MkDocs(config), kind="mkdocs")


class MkDocs(Dialect):
    """Python-Markdown as MkDocs has it."""

    def __init__(self, config: Config) -> None:
        self.url_style = "html" if config.values.get("use_directory_urls") is False else "slash"
        self._config = config
        self._excluded = _excluded(config)
        self._globs = [
            str(glob) for options in config.plugin("exclude") for glob in _listed(options.get("glob"))
        ]
        self._titles = config.titles()
        self._locales = Locales(config)
        self._blogs = [Blog(config, options) for options in config.plugin("blog")]
        self._includes = Includes(config)
        self._macros = Macros(config)
        self._syntax = Syntax(config)
        self._slugify = python_slugs.of_config(config)
        self._own_ids: list[str] = []
        self.default_locale = self._locales.default

    def is_page(self, path: str) -> bool:
        file = PurePosixPath(path)
        if file.suffix.lower() == ".mdx" or self._excluded.match_file(path):
            return False
        if any(fnmatch(path, glob) for glob in self._globs) or not self._locales.is_built(path):
            return False
        return file.name != "README.md" or not files.is_file(self._config.docs / file.with_name("index.md"))

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        text = self._macros.rewrite(self._includes.resolve(path, text, note))
        text = self._syntax.rewrite(text, note)
        named = [_OWN_ID.fullmatch(line) for line, is_code in outside_code.lines(text) if not is_code]
        self._own_ids = [found[1] for found in named if found]
        title = self._titles.get(path)
        if title and not _TITLE.search(text):
            # As Material does where a page has no heading of this level; the id takes no name from others.
            return f"# {title} {{#_title}}\n\n{text}"
        return text

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """Where Material leaves a page out of its search, readers are not to find it."""
        search = matter.values.get("search")
        if isinstance(search, dict) and search.get("exclude") in ("true", "True", "yes"):
            return None
        for blog in self._blogs:
            if blog.has(path):
                return blog.address(path, matter)
        file = PurePosixPath(self._locales.without(path))
        folder = "/" if str(file.parent) == "." else f"/{file.parent}/"
        name = "" if file.stem in ("index", "README") else file.stem
        return self._locales.prefix(path) + folder + name

    def locale(self, path: str) -> str:
        return self._locales.of(path)

    def slugs(self) -> python_slugs.PythonSlugs:
        return python_slugs.PythonSlugs(self._slugify, self._own_ids)


def _excluded(config: Config) -> GitIgnoreSpec:
    """What MkDocs builds no pages of: hidden files, its templates, and what the configuration names."""
    lines = [
        ".*",
        "/templates/",
        *config.text("exclude_docs").splitlines(),
        *config.text("draft_docs").splitlines(),
    ]
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise SourceError(
            f"The patterns of exclude_docs or draft_docs in {config.folder} cannot be read.",
            fix="Write them as in a .gitignore.",
        ) from error


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if value else []
