"""Knows the files of a Hugo site's content: where each is, what it inherits, and what others call it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from askdocs.errors import SourceError
from askdocs.sources import files, frontmatter
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.hugo_config import Config, dig, glob, lowered
from askdocs.sources.targets import SUFFIXES

_CACHED = 512
"""Files whose text is kept: those that others include or inherit from."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is in the content: in which folders, under what name, and in what language.

    A section is named as its folder; so is a page that is a folder, with an index.md, whose own folder is
    then none of `folders`.
    """

    folders: tuple[str, ...]
    name: str
    language: str
    is_section: bool
    is_bundle: bool

    @property
    def logical(self) -> str:
        """What other pages call it, such as /docs/install."""
        names = self.folders if self.is_section else (*self.folders, self.name)
        return "/" + "/".join(names).lower()


class Content:
    """`root` is the site's folder, of which the files of `inside` become pages; paths are below `root`."""

    def __init__(self, root: Path, inside: str, config: Config) -> None:
        self.config = config
        self._root = root
        self._inside = "" if inside == "." else inside
        self.read = lru_cache(maxsize=_CACHED)(self._read)
        self._inherited: dict[tuple[tuple[str, ...], str], Sequence[Mapping[str, Any]]] = {}

    def full(self, path: str) -> str:
        return posixpath.join(self._inside, path)

    def below(self, full: str) -> str | None:
        """The path below the folder whose files become pages; None of a file elsewhere."""
        if not self._inside:
            return full
        return full[len(self._inside) + 1 :] if full.startswith(f"{self._inside}/") else None

    def _read(self, full: str) -> str:
        """The text of a file, "" if it cannot be read."""
        try:
            return files.decode(files.read(self._root / full))[0]
        except SourceError:
            return ""

    @cached_property
    def _all(self) -> Sequence[str]:
        folders = {self._inside, *(mount.source for mount in self.config.mounts if mount.source)}
        found: dict[str, None] = {}
        for folder in sorted(folders):
            if files.is_folder(self._root / folder):
                listing = files.list_files(self._root / folder, SUFFIXES)
                found |= dict.fromkeys(posixpath.join(folder, path) for path in listing.paths)
        return tuple(found)

    def place(self, full: str) -> Place | None:
        """None for a file that is no content."""
        placed = self.config.place(full)
        if placed is None:
            return None
        path, language = placed
        *folders, name = PurePosixPath(path).with_suffix("").parts
        is_bundle = name.lower() == "index" and bool(folders)
        if is_bundle:
            name = folders.pop()
        return Place(tuple(folders), name, language, name.lower() == "_index", is_bundle)

    @cached_property
    def _places(self) -> Mapping[str, Place]:
        return {full: place for full in self._all if (place := self.place(full))}

    @cached_property
    def _bundles(self) -> frozenset[tuple[str, ...]]:
        """The folders that are a page: what else is in them belongs to it."""
        return frozenset((*place.folders, place.name) for place in self._places.values() if place.is_bundle)

    @cached_property
    def _section_files(self) -> Mapping[tuple[tuple[str, ...], str], str]:
        return {
            (place.folders, place.language): full for full, place in self._places.items() if place.is_section
        }

    @cached_property
    def _by_logical(self) -> Mapping[tuple[str, str], str]:
        return {(place.logical, place.language): full for full, place in self._places.items()}

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], Sequence[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for full, place in self._places.items():
            found.setdefault((place.logical.rpartition("/")[2], place.language), []).append(full)
        return found

    def is_page(self, full: str) -> bool:
        place = self.place(full)
        return place is not None and not any(
            place.folders[:depth] in self._bundles for depth in range(1, len(place.folders) + 1)
        )

    def sections(self, place: Place) -> Sequence[str]:
        """The folders around a page that are sections: the outermost, and those with an _index.md."""
        return [
            folder
            for depth, folder in enumerate(place.folders, 1)
            if depth == 1 or (place.folders[:depth], place.language) in self._section_files
        ]

    def values(self, full: str, matter: FrontMatter) -> Mapping[str, Any]:
        """The front matter of a file, its keys in lower case, over what it inherits."""
        own: Mapping[str, Any] = lowered(matter.values)
        place = self.place(full)
        if place is None:
            return own
        inherited: dict[str, Any] = {}
        for cascade in self._cascades(place.folders, place.language):
            if _applies(cascade, place):
                inherited |= {
                    key: value for key, value in cascade.items() if key not in ("target", "_target")
                }
        return {**inherited, **own}

    def _cascades(self, folders: tuple[str, ...], language: str) -> Sequence[Mapping[str, Any]]:
        """What the configuration and the sections around a page hand down to it, the outermost first."""
        key = (folders, language)
        if key not in self._inherited:
            above = (
                self._cascades(folders[:-1], language)
                if folders
                else list(_listed(self.config.get("cascade")))
            )
            full = self._section_files.get(key)
            matter = frontmatter.split(self.read(full))[0] if full else FrontMatter()
            self._inherited[key] = [*above, *_listed(lowered(matter.values.get("cascade")))]
        return self._inherited[key]

    def find_page(self, full: str, reference: str) -> str | None:
        """The file of the page that a reference in another file names, as `ref` looks for it: from the
        content's root or from the file's folder, or anywhere if only one page has the name."""
        place = self.place(full)
        if place is None:
            return None
        name = reference.partition("?")[0].strip().removesuffix("/").lower()
        name = name.rpartition(".")[0] if name.endswith(SUFFIXES) else name
        folder = "/" + "/".join(place.folders).lower()
        for base in ("/", *(() if name.startswith("/") else (place.logical, folder))[::-1]):
            logical = posixpath.normpath(posixpath.join(base, name.lstrip("/") if base == "/" else name))
            for found in (logical, _without_index(logical)):
                if file := self._by_logical.get((found, place.language)):
                    return file
        same = self._by_name.get((_without_index(f"/{name}").rpartition("/")[2], place.language), ())
        return same[0] if len(same) == 1 else None

    def find_file(self, full: str, name: str) -> str | None:
        """The file that a shortcode includes: from the file's folder, from the site's, or else the nearest of
        those whose path ends so."""
        asked = posixpath.normpath(name.strip().lstrip("/"))
        if asked.startswith(".."):
            asked = posixpath.normpath(posixpath.join(posixpath.dirname(full), name))
        for path in (posixpath.normpath(posixpath.join(posixpath.dirname(full), asked)), asked):
            if path in self._known and path != full:
                return path
        ending = [
            path for path in self._by_file.get(posixpath.basename(asked), ()) if path.endswith(f"/{asked}")
        ]
        near = sorted(ending, key=lambda path: -len(posixpath.commonprefix((path, full))))
        return next((path for path in near if path != full), None)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._all)

    @cached_property
    def _by_file(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for path in self._all:
            found.setdefault(posixpath.basename(path), []).append(path)
        return found


def _without_index(logical: str) -> str:
    folder, _, name = logical.rpartition("/")
    return folder or "/" if name in ("index", "_index") else logical


def _listed(cascade: Any) -> Iterator[Mapping[str, Any]]:
    for each in cascade if isinstance(cascade, list) else [cascade]:
        if isinstance(each, dict):
            yield each


def _applies(cascade: Mapping[str, Any], place: Place) -> bool:
    """Whether the page is one of those that the cascade is for."""
    target = cascade.get("target") or cascade.get("_target")
    kind = "home" if place.is_section and not place.folders else "section" if place.is_section else "page"
    wanted = {
        "path": place.logical,
        "kind": kind,
        "lang": place.language,
        "environment": "production",
    }
    if not isinstance(target, dict):
        return True
    languages = dig(target, ("sites", "matrix", "languages"))
    if isinstance(languages, list) and place.language and place.language not in languages:
        return False
    return all(glob(str(target[key])).fullmatch(value) for key, value in wanted.items() if key in target)
