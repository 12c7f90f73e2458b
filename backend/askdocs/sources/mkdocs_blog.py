"""Tells where Material's blog has its posts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from askdocs.errors import SourceError
from askdocs.sources import files, frontmatter, python_slugs
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.mkdocs_config import Config, Tagged

_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*(?:\{[^{}]*\})?[ \t]*#*[ \t]*$", re.MULTILINE)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_FIELD = re.compile(r"y+|M+|d+")


class Blog:
    def __init__(self, config: Config, options: Mapping[str, Any]) -> None:
        self._docs = config.docs
        self._folder = str(options.get("blog_dir") or "blog").strip("/")
        self._folder = "" if self._folder == "." else self._folder
        posts = str(options.get("post_dir") or "{blog}/posts").replace("{blog}", self._folder)
        self._posts = posts.strip("/") + "/"
        self._format = str(options.get("post_url_format") or "{date}/{slug}")
        self._date_format = str(options.get("post_url_date_format") or "yyyy/MM/dd")
        self._slugify = python_slugs.of_setting(
            options.get("post_slugify") or Tagged("pymdownx.slugs.slugify", {"case": "lower"}),
            str(options.get("post_slugify_separator") or "-"),
        )
        most = options.get("post_url_max_categories", 1)
        self._categories = most if isinstance(most, int) else 1
        self._has_drafts = options.get("draft") is True

    def has(self, path: str) -> bool:
        return path.startswith(self._posts)

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """None for a draft, and for a post without a date, of which Material makes no page either."""
        if matter.flag("draft") and not self._has_drafts:
            return None
        created = _date(matter)
        if created is None:
            return None
        listed = matter.values.get("categories")
        named = [str(each) for each in listed] if isinstance(listed, list) else []
        parts = {
            "{date}": _formatted(created, self._date_format),
            "{slug}": matter.text("slug") or self._slugify(self._title(path, matter)),
            "{file}": PurePosixPath(path).stem,
            "{categories}": "/".join(map(self._slugify, named[: self._categories])),
        }
        address = self._format
        for name, part in parts.items():
            address = address.replace(name, part)
        return re.sub("/+", "/", f"/{self._folder}/{address}")

    def _title(self, path: str, matter: FrontMatter) -> str:
        if title := matter.text("title"):
            return title
        try:
            _, text, _ = frontmatter.split(files.decode(files.read(self._docs / path))[0])
        except SourceError:
            return PurePosixPath(path).stem
        found = _HEADING.search(text)
        return re.sub(r"[`*_]", "", found[1]) if found else PurePosixPath(path).stem.replace("-", " ").title()


def _date(matter: FrontMatter) -> date | None:
    value = matter.values.get("date")
    found = _DATE.match(str(value.get("created") if isinstance(value, dict) else value))
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _formatted(day: date, form: str) -> str:
    """In the letters of CLDR, of which addresses use those of years, months and days."""
    values = {"y": day.year, "M": day.month, "d": day.day}

    def written(found: re.Match[str]) -> str:
        letters = found[0]
        value = values[letters[0]]
        return str(value % 100 if letters == "yy" else value).zfill(len(letters))

    return _FIELD.sub(written, form)
