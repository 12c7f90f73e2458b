"""The command that puts Askdocs into a docs folder, up to the first answer in the browser."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer

from askdocs.api.server import listen
from askdocs.cli import index, serve
from askdocs.cli.output import run, say, settings_for_command
from askdocs.config import NAME, Settings, SiteFile, has_windows, read_site_file
from askdocs.control import lock
from askdocs.db import revisions, sites
from askdocs.errors import Conflict, InputError
from askdocs.runtime import open_runtime
from askdocs.setup import placement, plans, site_file
from askdocs.setup.placement import PLUGIN, Edit
from askdocs.setup.plans import Plan
from askdocs.setup.projects import Project

_STARTING = 30.0
"""Seconds in which a server begins to answer: it loads a model of 23 MB, on a busy machine too."""


@dataclass(frozen=True, slots=True)
class _Manner:
    """How the command behaves: whether it may ask, and what it does without asking."""

    yes: bool
    dry_run: bool

    @property
    def may_ask(self) -> bool:
        return not self.yes and not self.dry_run and sys.stdin.isatty() and sys.stdout.isatty()

    def agrees(self, question: str, *, otherwise: bool) -> bool:
        """The answer of whoever sits there; `otherwise` where nobody does."""
        if self.dry_run:
            return False
        if self.yes:
            return True
        return typer.confirm(question, default=True) if self.may_ask else otherwise


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: cd my-docs && askdocs init")(init)


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The docs' folder, or the repository's.")
    ] = Path(),
    site: Annotated[str, typer.Option(metavar="NAME", help="The site's name; default: from its title.")] = "",
    url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Where readers find the site; default: as its configuration has it."
        ),
    ] = "",
    api: Annotated[
        str,
        typer.Option(metavar="URL", help="Where pages reach the server; default: on this machine."),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing and do it, for scripts.")] = False,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop when the docs are indexed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and stop.")] = False,
) -> None:
    """Find out what the docs are, write askdocs.yaml, put the chat on the pages, index, serve, open it.

    A second run changes nothing. Files that exist are edited only where that is certain, and only after the
    change was shown and agreed to.
    """
    began = time.monotonic()
    manner = _Manner(yes=yes, dry_run=dry_run)
    project = plans.choose(_folder(folder).resolve())
    os.chdir(_home_of(project, folder))
    here = Path.cwd()
    settings = settings_for_command()
    known = read_site_file(here / NAME) if (here / NAME).exists() else None
    address = _address(settings, project, known)
    stored = run(_stored(settings))
    plan = plans.make(
        here,
        project,
        api=api.rstrip("/") or address,
        site=site,
        url=url,
        known=known,
        keys=stored if settings.home.is_relative_to(here) else {},
        port=None if api else httpx.URL(address).port,
    )
    _check_name(plan, stored)
    _tell_found(plan)
    _write(plan, manner)
    if dry_run:
        _tell_rest(plan)
        return
    _build(plan, manner)
    if settings.home.is_relative_to(here):
        _hide(settings.home)
    run(_ensure_site(settings, plan))
    _index(settings, plan)
    _tell_rest(plan)
    if not no_serve:
        _serve(settings, plan, address, began)


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise InputError(
            f"There is no folder {folder}.", fix="Name the folder of the docs: askdocs init docs"
        )
    return folder


def _home_of(project: Project, folder: Path) -> Path:
    """Where askdocs.yaml and the state go: into the folder, but beside one that is published as it is, with
    the key that signs sessions and with what readers asked."""
    below = folder.resolve() != Path.cwd() and folder.resolve().is_relative_to(Path.cwd())
    return Path.cwd() if project.built == project.folder and below else folder


def _address(settings: Settings, project: Project, known: SiteFile | None) -> str:
    """Where pages on this machine will reach the server: the one that runs, the one that pages or
    askdocs.yaml name already, or one on a free port that the generator does not take."""
    owner = lock.owner_of(settings.home)
    if owner and owner.url:
        return owner.url
    named = placement.local_api_in(project)
    if named:
        return named
    if known and known.port:
        return f"http://127.0.0.1:{known.port}"
    for port in plans.free_ports(project, settings.server.port):
        try:
            listen(settings.server.host, port).close()
        except Conflict:
            continue
        return f"http://127.0.0.1:{port}"
    raise Conflict("No port is free for a server.", fix="Name one that is: PORT=9000 askdocs init")


def _tell_found(plan: Plan) -> None:
    project = plan.project
    folder = site_file.relative(project.folder, plan.folder)
    where = "this folder" if folder == "." else folder
    title = f": {project.said.title}" if project.said.title else ""
    address = f", at {project.public_origin}{project.base_path}" if project.public_origin else ""
    say(f"Found {project.generator.title} in {where}{title}{address}.")


def _write(plan: Plan, manner: _Manner) -> None:
    """Write askdocs.yaml, and edit what may be edited; tell what people have to do themselves."""
    if plan.new is not None:
        if manner.dry_run:
            _show(plan, plan.new)
        elif manner.agrees(f"Write {NAME}?", otherwise=True):
            plan.new.apply()
            say(f"Wrote {NAME}.")
        else:
            raise Conflict("Nothing was written.", fix="Run it again when you want it.")
    if plan.edits:
        _edit(plan, manner)
    for advice in plan.advice:
        if advice.reason:
            say(advice.reason)
        say(f"Put this into {advice.where}:")
        typer.echo(advice.lines)
    if plan.changes_nothing:
        say(f"Nothing to change: {NAME} is there, and the pages load the chat.")


def _edit(plan: Plan, manner: _Manner) -> None:
    for edit in plan.edits:
        _show(plan, edit)
    names = " and ".join(site_file.relative(edit.path, plan.folder) for edit in plan.edits)
    if manner.agrees(f"Write this to {names}?", otherwise=False):
        for edit in plan.edits:
            edit.apply()
        say(f"Wrote {names}.")
    elif not manner.dry_run:
        say(f"Not written: {names}. Put the lines there yourself, or let --yes do it.")


def _show(plan: Plan, edit: Edit) -> None:
    """As it is, with its tabs: people copy from it."""
    typer.echo(edit.diff(plan.folder).rstrip())


def _build(plan: Plan, manner: _Manner) -> None:
    """Build what can be read as a build only. Raises `Conflict` if there is none."""
    if not plan.build:
        return
    program, *_ = command = shlex.split(plan.build)
    where = site_file.relative(plan.project.folder, plan.folder)
    missing = Conflict(
        f"{plan.project.generator.title} has to be built before it is indexed.",
        fix=f"Run this in {where}, then askdocs init again: {plan.build}",
    )
    if shutil.which(program) is None or not manner.agrees(f"Build it now: {plan.build}?", otherwise=False):
        raise missing
    if subprocess.run(command, cwd=plan.project.folder, check=False).returncode:  # noqa: S603  its own, agreed to
        raise missing


def _hide(home: Path) -> None:
    """Keep the state out of the docs' repository, without a line in a file of theirs."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / ".gitignore").write_text("*\n", encoding="utf-8")


async def _stored(settings: Settings) -> dict[str, str]:
    """The keys of the sites that this installation has, by name."""
    async with open_runtime(settings) as rt:
        return {site.name: site.key for site in await rt.db.run(sites.all_sites)}


def _check_name(plan: Plan, stored: Mapping[str, str]) -> None:
    """Raises `Conflict` when this installation has another site of the name: its index would be replaced."""
    if stored.get(plan.site, plan.key) != plan.key:
        raise Conflict(
            f"There is a site named {plan.site} already, with the key {stored[plan.site]}.",
            fix=f"Choose another name: --site {plan.site}-2. If it is this one, give the file its key.",
        )


def _index(settings: Settings, plan: Plan) -> None:
    """Publish what askdocs.yaml names. The pages of a build replace those that were read from its Markdown,
    which is no sign of a broken build."""
    if plan.is_unbuilt:
        say("The site is not built with the plugin yet. Until then its Markdown is read.")
    index.index(force=not plan.is_unbuilt and run(_was_unbuilt(settings, plan)))


async def _was_unbuilt(settings: Settings, plan: Plan) -> bool:
    """Whether what is live was read from the Markdown of a Docusaurus site."""
    async with open_runtime(settings) as rt:
        site = await rt.db.run(sites.by_name, plan.site)
        store = await rt.db.run(sites.find_store, site.id) if site else None
        live = await rt.db.run(revisions.live, site.id, store_id=store.id) if site and store else None
        folder = str(plan.project.folder.resolve())
        return live is not None and plan.project.kind == "docusaurus" and live.source == folder


async def _ensure_site(settings: Settings, plan: Plan) -> None:
    """The site is there, with the origins that the file has."""
    async with open_runtime(settings) as rt:
        await rt.db.run(sites.ensure, plan.site, origins=plan.origins, key=plan.key)
        site = await rt.db.run(sites.by_name, plan.site)
        if site is not None and site.origins != plan.origins:
            await rt.db.run(sites.set_origins, site.id, plan.origins)


def _tell_rest(plan: Plan) -> None:
    if plan.commands:
        say("To see the chat on the site itself, in another terminal:")
        for command in plan.commands:
            typer.echo(f"  {command}")
    if any(PLUGIN in command for command in plan.commands):
        say(f"A release has {PLUGIN} as a file, too, whose path stands for the name then.")
    if plan.is_unbuilt:
        say(f"Once it is built ({plan.project.generator.build}), `askdocs init` again indexes the build.")


def _serve(settings: Settings, plan: Plan, address: str, began: float) -> None:
    """Serve until Ctrl-C, and open the page on which the first question can be asked."""
    page = f"{address}/try?site={plan.site}"
    owner = lock.owner_of(settings.home)
    if owner is not None:
        say(f"A server runs already. Ask at {page}")
        _open(page)
        return
    threading.Thread(target=_open_when_ready, args=(address, page, began), daemon=True).start()
    port = httpx.URL(address).port
    serve.serve(host=None, port=port, workers=1)


def _open_when_ready(address: str, page: str, began: float) -> None:
    deadline = time.monotonic() + _STARTING
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/health/ready", timeout=1).is_success:
                say(f"Ready after {time.monotonic() - began:.0f} s. Ask at {page}")
                _open(page)
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)


def _open(page: str) -> None:
    """In a browser with windows: one in the terminal would take it from the server."""
    if sys.stdin.isatty() and has_windows():
        webbrowser.open(page)
