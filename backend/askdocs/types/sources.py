"""Where pages are read from: what a site's settings say of a source, and the source when it is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from askdocs.types.documentation import Page

Generator = Literal[
    "docusaurus",
    "mkdocs",
    "vitepress",
    "starlight",
    "hugo",
    "sphinx",
    "wiki",
    "mdbook",
    "gitbook",
    "html",
    "markdown",
]
"""What makes a site of its docs, and so decides how they are written and where their pages are."""

UrlStyle = Literal["clean", "html", "slash"]
"""How a site writes the address of a page: `/a/b`, `/a/b.html` or `/a/b/`."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """One of the sources of a site, as its settings have it.

    `name` is its identity: pages are published, replaced and removed by it. A site's only source may have
    none. Without a `kind` the folder is looked at; without a `url_style` it is the generator's own. `include`
    and `exclude` are patterns as in a .gitignore, relative to the folder of the pages. Where `version` or
    `locale` is given, all pages have it. `weight` multiplies the score of what is found here.
    """

    path: Path
    name: str = ""
    kind: Generator | None = None
    base_url: str = ""
    url_style: UrlStyle | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    version: str = ""
    locale: str = ""
    weight: float = 1.0

    def fields(self) -> dict[str, Any]:
        """As plain JSON values, for `revive`."""
        lists = {"include": list(self.include), "exclude": list(self.exclude)}
        return {**asdict(self), **lists, "path": str(self.path)}

    @classmethod
    def revive(cls, fields: Mapping[str, Any]) -> Self:
        """The source of these fields. What is missing has its default, and what a newer program added is
        passed over."""
        known = {name: fields[name] for name in cls.__dataclass_fields__ if name in fields}
        known |= {name: tuple(known[name]) for name in ("include", "exclude") if name in known}
        return cls(**known | {"path": Path(known["path"])})


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a source was read from: by which code and settings, what was asked of the file system, and a
    digest of all its answers. They make the same pages until the moment `until`, if there is one."""

    read_by: str
    questions: tuple[str, ...]
    answers: str
    until: datetime | None = None


class Recorder(Protocol):
    """Knows what a source is read from."""

    def inputs(self) -> Inputs | None:
        """What was asked until now; None if something changed meanwhile."""
        ...

    def finds(self, before: Inputs) -> bool:
        """Whether the source would be read as it was then. It reads files, but parses none."""
        ...


@dataclass(slots=True)
class Source:
    """An opened source of pages. `total` is the number of pages to expect, for progress. While `pages` is
    consumed, `problems` collects one sentence for each page that was left out or mended, behind its path and
    ": "; the paths of the former are also in `skipped`. `spec` is None for one that no settings describe."""

    kind: Generator
    location: str
    total: int
    pages: Iterator[Page]
    default_version: str = ""
    default_locale: str = ""
    problems: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    spec: SourceSpec | None = None
    recorder: Recorder | None = None

    @property
    def name(self) -> str:
        return self.spec.name if self.spec else ""


@dataclass(frozen=True, slots=True)
class PublishedSource:
    """A source as a revision holds it: `spec.kind` is what it was found to be."""

    spec: SourceSpec
    default_version: str = ""
    default_locale: str = ""
