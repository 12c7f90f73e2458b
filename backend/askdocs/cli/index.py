"""Commands that publish and look after revisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer
import watchfiles

from askdocs.cli.output import (
    AsJson,
    SiteName,
    console,
    fail,
    print_json,
    print_table,
    run,
    say,
    settings_for_command,
    shown,
)
from askdocs.cli.publishing import (
    Asked,
    BaseUrl,
    Kind,
    Name,
    Only,
    Publishing,
    Site,
    SourcePath,
    Style,
    given,
    publishes,
)
from askdocs.cli.shown import print_summary, progress
from askdocs.config import Settings
from askdocs.control import remote
from askdocs.control.lookup import find_site
from askdocs.db import revisions, sites
from askdocs.errors import AskdocsError, Conflict, InputError, NotFound
from askdocs.index.progress import Progress
from askdocs.index.rollback import roll_back
from askdocs.runtime import Runtime, open_runtime
from askdocs.types import Revision, SourceSpec

_ROUND = 500
"""Milliseconds after which a watch without a change looks up, so that its first round comes soon."""


def register(app: typer.Typer) -> None:
    app.command(epilog="Examples: askdocs index website/build --site docs; askdocs index --only blog")(index)
    app.command(epilog="Example: askdocs watch ./docs --site docs")(watch)
    app.command(name="revisions", epilog="Example: askdocs revisions --site docs --json")(list_revisions)
    app.command(epilog="Example: askdocs rollback --site docs --to 41")(rollback)
    app.command(hidden=True, epilog="Example: askdocs rollback-sites docs=41 handbook=7")(rollback_sites)


@publishes
def index(asked: Asked) -> None:
    """Publish what the sources hold as the site's next revision. Only what changed is embedded and written.

    Without SOURCE these are all that askdocs.yaml names. With it this one is published; others that the site
    has stay as they are.
    """
    options = {
        "strict": asked.strict,
        "dry_run": asked.dry_run,
        "force": asked.force,
        "take_over": asked.take_over,
    }
    wanted = asked.find()
    summary = run(_index(settings_for_command(), wanted, options, quiet=asked.as_json))
    if asked.as_json:
        print_json(summary)
    else:
        print_summary(summary)


def watch(
    source: SourcePath = None,
    site: Site = None,
    only: Only = [],  # noqa: B006
    name: Name = "",
    kind: Kind = None,
    base_url: BaseUrl = "",
    url_style: Style = None,
) -> None:
    """Index the sources now, and again when a file in them changes. For development; stop it with Ctrl-C."""
    described = SourceSpec(Path(), name=name, kind=kind, base_url=base_url, url_style=url_style)
    run(_watch(settings_for_command(), lambda: given(source, site, only, described)))


def list_revisions(site: SiteName = "docs", as_json: AsJson = False) -> None:
    """List the site's revisions, newest first; * marks the live one."""
    live, listing = run(_list(settings_for_command(), site))
    if as_json:
        print_json([_revision_fields(revision, live) for revision in listing])
        return
    if not listing:
        console.print(f"{site} has no revisions yet. Run: askdocs index PATH --site {site}", markup=False)
        return
    head = ("", "Revision", "State", "Pages", "Chunks", "Published (UTC)", "Source, or what went wrong")
    print_table(head, (_row(revision, live) for revision in listing))


def rollback(
    site: SiteName = "docs",
    to: Annotated[int | None, typer.Option(help="Revision to go to; default: the one before.")] = None,
    only_from: Annotated[
        int | None,
        typer.Option("--from", help="Only if this revision is live; otherwise nothing is done: exit code 3."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an earlier revision live again, at once and without embedding anything."""
    revision = run(_roll_back(settings_for_command(), site, to, only_from))
    if as_json:
        print_json(_revision_fields(revision, revision.number))
        return
    say(
        f"Revision {revision.number} of {site} is live (pages: {revision.pages}, chunks: {revision.chunks}). "
        "Nothing was deleted: the next index run publishes anew from here."
    )


def rollback_sites(
    targets: Annotated[list[str], typer.Argument(metavar="SITE=REVISION…", help="Where each site is to go.")],
) -> None:
    """Make an earlier revision of several sites live again, as rollback.sh does. Safe to run again.

    A site that cannot go there does not keep the others from it; it is said, and the exit code is 3.
    """
    wanted = dict(_target(target) for target in targets)
    refused = run(_roll_back_sites(settings_for_command(), wanted))
    for name, number in wanted.items():
        if name not in refused:
            say(f"{name} is at revision {number}.")
    if refused:
        raise Conflict(
            " ".join(f"{name} stays where it is: {error}" for name, error in refused.items()),
            fix=" ".join(dict.fromkeys(error.fix for error in refused.values())),
        )


def _target(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition("=")
    if not name or not number.isdecimal():
        raise InputError(f"{text} names no revision of a site.", fix="Write it as docs=41.")
    return name, int(number)


async def _index(
    settings: Settings, wanted: Publishing, options: Mapping[str, bool], *, quiet: bool
) -> dict[str, Any]:
    """`options` are those of the operation."""
    summary: dict[str, Any] = {}
    with progress(quiet=quiet) as report:
        async with (
            remote.connect(settings) as operate,
            aclosing(operate("index", **wanted.arguments(), **options)) as events,
        ):
            async for event in events:
                if "result" in event:
                    summary = event["result"]
                else:
                    report(Progress(**event["progress"]))
    return summary


async def _watch(settings: Settings, find: Callable[[], Publishing]) -> None:
    """`find` says what is to be published; it is asked again when the site's file has changed."""
    wanted = find()
    print_summary(await _index(settings, wanted, {}, quiet=True))
    while True:
        followed = [one.path for one in wanted.sources] + ([wanted.file] if wanted.file else [])
        # The first round is for what was saved before anybody watched: during the run above, for one.
        began = False
        async for changes in watchfiles.awatch(*followed, rust_timeout=_ROUND, yield_on_timeout=True):
            paths = {path for _, path in changes}
            is_of_file = wanted.file is not None and str(wanted.file) in paths
            if began and not paths:
                continue
            try:
                wanted = find() if is_of_file else wanted
                changed = wanted if is_of_file or not began else wanted.among(paths)
                began = True
                summary = await _index(settings, changed, {}, quiet=True)
                if paths or summary["published"]:
                    print_summary(summary)
            except AskdocsError as error:
                # Docs under edit are broken now and then; the next change may mend them.
                fail(error)
            if is_of_file:
                break  # other folders may be named now


async def _list(settings: Settings, site: str) -> tuple[int | None, list[Revision]]:
    async with open_runtime(settings) as rt:
        site_id, store_id = await _store(rt, site)
        live = await rt.db.run(revisions.live, site_id, store_id=store_id)
        listing = await rt.db.run(revisions.listing, site_id, store_id=store_id)
        return live.number if live else None, listing


async def _roll_back_sites(settings: Settings, wanted: Mapping[str, int]) -> dict[str, AskdocsError]:
    """What refused to go there, and why."""
    refused: dict[str, AskdocsError] = {}
    async with open_runtime(settings) as rt:
        for name, number in wanted.items():
            try:
                await roll_back(rt, await find_site(rt, name), to=number)
            except (NotFound, Conflict) as error:
                refused[name] = error
    return refused


async def _roll_back(settings: Settings, site: str, to: int | None, live: int | None) -> Revision:
    async with open_runtime(settings) as rt:
        return await roll_back(rt, await find_site(rt, site), to=to, live=live)


async def _store(rt: Runtime, name: str) -> tuple[str, str]:
    site = await find_site(rt, name)
    return site.id, (await rt.db.run(sites.store, site.id)).id


def _row(revision: Revision, live: int | None) -> tuple[str, ...]:
    was_withdrawn = revision.state == "failed" and revision.published_at is not None
    return (
        "*" if revision.number == live else "",
        str(revision.number),
        "withdrawn" if was_withdrawn else revision.state,
        str(revision.pages),
        str(revision.chunks),
        shown(revision.published_at) if revision.published_at else "",
        revision.source if was_withdrawn else revision.error or revision.source,
    )


def _revision_fields(revision: Revision, live: int | None) -> dict[str, Any]:
    return {
        "number": revision.number,
        "live": revision.number == live,
        "state": revision.state,
        "pages": revision.pages,
        "chunks": revision.chunks,
        "source": revision.source,
        "created_at": revision.created_at.isoformat(),
        "published_at": revision.published_at.isoformat() if revision.published_at else None,
        "summary": dict(revision.summary),
        "error": revision.error,
    }
