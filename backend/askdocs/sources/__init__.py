"""Reads documentation into pages, from whatever it is kept in."""

from __future__ import annotations

from pathlib import Path

from askdocs.errors import SourceError
from askdocs.sources import markdown
from askdocs.sources.files import list_files
from askdocs.types import Source


def open_source(path: Path, *, base_url: str = "") -> Source:
    """The documentation in a folder. `base_url` stands before every page's address.

    Raises SourceError when the folder is missing or holds nothing to index.
    """
    if not path.exists():
        raise SourceError(f"There is no folder {path}.", fix="Check the path.")
    if not path.is_dir():
        raise SourceError(f"{path} is a file, not a folder.", fix=f"Index its folder, {path.parent}.")
    root = path.resolve()
    listing = list_files(root, markdown.SUFFIXES)
    if not listing.paths:
        raise SourceError(f"{path} holds no Markdown or HTML.", fix="Name the folder of the documentation.")
    return markdown.read_folder(root, listing, base_url=base_url)
