"""Reads the docs of Starlight, Astro's theme for documentation, from their Markdown and MDX."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from askdocs.errors import SourceError
from askdocs.sources import files, js_config, markdown, starlight_components
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.mdx_partials import Partials
from askdocs.sources.pages import Note
from askdocs.sources.slugs import Slugger, slugify
from askdocs.types import Source, SourceSpec, UrlStyle

_CONFIGS = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "ts", "mts", "js", "cjs", "cts"))
_DOCS = "src/content/docs"
_KNOWN = ("integrations", "site", "base", "trailingSlash", "srcDir")


def find(root: Path, spec: SourceSpec) -> bool:
    file = _config(root)
    try:
        return file is not None and "starlight" in js_config.read(file).text and files.is_folder(_docs(file))
    except SourceError:
        return False


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """Below `site` and `base` of Astro's configuration, unless the settings say where."""
    file = _config(root)
    if file is None:
        return markdown.open_folder(root, spec, Starlight(root, {}, {}), kind="starlight")
    docs = _docs(file)
    if not files.is_folder(docs):
        raise SourceError(
            f"{file} has its docs in {docs}, and there is no such folder.", fix="Mend its srcDir."
        )
    script = js_config.read(file)
    astro, own = script.object_with(*_KNOWN), script.argument_of("starlight")
    site = _text(astro, "site").rstrip("/")
    base = _text(astro, "base").strip("/")
    spec = replace(spec, base_url=spec.base_url or (f"{site}/{base}" if base else site))
    return markdown.open_folder(docs, spec, Starlight(docs, astro, own), kind="starlight")


class Starlight(Dialect):
    """Markdown and MDX as Starlight has them. The anchors are github-slugger's."""

    def __init__(self, docs: Path, astro: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        self.url_style = _style(astro)
        self._locales = _locales(own)
        self._partials = Partials(docs, {"~/": docs.parents[1], "@/": docs.parents[1]})
        default = own.get("defaultLocale")
        root = self._locales.get("", "")
        self.default_locale = self._locales.get(default, root) if isinstance(default, str) else root

    def is_page(self, path: str) -> bool:
        return not PurePosixPath(path).name.startswith("_")

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        text = self._partials.resolve(path, text, note)
        return starlight_components.rewrite(text, matter)

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """Where Starlight leaves a page out of its search, readers are not to find it."""
        name = matter.text("slug").strip("/") or _id(path)
        if matter.flag("draft") or matter.text("pagefind") == "false" or name.rpartition("/")[2] == "404":
            return None
        return f"/{'' if name == 'index' else name}"

    def slugs(self) -> Slugger:
        return Slugger(trims=False)

    def locale(self, path: str) -> str:
        return self._locales.get(path.partition("/")[0], self._locales.get("", ""))


def _config(root: Path) -> Path | None:
    for folder in (root, *root.parents[:3]):
        for name in _CONFIGS:
            file = folder / name
            if files.is_file(file):
                return file if folder == root or _docs(file) == root else None
    return None


def _docs(file: Path) -> Path:
    try:
        source = _text(js_config.read(file).object_with(*_KNOWN), "srcDir")
    except SourceError:
        source = ""
    return (file.parent / source / "content" / "docs" if source else file.parent / _DOCS).resolve()


def _id(path: str) -> str:
    """As Astro's loader makes it of a path."""
    parts = PurePosixPath(path).with_suffix("").parts
    name = "/".join(slugify(part) for part in parts)
    return name.removesuffix("/index")


def _style(astro: Mapping[str, Any]) -> UrlStyle:
    build = astro.get("build")
    if isinstance(build, dict) and build.get("format") == "file":
        return "html"
    return "clean" if astro.get("trailingSlash") == "never" else "slash"


def _locales(own: Mapping[str, Any]) -> dict[str, str]:
    """The languages by their folders, "" for the root's."""
    listed = own.get("locales")
    found = {}
    for key, options in listed.items() if isinstance(listed, dict) else ():
        name = "" if key == "root" else key
        lang = options.get("lang") if isinstance(options, dict) else None
        found[name] = lang if isinstance(lang, str) else name or "en"
    return found


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""
