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

from askdocs.setup.javascript import Module, Span, Unclear

_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})</title>", re.IGNORECASE)
_PASSED_THROUGH = frozenset({"defineConfig", "withMermaid", "withPwa", "withSidebar", "withI18n"})
"""Functions of VitePress' and Astro's plugins that hand their argument on."""


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


def read(kind: str, path: Path) -> Declared:
    """Never fails: what cannot be read says nothing."""
    try:
        return _READERS[kind](path)
    except (Unclear, OSError, ValueError, SyntaxError, yaml.YAMLError, TypeError, AttributeError):
        return Declared()


def html_title(path: Path) -> str:
    found = _TITLE.search(_text(path)[:100_000])
    return " ".join(found[1].split()) if found else ""


def _docusaurus(path: Path) -> Declared:
    module = Module.read(_text(path))
    get = _Strings(module, module.exported())
    return Declared(title=get("title"), url=get("url"), base=get("baseUrl"))


def _vitepress(path: Path) -> Declared:
    module = Module.read(_text(path))
    get = _Strings(module, module.exported(wrappers=_PASSED_THROUGH))
    sitemap = get.within("sitemap")
    return Declared(
        title=get("title"),
        url=sitemap("hostname") if sitemap else "",
        base=get("base"),
        docs=get("srcDir"),
        built=get("outDir"),
    )


def _starlight(path: Path) -> Declared:
    module = Module.read(_text(path))
    get = _Strings(module, module.exported(wrappers=_PASSED_THROUGH))
    title = _Strings(module, module.call("starlight"))("title")
    return Declared(title=title, url=get("site"), base=get("base"), built=get("outDir"))


def _mkdocs(path: Path) -> Declared:
    said = _record(yaml.load(_text(path), Loader=Lenient))  # noqa: S506  it makes nothing but plain values
    theme = said.get("theme")
    address = str(said.get("dev_addr") or "")
    port = address.rpartition(":")[2]
    return Declared(
        title=_word(said.get("site_name")),
        url=_word(said.get("site_url")),
        docs=_word(said.get("docs_dir")),
        built=_word(said.get("site_dir")),
        port=int(port) if port.isdecimal() else 0,
        theme=_word(theme.get("name") if isinstance(theme, dict) else theme),
    )


def _hugo(path: Path) -> Declared:
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


def _sphinx(path: Path) -> Declared:
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


class _Strings:
    """Plain strings among an object's properties, "" for whatever is none."""

    def __init__(self, module: Module, literal: Span) -> None:
        self._module, self._properties = module, module.properties(literal)

    def __call__(self, name: str) -> str:
        found = self._properties.get(name)
        return (self._module.string(found.value) or "").strip() if found else ""

    def within(self, name: str) -> _Strings | None:
        found = self._properties.get(name)
        if found is None or not self._module.masked.startswith("{", found.value.start):
            return None
        return _Strings(self._module, self._module.literal(found.value.start))


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
