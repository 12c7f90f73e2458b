"""The generators whose docs are read: a module each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from askdocs.sources import (
    docusaurus,
    gitbook,
    html,
    hugo,
    markdown,
    mdbook,
    mkdocs,
    sphinx,
    starlight,
    vitepress,
    wiki,
)
from askdocs.types import Generator, Source, SourceSpec


class Reader(Protocol):
    """What the module of a generator offers."""

    def find(self, root: Path, spec: SourceSpec) -> bool:
        """Whether the folder, which is resolved, holds docs of this generator. It is asked of folders of any
        kind, so it looks at few files and raises nothing."""
        ...

    def open_folder(self, root: Path, spec: SourceSpec) -> Source:
        """The folder's docs, also where `find` says no but the settings name the generator.

        Files are chosen by `patterns.chosen(spec)` and addresses made with `spec.base_url` and
        `spec.url_style`; name, version, locale and weight are none of its business. Raises SourceError.
        """
        ...


READERS: Mapping[Generator, Reader] = {
    "docusaurus": docusaurus,
    "mkdocs": mkdocs,
    "vitepress": vitepress,
    "starlight": starlight,
    "sphinx": sphinx,
    "hugo": hugo,
    "mdbook": mdbook,
    "gitbook": gitbook,
    "wiki": wiki,
    "html": html,
    "markdown": markdown,
}
"""By what they read, in the order in which they are asked; the last takes what no other one knows."""


def find(root: Path, spec: SourceSpec) -> Generator:
    return next(kind for kind, reader in READERS.items() if reader.find(root, spec))
