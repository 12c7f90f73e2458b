"""Commands that take, check and restore backups; `backup.sh` and its siblings call them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from askdocs.backups import create as creating
from askdocs.backups import keeping
from askdocs.backups import restore as restoring
from askdocs.backups.create import Wanted
from askdocs.backups.restore import Report
from askdocs.cli.output import (
    AsJson,
    errors,
    print_json,
    print_table,
    say,
    settings_for_command,
    shown,
)
from askdocs.config import Settings
from askdocs.errors import InputError

To = Annotated[
    str | None,
    typer.Option("--to", metavar="PLACE", help="A folder, or gs://BUCKET/PATH; default: backups.to."),
]
WithoutVectors = Annotated[
    bool, typer.Option("--without-vectors", help="Leave the vectors out: they can be made again.")
]


def register(app: typer.Typer) -> None:
    backup = typer.Typer(help="Backups of the database and the vectors.", no_args_is_help=True)
    backup.command(epilog="Example: askdocs backup create --to /srv/backups")(create)
    backup.command(epilog="Example: askdocs backup restore latest --replace")(restore)
    backup.command(name="list", epilog="Example: askdocs backup list --json")(list_backups)
    app.add_typer(backup, name="backup")


def create(to: To = None, without_vectors: WithoutVectors = False, as_json: AsJson = False) -> None:
    """Take a backup while everything goes on, then delete those that nothing keeps any more."""
    settings = settings_for_command(required=())
    place = keeping.open_place(_place(settings, to), home=settings.home)
    wanted = Wanted(settings.backups.recipient, with_vectors=not without_vectors)
    made = creating.create(settings, place, wanted, say=_tell)
    removed = keeping.prune(settings, place, now=datetime.now(UTC))
    if as_json:
        print_json({**made.model_dump(mode="json"), "place": place.name, "removed": removed})
        return
    say(f"{made.name} is in {place.name}: {made.bytes / 2**20:.1f} MB in {made.seconds:.1f} s.")
    for name in removed:
        say(f"{name} was deleted: nothing keeps it any more.")


def restore(
    name: Annotated[str, typer.Argument(metavar="BACKUP", help="The backup, by name, or latest.")],
    to: To = None,
    identity: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Secret key of age, for an encrypted backup.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what is there; a copy of it is kept.")
    ] = False,
    without_vectors: Annotated[
        bool, typer.Option("--without-vectors", help="Write the vectors anew, from the sources of the sites.")
    ] = False,
    while_serving: Annotated[
        bool, typer.Option("--while-serving", help="Even if servers are connected; restart them afterwards.")
    ] = False,
    question: Annotated[
        str | None, typer.Option(help="Ask this of each site; default: deployment.smoke_question, or titles.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup: verified first, checked before it is put in place, with what was there kept aside."""
    settings = settings_for_command(required=())
    place = keeping.open_place(_place(settings, to), home=settings.home)
    wanted = restoring.Wanted(
        identity=identity,
        replace=replace,
        with_vectors=not without_vectors,
        while_serving=while_serving,
        question=question or settings.deployment.smoke_question,
    )
    report = restoring.restore(settings, place, keeping.find(place, name), wanted, say=_tell)
    if as_json:
        print_json(asdict(report) if report else None)
    elif report is not None:
        _print_restored(report)
    if report is not None and report.unindexed:
        raise typer.Exit(1)


def _print_restored(report: Report) -> None:
    say(
        f"{report.backup}, of {shown(report.taken_at)} UTC, is restored, in "
        f"{sum(report.steps.values()):.1f} s."
    )
    for one in report.asked:
        say(f"{one.site} was asked {one.question!r} and answers from {one.page}.")
    for folder in report.kept:
        say(f"What was there before is in {folder}: to undo this, stop everything and move it back.")
    for site, reason in report.unindexed.items():
        say(f"{site} could not be indexed again: {reason}", to=errors, style="yellow")
        say(f"Run: askdocs index PATH --site {site}", to=errors)


def list_backups(to: To = None, as_json: AsJson = False) -> None:
    """List the backups of a place, newest first."""
    settings = settings_for_command(required=())
    found = keeping.open_place(_place(settings, to), home=settings.home).listing()
    if as_json:
        print_json([made.model_dump(mode="json") for made in found.complete])
    else:
        print_table(
            ("Name", "Taken (UTC)", "MB", "Encrypted", "Sites"),
            (
                (
                    made.name,
                    shown(made.taken_at),
                    f"{made.bytes / 2**20:.1f}",
                    "yes" if made.recipient else "no",
                    ", ".join(f"{store.site} {store.live or '-'}" for store in made.stores),
                )
                for made in found.complete
            ),
        )
    for name, reason in found.unreadable.items():
        say(f"{name} is of no use: {reason}", to=errors, style="yellow")


def _place(settings: Settings, to: str | None) -> str:
    place = to or settings.backups.to
    if not place:
        raise InputError(
            "Where backups are is not said.",
            fix="Give --to FOLDER or --to gs://BUCKET, or set BACKUP_BUCKET.",
        )
    return place


def _tell(text: str) -> None:
    say(text, to=errors)
