"""Reads where a Docusaurus site that has not been built keeps its pages, and where it would have them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from askdocs.errors import SourceError
from askdocs.sources import files, js_config

_NAMES = tuple(f"docusaurus.config.{suffix}" for suffix in ("ts", "js", "mjs", "mts", "cjs", "cts"))
_KNOWN = ("baseUrl", "presets", "title", "themeConfig", "url")

Plugin = Literal["docs", "blog", "pages"]
_DEFAULTS: Mapping[Plugin, tuple[str, str]] = {
    "docs": ("docs", "docs"),
    "blog": ("blog", "blog"),
    "pages": ("src/pages", ""),
}
"""The folder and the route of each, unless the configuration has others."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of pages, seen from the site's, and the address that they are below."""

    path: str
    route: str
    plugin: Plugin
    version: str = ""
    locale: str = ""
    has_prefixes: bool = True
    """Whether numbers before the names of files and folders only give their order."""


@dataclass(frozen=True, slots=True)
class Site:
    folders: tuple[Folder, ...]
    trailing_slash: bool | None = None
    default_version: str = ""
    default_locale: str = ""
    unknown: tuple[str, ...] = ()
    """Settings that code makes, for which the defaults stand."""


def find(root: Path) -> Path | None:
    return next((root / name for name in _NAMES if files.is_file(root / name)), None)


def read(root: Path) -> Site:
    """Raises SourceError when the configuration cannot be read."""
    file = find(root)
    values = js_config.read(file).object_with(*_KNOWN) if file else {}
    base = values.get("baseUrl", "/")
    i18n = values.get("i18n")
    told = i18n if isinstance(i18n, dict) else {}
    default = told.get("defaultLocale")
    listed = told.get("locales")
    locales = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    default_locale = default if isinstance(default, str) and locales else ""
    folders, default_version = list[Folder](), ""
    for plugin, options in _plugins(root, values):
        versions = _versions(root, options) if plugin == "docs" else [("", "", "")]
        if plugin == "docs" and options.get("id", "default") == "default" and len(versions) > 1:
            default_version = next((name for name, path, _ in versions if not path), "")
        for locale in locales or [""]:
            before = f"/{locale}" if locale != default_locale else ""
            folders += _folders(root, plugin, options, versions, locale, before)
    slash = values.get("trailingSlash")
    prefix = base.rstrip("/") if isinstance(base, str) else ""
    return Site(
        tuple(Folder(**{**_fields(each), "route": prefix + each.route}) for each in folders),
        slash if isinstance(slash, bool) else None,
        default_version,
        default_locale,
        tuple(
            key for key in ("baseUrl", "i18n", "presets", "plugins") if values.get(key) is js_config.UNKNOWN
        ),
    )


def _fields(folder: Folder) -> dict[str, Any]:
    return {name: getattr(folder, name) for name in Folder.__slots__}


def _folders(
    root: Path,
    plugin: Plugin,
    options: Mapping[str, Any],
    versions: list[tuple[str, str, str]],
    locale: str,
    before: str,
) -> Iterator[Folder]:
    """Those of one plugin in one locale; the default locale's are not below i18n."""
    path, route = _DEFAULTS[plugin]
    given, own = options.get("path"), options.get("routeBasePath")
    path = given.strip("/").removeprefix("./") if isinstance(given, str) else path
    route = own.strip("/") if isinstance(own, str) else route
    name = options.get("id", "default")
    suffix = "" if name == "default" else f"-{name}"
    has_prefixes = options.get("numberPrefixParser") is not False
    for version, below, folder in versions:
        address = "/".join(filter(None, (before, route, below)))
        address = address if address.startswith("/") or not address else f"/{address}"
        own_path = folder or path
        if before:
            inner = (f"version-{version}" if folder else "current") if plugin == "docs" else ""
            own_path = "/".join(
                filter(None, (f"i18n/{locale}/docusaurus-plugin-content-{plugin}{suffix}", inner))
            )
        if files.is_folder(root / own_path):
            yield Folder(own_path, address, plugin, version, locale, has_prefixes)


def _versions(root: Path, options: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The name, the address and the folder of each version; all are "" where there is one."""
    name = options.get("id", "default")
    before = "" if name == "default" else f"{name}_"
    try:
        listed = json.loads(files.decode(files.read(root / f"{before}versions.json"))[0])
    except (SourceError, ValueError):
        listed = []
    older = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    if not older or options.get("disableVersioning") is True:
        return [("", "", "")]
    last = options.get("lastVersion")
    last = last if isinstance(last, str) else older[0]
    told = options.get("versions")
    only = options.get("onlyIncludeVersions")
    found = []
    for version in ("current", *older):
        if version == "current" and options.get("includeCurrentVersion") is False:
            continue
        if isinstance(only, list) and version not in only:
            continue
        own = told.get(version) if isinstance(told, dict) else None
        path = own.get("path") if isinstance(own, dict) else None
        usual = "" if version == last else "next" if version == "current" else version
        folder = "" if version == "current" else f"{before}versioned_docs/version-{version}"
        found.append((version, path.strip("/") if isinstance(path, str) else usual, folder))
    return found


def _plugins(root: Path, values: Mapping[str, Any]) -> Iterator[tuple[Plugin, Mapping[str, Any]]]:
    """The plugins that make pages of Markdown, with their options; the defaults if none is known."""
    found: list[tuple[Plugin, Mapping[str, Any]]] = []
    for preset, options in _entries(values.get("presets")):
        if preset.endswith("classic") or not preset:
            found += [
                (kind, _options(options.get(kind))) for kind in _DEFAULTS if options.get(kind) is not False
            ]
    for name, options in _entries(values.get("plugins")):
        kind = next((kind for kind in _DEFAULTS if name.endswith(f"content-{kind}")), None)
        if kind:
            found.append((kind, options))
    yield from found or [(kind, {}) for kind in _DEFAULTS]


def _entries(listed: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Names with options; the name is "" where code resolves it."""
    for entry in listed if isinstance(listed, list) else []:
        name, options = entry, None
        if isinstance(entry, list) and entry:
            name, options = entry[0], entry[1] if len(entry) > 1 else None
        if isinstance(name, str) or isinstance(options, dict):
            yield name if isinstance(name, str) else "", _options(options)


def _options(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
