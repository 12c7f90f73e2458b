"""Finds out what a docs folder is: its generator, and what the generator's configuration says of the site."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from askdocs.setup import declared, generators
from askdocs.setup.declared import Declared
from askdocs.setup.generators import Generator
from askdocs.sources import generators as readers
from askdocs.types import SourceSpec

_SKIPPED = {
    *("node_modules", "vendor", "venv", "themes", "build", "dist", "target"),
    *("examples", "example", "fixtures", "template", "templates", "test", "tests", "e2e"),
}
"""Folders below which a generator's configuration is somebody else's, or a copy."""

_MARKDOWN = (".md", ".mdx", ".markdown")

_DEPTH = 2
"""Levels below the given folder at which a monorepo keeps its docs: `docs/`, `packages/docs/`."""


@dataclass(frozen=True, slots=True)
class Project:
    """A documentation project. `folder` is the generator's own, in which its commands run; `docs` holds what
    is written; `built` is the newest build there is, None without one. `config` is None where nothing
    configures it."""

    generator: Generator
    folder: Path
    config: Path | None
    docs: Path
    built: Path | None
    said: Declared

    @property
    def kind(self) -> str:
        return self.generator.kind

    @property
    def base_path(self) -> str:
        """Where on its host the site is, with a slash at both ends."""
        path = self.said.base or urlsplit(self.said.url).path
        return f"/{path.strip('/')}/" if path.strip("/") else "/"

    @property
    def origins(self) -> tuple[str, ...]:
        """Where readers meet the site: the address that its configuration names, then the development
        servers'."""
        ports = (self.said.port, *self.generator.ports[1:]) if self.said.port else self.generator.ports
        local = (f"http://{host}:{port}" for port in ports for host in ("localhost", "127.0.0.1"))
        return (*((self.public_origin,) if self.public_origin else ()), *local)

    @property
    def public_origin(self) -> str:
        """ "" when the configuration names none, or one that is a placeholder of the generator's template."""
        parts = urlsplit(self.said.url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not host or _is_placeholder(host):
            return ""
        return f"{parts.scheme}://{parts.netloc.lower()}"


def find(folder: Path) -> list[Project]:
    """The documentation projects in a folder: the folder itself if it is one, else those one or two levels
    below.

    Plain Markdown and HTML are projects only where nothing else is found.
    """
    for level in range(_DEPTH + 1):
        found = [
            project
            for candidate in _folders(folder, level)
            for project in [_configured(candidate)]
            if project is not None
        ]
        if found:
            return found
    plain = _plain(folder)
    return [plain] if plain else []


def scripts(package: Path) -> dict[str, str]:
    """The scripts of a package.json, {} if there are none."""
    try:
        said = json.loads(package.read_text(encoding="utf-8"))["scripts"]
        return {name: command for name, command in said.items() if isinstance(command, str)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def with_url(project: Project, url: str) -> Project:
    """The project with another address than its configuration names."""
    return replace(project, said=replace(project.said, url=url, base=""))


def _folders(folder: Path, level: int) -> Iterator[Path]:
    """The folders so many levels below, in order, hidden and foreign ones left out."""
    if level == 0:
        yield folder
        return
    try:
        children = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.is_symlink())
    except OSError:
        return
    for child in children:
        if child.name not in _SKIPPED and not child.name.startswith((".", "_")):
            yield from _folders(child, level - 1)


def _configured(folder: Path) -> Project | None:
    for generator in generators.BY_CONFIG:
        for name in generator.configs:
            path = folder / name
            if path.is_file() and declared.is_of(generator.kind, path):
                return _project(generator, folder, path)
    return None


def _project(generator: Generator, folder: Path, config: Path) -> Project:
    said = declared.read(generator.kind, folder, config)
    docs = folder / (said.docs or generator.docs)
    if generator is generators.SPHINX:
        folder = docs = config.parent
    built = (said.built,) if said.built else generator.built
    builds = [folder / name for name in built if _holds_pages(folder / name)]
    return Project(generator, folder, config, docs, builds[0].resolve() if builds else None, said)


def _plain(folder: Path) -> Project | None:
    """A folder without a generator's configuration, as the readers of sources take it: a wiki, a book, built
    pages, or Markdown."""
    if not _holds(folder, (*_MARKDOWN, ".html", ".htm")):
        return None
    kind = readers.find(folder.resolve(), SourceSpec(folder))
    if kind in generators.PLAIN:
        below = folder / "docs"
        docs = below if kind == "markdown" and _holds(below, _MARKDOWN) else folder
        return Project(generators.PLAIN[kind], folder, None, docs, None, Declared())
    title = declared.html_title(folder / "index.html")
    return Project(replace(generators.HTML, kind=kind), folder, None, folder, folder, Declared(title=title))


def _holds_pages(folder: Path) -> bool:
    return (folder / "index.html").is_file() or (folder / "docs-manifest.json").is_file()


def _holds(folder: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a file of one of the kinds stands in the folder or below."""
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED and not name.startswith(".")]
        if any(name.lower().endswith(suffixes) for name in names):
            return True
    return False


def _is_placeholder(host: str) -> bool:
    """What templates put where the site's own address belongs."""
    return (
        host in ("localhost", "127.0.0.1")
        or host.endswith(
            (
                "your-docusaurus-site.example.com",
                "your-docusaurus-test-site.com",
                "stargazers.club",
                ".example.org",
            )
        )
        or host in ("example.org", "example.com", "www.example.com", "mysite.com")
    )
