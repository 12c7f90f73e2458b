"""Decides what `askdocs init` would write and say, without writing or saying anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askdocs.config import NAME, SiteFile
from askdocs.errors import InputError
from askdocs.setup import placement, projects, site_file
from askdocs.setup.generators import DOCUSAURUS, SPHINX
from askdocs.setup.placement import PLUGIN, Advice, Chat, Edit
from askdocs.setup.projects import Project
from askdocs.types import new_site_key

_MANIFEST = "docs-manifest.json"

_INSTALL = {
    "pnpm-lock.yaml": "pnpm add",
    "yarn.lock": "yarn add",
    "bun.lockb": "bun add",
    "bun.lock": "bun add",
}
"""How a package is added, by the lock file that tells who manages them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done in a folder. `new` is askdocs.yaml where there is none; `is_unbuilt` says that a
    Docusaurus site is read from its Markdown, until it is built with the plugin; `edits` put the chat on the
    pages, and so does `advice` where people must do that. `build` is the command that has to run before there
    is anything to index, in `project.folder`; "" if there is something. `commands` are people's, before they
    see the chat on their pages."""

    folder: Path
    project: Project
    site: str
    key: str
    origins: tuple[str, ...]
    chat: Chat
    is_unbuilt: bool
    new: Edit | None
    edits: tuple[Edit, ...]
    advice: tuple[Advice, ...]
    build: str
    commands: tuple[str, ...]

    @property
    def changes_nothing(self) -> bool:
        return self.new is None and not self.edits and not self.advice


def choose(folder: Path) -> Project:
    """The documentation project in a folder. Raises `InputError` if there is none, or more than one."""
    found = projects.find(folder)
    if not found:
        raise InputError(
            f"{folder} holds no docs: no configuration of a generator, no Markdown, no HTML.",
            fix="Run it in the folder of the docs, or name that: askdocs init docs",
        )
    if len(found) > 1:
        named = [(site_file.relative(one.folder, folder), one.generator.title) for one in found]
        raise InputError(
            f"{folder} holds several documentation projects: "
            f"{', '.join(f'{name} ({title})' for name, title in named)}.",
            fix=f"Name one of them: askdocs init {named[0][0]}",
        )
    return found[0]


def make(
    folder: Path,
    project: Project,
    *,
    api: str,
    site: str = "",
    url: str = "",
    known: SiteFile | None = None,
    keys: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Plan:
    """`api` is where pages reach the server, and `port` that of one on this machine; `url` the site's address
    where its configuration names none or another. `known` is what askdocs.yaml says already, which stays;
    `keys` are those of sites by name."""
    if url:
        project = projects.with_url(project, url)
    name = known.site if known else site or _slug(project.said.title or folder.name)
    key = (
        (known.key if known else "") or placement.key_in(project) or (keys or {}).get(name) or new_site_key()
    )
    chat = Chat(key, api)
    steps = placement.place(project, chat)
    return Plan(
        folder=folder,
        project=project,
        site=name,
        key=key,
        origins=(known.origins if known else ()) or project.origins,
        chat=chat,
        is_unbuilt=_is_unbuilt(project),
        new=None if known else _file(folder, project, name, key, port),
        edits=tuple(step for step in steps if isinstance(step, Edit)),
        advice=tuple(step for step in steps if isinstance(step, Advice)),
        build=project.generator.build if project.generator is SPHINX and project.built is None else "",
        commands=_commands(project, folder),
    )


def _file(folder: Path, project: Project, name: str, key: str, port: int | None) -> Edit:
    source, base_url = _source(project)
    text = site_file.write(
        site=name,
        key=key,
        public=[project.public_origin] if project.public_origin else [],
        local=[origin for origin in project.origins if origin != project.public_origin],
        port=port,
        generator=project.generator.title,
        source=site_file.Entry(site_file.relative(source, folder), project.kind, base_url),
    )
    return Edit(folder / NAME, None, text)


def _source(project: Project) -> tuple[Path, str]:
    """What is indexed, and the base URL that has to be said. Docusaurus' manifest names whole addresses."""
    if project.generator is DOCUSAURUS:
        return project.folder, ""
    if project.generator is SPHINX:
        return project.built or project.folder / "_build" / "html", project.base_path
    return project.docs, project.base_path


def _is_unbuilt(project: Project) -> bool:
    built = project.built and (project.built / _MANIFEST).is_file()
    return project.generator is DOCUSAURUS and not built


def _commands(project: Project, folder: Path) -> tuple[str, ...]:
    found = []
    where = site_file.relative(project.folder, folder)
    enter = "" if where == "." else f"cd {where} && "
    if project.generator is DOCUSAURUS and not (project.folder / "node_modules" / PLUGIN).exists():
        add = next((add for lock, add in _INSTALL.items() if (project.folder / lock).exists()), "npm install")
        found.append(f"{enter}{add} {PLUGIN}")
    scripted = next(_scripts(project, folder), "")
    if scripted or project.generator.serve:
        found.append(scripted or f"{enter}{project.generator.serve}")
    return tuple(found)


def _scripts(project: Project, folder: Path) -> Iterator[str]:
    """How package.json, of the project or above it, has the development server started."""
    for place in (project.folder, *project.folder.parents):
        if not place.is_relative_to(folder):
            return
        where = site_file.relative(place, folder)
        for name, command in projects.scripts(place / "package.json").items():
            if project.generator.starts and project.generator.starts in command:
                run = f"npm {name}" if name == "start" else f"npm run {name}"
                yield run if where == "." else f"cd {where} && {run}"


def _slug(title: str) -> str:
    """A site's name: letters, digits and hyphens, beginning with a letter or a digit."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-") or "docs"


def free_ports(project: Project, wanted: int) -> Sequence[int]:
    """Ports for our server, the best first: not those on which the generator serves."""
    taken = {*project.generator.ports, project.said.port}
    return [port for port in range(wanted, wanted + 30) if port not in taken]
