"""Reads documentation into pages, from whatever it is kept in."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from askdocs.errors import SourceError
from askdocs.sources import docusaurus, html, markdown
from askdocs.sources.files import list_files
from askdocs.sources.targets import SUFFIXES
from askdocs.types import Source

__all__ = ["open_source"]


def open_source(path: Path, *, base_url: str = "") -> Source:
    """The documentation in a folder: a built Docusaurus site with manifests, built HTML, or Markdown.

    `base_url` stands before every page's address. Raises SourceError when it is not one, and when the folder
    is missing or holds nothing to index; what is wrong with single pages is collected in `problems`.
    """
    root = _folder(path)
    _check_base(base_url)
    site = docusaurus.find_site(root)
    if site is not None:
        return docusaurus.open_site(site, base_url=base_url)
    listing = list_files(root, html.SUFFIXES + SUFFIXES)
    built = tuple(path for path in listing.paths if path.lower().endswith(html.SUFFIXES))
    written = tuple(path for path in listing.paths if path.lower().endswith(SUFFIXES))
    is_built = "index.html" in built or len(built) > len(written)
    if is_built:
        source = html.open_folder(root, built, base_url=base_url)
    else:
        source = markdown.open_folder(root, written, base_url=base_url)
    if not source.total:
        detail = f" ({listing.problems[0]})" if listing.problems else ""
        raise SourceError(
            f"{path} holds no Markdown and no HTML to index{detail}.",
            fix="Name the folder of the docs, or the built site's.",
        )
    source.problems.extend(listing.problems)
    return source


def _folder(path: Path) -> Path:
    try:
        root = path.resolve(strict=True)
        if root.is_dir():
            return root
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceError(
            f"There is no folder {path}.", fix="Check the path, and that the site has been built."
        ) from error
    raise SourceError(f"{path} is a file, not a folder.", fix=f"Name its folder, {path.parent}.")


def _check_base(base_url: str) -> None:
    """Without a scheme the links of a whole revision would lead readers to pages that do not exist."""
    if not base_url or base_url.startswith("/"):
        return
    try:
        parts = urlsplit(base_url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or parts.query or parts.fragment:
        raise SourceError(
            f"{base_url} is not an address that pages can be under.",
            fix="Give it with its scheme, as https://docs.example.com",
        )
