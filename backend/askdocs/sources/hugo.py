"""Reads the content of a Hugo site: which pages there are and where, their shortcodes and anchors.

By Hugo's documentation and what version 0.168 makes of the sites in tests/fixtures/sources.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from askdocs.sources import (
    files,
    frontmatter,
    hugo_addresses,
    hugo_config,
    inputs,
    markdown,
    outside_code,
    shortcode_markdown,
    shortcodes,
)
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.hugo_config import Config
from askdocs.sources.hugo_content import Content, Place
from askdocs.sources.hugo_slugs import HugoSlugs, without_accents
from askdocs.sources.pages import Note
from askdocs.sources.targets import SUFFIXES, web_address
from askdocs.types import Source, SourceSpec

MAX_INCLUDES = 8
"""Files that include one another; more are a circle."""

_SECTION = "_index.md"
_ATTRIBUTES = re.compile(r"\{[^{}]*\}\s*$")
_HYPHENS = re.compile(r"(?<!-)-{2,3}(?!-)")


def find(root: Path, spec: SourceSpec) -> bool:
    """A site, a folder of its content, or sections as only Hugo has them."""
    if hugo_config.find_site(root):
        return True
    folders = (root, *(root / name for name in files.names(root)))
    return any(files.is_file(folder / _SECTION) for folder in folders)


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The pages of a site, or those of its content that are in the folder. They are below the site's
    `baseURL`, unless the settings have a base URL, where a configuration has one."""
    site = hugo_config.find_site(root)
    config = hugo_config.read(site) if site else Config()
    if site == root:
        root = root / _common([mount.source for mount in config.mounts])
    site = site or root
    spec = replace(spec, base_url=spec.base_url or config.base_url)
    content = Content(site, root.relative_to(site).as_posix(), config)
    return markdown.open_folder(root, spec, Hugo(content, spec), kind="hugo")


def _common(folders: Sequence[str]) -> str:
    return posixpath.commonpath(folders) if all(folders) else ""


class Hugo(Dialect):
    """The dialect of one folder of content. Paths here are those of files below it; `Content` has them below
    the site's folder."""

    h1_is_title = False

    def __init__(self, content: Content, spec: SourceSpec, *, now: datetime | None = None) -> None:
        self._content = content
        self._config = content.config
        self._now = now or datetime.now(UTC)
        self.url_style = "html" if self._config.flag("uglyurls") else "slash"
        self._site = markdown.Site(self, spec.base_url, spec.url_style)
        languages = self._config.languages
        self.default_locale = languages[0] if languages else ""
        self._has_dashes = not self._config.flag("markup", "goldmark", "extensions", "typographer", "disable")
        self._anchors = self._config.text("markup", "goldmark", "parser", "autoidtype") or self._config.text(
            "markup", "goldmark", "parser", "autoheadingidtype"
        )

    def is_page(self, path: str) -> bool:
        return self._content.is_page(self._content.full(path))

    def locale(self, path: str) -> str:
        place = self._content.place(self._content.full(path))
        return place.language if place else ""

    def slugs(self) -> HugoSlugs:
        return HugoSlugs(self._anchors or "github")

    def address(self, path: str, matter: FrontMatter) -> str | None:
        full = self._content.full(path)
        place = self._content.place(full)
        if place is None:
            return None
        values = self._content.values(full, matter)
        if not _is_rendered(values, self._now):
            return None
        named = hugo_addresses.Named(
            name=place.name,
            folders=place.folders,
            sections=self._content.sections(place),
            title=text_of(values, "title"),
            slug="" if place.is_section else text_of(values, "slug").strip("/"),
            date=hugo_addresses.read_date(text_of(values, "date")) or hugo_addresses.NO_DATE,
        )
        if url := text_of(values, "url"):
            return self._own(hugo_addresses.expand(url, named), place)
        pattern = self._pattern(named, place)
        address = hugo_addresses.expand(pattern, named) if pattern else _by_place(named, place)
        if self._config.flag("removepathaccents"):
            address = without_accents(address)
        if not self._config.flag("disablepathtolower"):
            address = address.lower()
        return self._in_language(address, place)

    def _own(self, url: str, place: Place) -> str:
        """The address that front matter gives: below the site, or without a slash below its language."""
        path = urlsplit(url).path if "://" in url else url
        address = "/" + posixpath.normpath(path).strip("/").removeprefix(".")
        if not PurePosixPath(address).suffix or url.endswith("/"):
            address = f"{address.rstrip('/')}/"
        return address if url.startswith("/") else self._in_language(address, place)

    def _in_language(self, address: str, place: Place) -> str:
        languages = self._config.languages
        if not languages or (
            place.language == languages[0] and not self._config.flag("defaultcontentlanguageinsubdir")
        ):
            return address
        return f"/{place.language}{address}"

    def _pattern(self, named: hugo_addresses.Named, place: Place) -> str:
        """The permalink's of the section that the page is in, "" if there is none."""
        kind = "section" if place.is_section else "page"
        if not named.sections:
            return ""
        section = named.sections[0]
        if place.is_section and len(named.folders) > 1:
            return ""
        pattern = self._config.text("permalinks", kind, section)
        if not pattern and kind == "page":
            pattern = self._config.text("permalinks", section)
        return pattern and f"/{pattern.strip('/')}" + ("/" if place.is_section else "")

    def title(self, path: str, matter: FrontMatter) -> str:
        return text_of(self._content.values(self._content.full(path), matter), "title")

    def follow(self, href: str, *, path: str, url: str, find: Any) -> str:
        """As browsers do; links to files as Hugo's own render hook follows them."""
        name, mark, anchor = href.partition("#")
        if not name.partition("?")[0].lower().endswith(SUFFIXES) or "://" in name:
            return web_address(url, href)
        target = self._address_of(self._content.full(path), name)
        return target and target + mark + anchor

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        full = self._content.full(path)
        text = self._expanded(text, full, self._content.values(full, matter), note, 0)
        if not self._has_dashes:
            return text
        lines = outside_code.lines(text)
        return "\n".join(line if is_code else _with_dashes(line) for line, is_code in lines)

    def _expanded(self, text: str, full: str, values: Mapping[str, Any], note: Note, depth: int) -> str:
        def include(name: str) -> str:
            found = self._content.find_file(full, name) if depth < MAX_INCLUDES else None
            if found is None:
                note(f"what a shortcode includes, {name}, was not found.")
                return ""
            _, inner, _ = frontmatter.split(self._content.read(found))
            return self._expanded(inner, found, values, note, depth + 1)

        page = shortcode_markdown.Surroundings(
            address=partial(self._address_of, full), include=include, param=partial(self._param, full, values)
        )
        return shortcodes.expand(text, partial(shortcode_markdown.render, page=page))

    def _param(self, full: str, values: Mapping[str, Any], name: str) -> str:
        keys = tuple(name.lower().split("."))
        place = self._content.place(full)
        language = place.language if place else ""
        for found in (
            hugo_config.dig(values, keys),
            hugo_config.dig(values, ("params", *keys)),
            self._config.get("languages", language, "params", *keys),
            self._config.get("params", *keys),
        ):
            if found is not None and not isinstance(found, dict | list):
                return str(found)
        return ""

    def _address_of(self, full: str, reference: str) -> str:
        """Of the page that a reference in a file names, with its anchor; "" if there is none."""
        name, mark, anchor = reference.partition("#")
        if not name:
            return mark + anchor
        found = self._content.find_page(full, name)
        path = found and self._content.below(found)
        if not path or not found:
            return ""
        matter, _, _ = frontmatter.split(self._content.read(found))
        url = self._site.url(path, matter)
        return url + mark + anchor if url else ""


def _with_dashes(line: str) -> str:
    """A heading with the dashes that readers see for hyphens: they are no part of its anchor."""
    if not line.startswith("#"):
        return line
    attributes = _ATTRIBUTES.search(line)
    text = line[: attributes.start()] if attributes else line
    return outside_code.sub(_HYPHENS, _dash, text) + line[len(text) :]


def _dash(hyphens: re.Match[str]) -> str:
    return "–" if len(hyphens[0]) == 2 else "—"


def _by_place(page: hugo_addresses.Named, place: Place) -> str:
    folders = "".join(f"/{hugo_addresses.part(folder)}" for folder in place.folders)
    if place.is_section:
        return f"{folders}/"
    return f"{folders}/{hugo_addresses.part(page.slug or place.name)}"


def _is_rendered(values: Mapping[str, Any], now: datetime) -> bool:
    """Whether Hugo makes a page of a file: of no draft, none of another time, none without an address."""
    build = values.get("build") or values.get("_build")
    render = text_of(build, "render") if isinstance(build, dict) else ""
    if "true" in (text_of(values, "draft"), text_of(values, "headless")) or render in (
        "never",
        "false",
        "link",
    ):
        return False
    begins = hugo_addresses.read_date(text_of(values, "publishdate") or text_of(values, "date"))
    ends = hugo_addresses.read_date(text_of(values, "expirydate"))
    for moment in (begins, ends):
        if moment and moment > now:
            inputs.changes_at(moment)
    return not (begins and begins > now) and not (ends and ends <= now)


def text_of(values: Mapping[str, Any], key: str) -> str:
    """A scalar of front matter, or of the configuration, as a string."""
    value = values.get(key)
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()
