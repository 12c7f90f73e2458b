"""What generators do beyond CommonMark: one dialect each, of which this one is plain Markdown."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import PurePosixPath

from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note
from askdocs.sources.slugs import Slugger, Slugs
from askdocs.sources.targets import INDEXES, file_address
from askdocs.types import UrlStyle


class Dialect:
    """Markdown as Docusaurus and GitHub read it. A generator's own is a subclass in the module of its name,
    made for one folder with what that folder's configuration says.

    Paths are those of files below the folder that is read, with "/". Methods are called from one thread, and
    those that a page comes through in the order in which they stand here.
    """

    url_style: UrlStyle = "clean"
    """How the generator writes addresses, unless the source's settings say otherwise."""

    default_locale: str = ""
    """The locale of readers that chose none, "" where the site has none."""

    h1_is_title: bool = True
    """Whether a page has the name of its first heading of level 1, also where its title is another. Elsewhere
    the title stands above the text, and such a heading is one among others."""

    def is_page(self, path: str) -> bool:
        """Whether the file may be a page, by its name alone; others may still be included by pages.

        Docusaurus takes what begins with `_` for a part of other pages; `_index` is Hugo's index.
        """
        *folders, name = path.split("/")
        return not any(each.startswith("_") for each in folders) and (
            not name.startswith("_") or PurePosixPath(name).stem.lower() in INDEXES
        )

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        """The Markdown of a page, given its text without front matter: with includes and shortcodes resolved
        and without what is no Markdown. `note` takes a sentence on what could not be resolved. Raises
        SourceError when the page cannot be read for it."""
        return text

    def address(self, path: str, matter: FrontMatter) -> str | None:
        """Where the site has the page, without base URL: "/a/b", or "/a/" for the page of a folder, as
        `shape` takes it. None for a file that has no page of its own, such as a draft."""
        if matter.flag("draft") or matter.flag("unlisted"):
            return None
        file = PurePosixPath(path)
        folder = "/" if str(file.parent) == "." else f"/{file.parent}"
        if slug := matter.text("slug"):
            return "/" + posixpath.normpath(posixpath.join(folder, slug)).lstrip("/")
        name = matter.text("id")
        if not name or "/" in name:
            name = file.stem
        return posixpath.join(folder, "" if name.lower() in INDEXES else name)

    def shape(self, address: str, style: UrlStyle) -> str:
        """The address in the site's style. One that names a file of its own stays as it is."""
        return shape(address, style)

    def title(self, path: str, matter: FrontMatter) -> str:
        """The page's title, if its text need not be looked at for it; "" leaves it to the first h1."""
        return matter.text("title")

    def locale(self, path: str) -> str:
        """The locale that the page is in, "" where the site has none."""
        return ""

    def follow(self, href: str, *, path: str, url: str, find: Callable[[str], str]) -> str:
        """Where a link of the page leads, "" if nowhere that is known. `find` gives the address of the page
        that a file holds, "" if there is none."""
        return file_address(path, url, find, href)

    def slugs(self) -> Slugs:
        """What makes the anchors of headings, anew for each page."""
        return Slugger()


def shape(address: str, style: UrlStyle) -> str:
    """`address` is "/a/b", or "/a/" for the page of a folder, which servers find without a file's name."""
    if address.endswith((".html", ".htm")) or address == "/":
        return address
    if style == "clean":
        return address.rstrip("/")
    if style == "slash":
        return address if address.endswith("/") else f"{address}/"
    return address if address.endswith("/") else f"{address}.html"
