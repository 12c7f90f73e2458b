"""Reads a built Docusaurus site by the manifests that our plugin writes into it, one per locale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import orjson

from askdocs.errors import SourceError
from askdocs.sources import content, docusaurus_config, docusaurus_markdown, files, kinds, patterns
from askdocs.sources.boilerplate import main_content
from askdocs.sources.html import read_tree
from askdocs.sources.pages import Note, read_each, skip
from askdocs.sources.sections import shorten, squeeze
from askdocs.sources.targets import web_address
from askdocs.types import Page, PageKind, Section, Source, SourceSpec

SCHEMA = 1
NAME = "docs-manifest.json"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A page as the manifest describes it. `path` is relative to the site's folder."""

    path: str
    url: str
    title: str
    description: str
    version: str
    locale: str
    language: str
    sha256: str
    source: str
    plugin: Literal["docs", "categories", "blog", "pages"]
    places: tuple[str, ...]
    """The labels of the categories that the page is under, and the names of its folders and file."""


def find(root: Path, spec: SourceSpec) -> bool:
    return _find_site(root) is not None or docusaurus_config.find(root) is not None


def _find_site(folder: Path) -> Path | None:
    """The built site in this folder: itself, or the `build` that Docusaurus makes in it."""
    for site in (folder, folder / "build"):
        if files.is_file(site / NAME):
            return site
    return folder if _manifests(folder) else None


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The built site, or the Markdown of one that has not been built with our plugin. Raises SourceError when
    a manifest cannot be read or none names a page."""
    site = _find_site(root)
    if site is None and docusaurus_config.find(root) is not None:
        return docusaurus_markdown.open_folder(root, spec)
    if site is None:
        raise SourceError(
            f"{root} holds no {NAME}, which docusaurus-plugin-askdocs writes when the site is built.",
            fix="Name the folder of the built site, or leave the kind out to read what is there.",
        )
    if spec.url_style:
        raise SourceError(
            f"The manifest of {site} says how the site writes its addresses.",
            fix="Leave the URL style of this source out.",
        )
    return _open_site(site, spec)


def _open_site(root: Path, spec: SourceSpec) -> Source:
    chosen = patterns.chosen(spec)
    source = Source("docusaurus", str(root), 0, iter(()))
    entries: dict[str, _Entry] = {}
    manifests = _manifests(root)
    loaded = [_load(path) for path in manifests]
    for path, manifest in zip(manifests, loaded, strict=True):
        for entry in _entries(path.parent.relative_to(root).as_posix(), manifest, source):
            if entry.path in entries:
                source.problems.append(
                    f"{entry.path}: the manifest names the file twice, so the first one counts."
                )
            else:
                entries[entry.path] = entry
    if not entries:
        raise SourceError(
            f"{manifests[0]} names no page to index.", fix="Build the site again, with its docs."
        )
    entries = {path: entry for path, entry in entries.items() if chosen(path)}
    versions = {entry.version for entry in entries.values()}
    latest = [str(each.get("name")) for each in _records(loaded[0], "versions") if each.get("isLast") is True]
    source.total = len(entries)
    source.default_version = next((name for name in latest if name in versions), "")
    source.default_locale = _text(loaded[0], "defaultLocale")
    source.pages = read_each(entries, partial(_read, root, entries, spec.base_url.rstrip("/")), source)
    return source


def _manifests(root: Path) -> list[Path]:
    """That of the folder's own locale, then those of the locales in folders below."""
    below = (root / name / NAME for name in files.names(root) if not name.startswith("."))
    return [path for path in (root / NAME, *below) if files.is_file(path)]


def _load(path: Path) -> Mapping[str, Any]:
    fix = "Build the site again with docusaurus-plugin-askdocs."
    try:
        manifest = orjson.loads(files.read(path))
    except SourceError as error:
        raise SourceError(f"{path}: {error}", fix=fix) from error
    except orjson.JSONDecodeError as error:
        raise SourceError(f"{path} is not JSON: {error}.", fix=fix) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("pages"), list):
        raise SourceError(f"{path} is no manifest: it lists no pages.", fix=fix)
    if manifest.get("schema") != SCHEMA:
        raise SourceError(
            f"{path} has schema {manifest.get('schema')!r}, and only {SCHEMA} is understood.",
            fix="Use the plugin and the server of one release, then build the site again.",
        )
    return manifest


def _entries(folder: str, manifest: Mapping[str, Any], source: Source) -> Iterator[_Entry]:
    for number, page in enumerate(_records(manifest, "pages"), 1):
        file, url = page.get("file"), page.get("url")
        if not isinstance(file, str) or not isinstance(url, str) or not file:
            skip(source, f"{folder}/{NAME}", f"page {number} names no file or no URL, so it was skipped.")
        elif not url.startswith("/") or url.startswith("//"):
            skip(source, file, f"the URL {url[:100]!r} is not an address on the site, so it was skipped.")
        elif page.get("unlisted") is not True:
            locale = _text(page, "locale") or _text(manifest, "locale")
            yield _Entry(
                path=(PurePosixPath(folder) / file).as_posix(),
                url=squeeze(url),
                title=shorten(_text(page, "title")),
                description=_text(page, "description"),
                version=_text(page, "version"),
                locale=locale,
                language=_text(page, "contentLanguage") or locale,
                sha256=_text(page, "sha256").lower(),
                source=_text(page, "source"),
                plugin=_plugin(page),
                places=_places(page),
            )


def _read(root: Path, entries: Mapping[str, _Entry], base_url: str, path: str, note: Note) -> Page:
    entry = entries[path]
    if not _is_inside(path, root):
        raise SourceError("the manifest leads out of the site's folder, so the page was skipped.")
    data = files.read(root / path)
    if entry.sha256 and hashlib.sha256(data).hexdigest() != entry.sha256:
        note("the file has changed since the manifest was written; it is indexed as it is now.")
    tree = read_tree(data, note)
    body = main_content(tree)
    if body is None:
        raise SourceError("the page holds no text, so it was skipped.")
    url = base_url + entry.url
    found = content.read(body, title=entry.title, resolve=partial(web_address, url))
    return Page(
        path=path,
        url=url,
        title=found.title or path,
        sections=found.sections,
        description=entry.description,
        version=entry.version,
        locale=entry.locale,
        language=entry.language,
        kind=_kind(entry, found.sections),
    )


def _plugin(page: Mapping[str, Any]) -> Literal["docs", "categories", "blog", "pages"]:
    """A page of the docs has an id, and the generated one of a category no source. Posts and pages are told
    apart by where Docusaurus keeps the latter."""
    if page.get("docId", "") is not None:
        return "docs"
    source = _text(page, "source")
    if not source:
        return "categories"
    return "pages" if "/src/pages/" in source else "blog"


def _places(page: Mapping[str, Any]) -> tuple[str, ...]:
    labels = page.get("sidebar")
    named = [label for label in labels if isinstance(label, str)] if isinstance(labels, list) else []
    return (*named, *_text(page, "docId").split("/"))


def _kind(entry: _Entry, sections: Sequence[Section]) -> PageKind:
    if entry.plugin == "blog":
        return "blog"
    if entry.plugin == "categories":
        return "landing"
    found = kinds.of_content(sections, entry.places)
    is_written_in_react = entry.plugin == "pages" and entry.source.endswith((".tsx", ".jsx", ".js", ".ts"))
    return "landing" if found == "docs" and is_written_in_react else found


def _is_inside(path: str, root: Path) -> bool:
    parts = PurePosixPath(path).parts
    return ".." not in parts and "\0" not in path and files.is_within(root / path, root)


def _records(manifest: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = manifest.get(key)
    return [each if isinstance(each, dict) else {} for each in listed] if isinstance(listed, list) else []


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return squeeze(value) if isinstance(value, str) else ""
