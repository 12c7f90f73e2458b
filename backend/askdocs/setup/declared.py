"""What a generator's configuration says of the site: read, never run."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from askdocs.errors import SourceError
from askdocs.sources import js_config, mkdocs_config, vitepress_config

_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})</title>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Declared:
    """What was found out; "" and 0 where the configuration says nothing that can be read without running it.
    `docs` and `built` are folders, from the project's own. `base` is the path of the site's URL."""

    title: str = ""
    url: str = ""
    base: str = ""
    docs: str = ""
    built: str = ""
    port: int = 0
    theme: str = ""


def is_of(kind: str, path: Path) -> bool:
    """Whether a configuration file with a name that others use too is really that of this generator."""
    text = _text(path)
    match kind:
        case "starlight":
            return "@astrojs/starlight" in text
        case "sphinx":
            return re.search(r"^\s*(?:extensions|project|html_theme)\s*=", text, re.MULTILINE) is not None
        case "hugo" if path.name.startswith("config.") and path.parent.name != "_default":
            return (path.parent / "content").is_dir() and bool(_data(path))
    return True


def read(kind: str, folder: Path, path: Path) -> Declared:
    """What the configuration at `path` says of the project in `folder`. Never fails: what cannot be read says
    nothing."""
    try:
        return _READERS[kind](folder, path)
    except (SourceError, OSError, ValueError, SyntaxError):
        return Declared()


def html_title(path: Path) -> str:
    found = _TITLE.search(_text(path)[:100_000])
    return " ".join(found[1].split()) if found else ""


def _docusaurus(folder: Path, path: Path) -> Declared:
    said = js_config.read(path).object_with("baseUrl", "presets", "url")
    return Declared(
        title=_word(said.get("title")), url=_word(said.get("url")), base=_word(said.get("baseUrl"))
    )


def _vitepress(folder: Path, path: Path) -> Declared:
    config = vitepress_config.read(folder)
    return Declared(
        title=config.text("title"),
        url=_word(_record(config.values.get("sitemap")).get("hostname")),
        base=config.text("base"),
        docs=config.text("srcDir"),
        built=config.text("outDir"),
    )


def _starlight(folder: Path, path: Path) -> Declared:
    script = js_config.read(path)
    site = script.object_with("integrations")
    title = script.argument_of("starlight").get("title")
    return Declared(
        title=_word(title),
        url=_word(site.get("site")),
        base=_word(site.get("base")),
        built=_word(site.get("outDir")),
    )


def _mkdocs(folder: Path, path: Path) -> Declared:
    config = mkdocs_config.read(folder)
    theme = config.values.get("theme")
    port = config.text("dev_addr").rpartition(":")[2]
    return Declared(
        title=config.text("site_name"),
        url=config.text("site_url"),
        docs=config.text("docs_dir"),
        built=config.text("site_dir"),
        port=int(port) if port.isdecimal() else 0,
        theme=_word(theme.get("name") if isinstance(theme, dict) else theme),
    )


def _hugo(folder: Path, path: Path) -> Declared:
    said = {key.lower(): value for key, value in _data(path).items()}
    imports = _record(said.get("module")).get("imports")
    modules = [_word(_record(one).get("path")) for one in imports] if isinstance(imports, list) else []
    theme = said.get("theme")
    theme = theme[0] if isinstance(theme, list) and theme else theme
    url = _word(said.get("baseurl"))
    return Declared(
        title=_word(said.get("title")),
        url=url if urlsplit(url).hostname else "",
        base="" if urlsplit(url).hostname else url,
        docs=_word(said.get("contentdir")),
        built=_word(said.get("publishdir")),
        theme=_word(theme) or next(iter(modules), ""),
    )


def _sphinx(folder: Path, path: Path) -> Declared:
    values: dict[str, Any] = {}
    for statement in ast.parse(_text(path)).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            values |= {
                one.id: statement.value.value for one in statement.targets if isinstance(one, ast.Name)
            }
    return Declared(
        title=_word(values.get("project")),
        url=_word(values.get("html_baseurl")),
        theme=_word(values.get("html_theme")),
    )


_READERS = {
    "docusaurus": _docusaurus,
    "vitepress": _vitepress,
    "starlight": _starlight,
    "mkdocs": _mkdocs,
    "hugo": _hugo,
    "sphinx": _sphinx,
}


class Lenient(yaml.SafeLoader):
    """Plain YAML. Reads tags that MkDocs' plugins understand, such as !ENV and !!python/name, as nothing."""


Lenient.add_multi_constructor("", lambda loader, suffix, node: None)


def _data(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        if path.suffix == ".toml":
            return tomllib.loads(text)
        return _record(json.loads(text) if path.suffix == ".json" else yaml.safe_load(text))
    except (ValueError, yaml.YAMLError):
        return {}


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _word(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
