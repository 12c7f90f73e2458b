"""Reads the docs of VitePress from their Markdown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from askdocs.errors import SourceError
from askdocs.sources import markdown, vitepress_config, vitepress_markdown
from askdocs.sources.dialects import Dialect, shape
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note
from askdocs.sources.vitepress_config import Config
from askdocs.sources.vitepress_includes import Includes
from askdocs.sources.vitepress_slugs import VitePressSlugs
from askdocs.types import Source, SourceSpec, UrlStyle

_NEVER = ("**/node_modules/**", "**/dist/**")
"""Folders of which VitePress makes no pages."""


def find(root: Path, spec: SourceSpec) -> bool:
    return vitepress_config.find(root) is not None


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """Below the configuration's `base`, on the site that its sitemap names, unless the settings say where."""
    config = vitepress_config.read(root)
    spec = replace(spec, base_url=spec.base_url or config.base_url())
    return markdown.open_folder(config.pages, spec, VitePress(config), kind="vitepress")


class VitePress(Dialect):
    """Markdown as VitePress has it."""

    def __init__(self, config: Config) -> None:
        self.url_style = "clean" if config.values.get("cleanUrls") is True else "html"
        self._excluded = _excluded(config)
        self._rewrites = config.rewrites()
        self._locales = config.locales()
        self._includes = Includes(config.pages)
        self._own_ids: list[str] = []
        self.default_locale = self._locales.get("", "")

    def is_page(self, path: str) -> bool:
        return path.endswith(".md") and not self._excluded.match_file(path)

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        if "[" in path:
            raise SourceError("code makes its pages when the site is built, so it was skipped.")
        text = vitepress_markdown.rewrite(self._includes.resolve(path, text, note), matter)
        self._own_ids = vitepress_markdown.own_ids(text)
        return text

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """Where VitePress leaves a page out of its search, readers are not to find it."""
        if matter.text("search") == "false":
            return None
        file = PurePosixPath(self._rewritten(path))
        folder = "/" if str(file.parent) == "." else f"/{file.parent}/"
        return folder + ("" if file.stem == "index" else file.stem)

    def shape(self, address: str, style: UrlStyle) -> str:
        """The page of a folder keeps its slash, also where addresses are clean."""
        return address if style == "clean" else shape(address, style)

    def title(self, path: str, matter: FrontMatter) -> str:
        hero = matter.values.get("hero")
        name = hero.get("name") if isinstance(hero, dict) and matter.text("layout") == "home" else None
        return matter.text("title") or (name if isinstance(name, str) else "")

    def locale(self, path: str) -> str:
        return self._locales.get(self._rewritten(path).partition("/")[0], self.default_locale)

    def slugs(self) -> VitePressSlugs:
        return VitePressSlugs(self._own_ids)

    def _rewritten(self, path: str) -> str:
        for pattern, target in self._rewrites:
            if found := pattern.fullmatch(path):
                return vitepress_config.filled(target, found)
        return path


def _excluded(config: Config) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines([*_NEVER, *(f"/{each.lstrip('/')}" for each in config.excluded())])
    except ValueError as error:
        raise SourceError(
            "The patterns of srcExclude in the configuration of VitePress cannot be read.",
            fix="Mend them, until VitePress builds the site.",
        ) from error
