"""Reads sites that Sphinx built, whatever their theme."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources import files, html
from askdocs.types import Source, SourceSpec

_BUILT = ("", "_build/html", "build/html", "_build/dirhtml", "docs/_build/html", "docs/build/html")
"""Where a site may be, seen from the folder that is named."""

_INDEX = "searchindex.js"
"""Sphinx writes it whatever the theme."""

_NO_PAGE = re.compile(
    r"(?:_modules|_sources|_static|_downloads|_images)/"
    r"|(?:genindex(?:-[^/]*)?|search|404|[\w-]*modindex)(?:\.html|/index\.html)$"
)
"""Lists of names, copies of code, and the search."""


def find(root: Path, spec: SourceSpec) -> bool:
    return next(_sites(root), None) is not None or _is_source(root)


def open_folder(root: Path, spec: SourceSpec) -> Source:
    """The built site in a folder. Raises SourceError where it has not been built."""
    site = next(_sites(root), root)
    if site == root and _is_source(root):
        raise SourceError(
            f"{root} holds the sources of a Sphinx site, which only Sphinx reads.",
            fix=f"Build it first: sphinx-build {root} {root / '_build' / 'html'}",
        )
    is_dirhtml = any(files.is_file(site / name / "index.html") for name in ("genindex", "search"))
    spec = replace(spec, url_style=spec.url_style or ("slash" if is_dirhtml else "html"))
    return html.open_folder(site, spec, kind="sphinx", is_page=lambda path: not _NO_PAGE.match(path))


def _sites(root: Path) -> Iterator[Path]:
    for name in _BUILT:
        folder = root / name
        if files.is_file(folder / _INDEX) and files.is_file(folder / "index.html"):
            yield folder


def _is_source(root: Path) -> bool:
    return files.is_file(root / "conf.py") and files.is_file(root / "index.rst")
