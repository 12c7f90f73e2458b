"""Commands that take, check and restore backups; `backup.sh` and its siblings call them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from askdocs.backups import create as creating
from askdocs.backups import drill as drilling
from askdocs.backups import keeping, manifest, textfile
from askdocs.backups import restore as restoring
from askdocs.backups.drill import Outcome
from askdocs.backups.places import Place, read_manifest
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


Identity = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Secret key of age, for an encrypted backup.")
]
Question = Annotated[
    str | None, typer.Option(help="Ask this of each site; default: deployment.smoke_question, or titles.")
]
Metrics = Annotated[
    Path | None, typer.Option("--metrics", metavar="FOLDER", help="Write metrics for Prometheus there.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything and change nothing.")]
Name = Annotated[
    str, typer.Argument(metavar="BACKUP", help="Its name, its path or gs:// address, or latest.")
]

_SOURCES = ("database_url", "qdrant_url")
"""Without them staging and production would back up an empty home folder."""


def register(app: typer.Typer) -> None:
    backup = typer.Typer(help="Backups of the database and the vectors.", no_args_is_help=True)
    backup.command(epilog="Example: askdocs backup create --to /srv/backups")(create)
    backup.command(name="list", epilog="Example: askdocs backup list --json")(list_backups)
    backup.command(epilog="Example: askdocs backup show latest")(show)
    backup.command(epilog="Example: askdocs backup verify latest")(verify)
    backup.command(epilog="Example: askdocs backup restore latest --replace")(restore)
    backup.command(epilog="Example: askdocs backup drill --server postgresql://…")(drill)
    app.add_typer(backup, name="backup")


def create(
    to: To = None,
    without_vectors: WithoutVectors = False,
    metrics: Metrics = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take a backup while everything goes on, then delete those that nothing keeps any more."""
    settings = settings_for_command(required=_SOURCES)
    place = _place(settings, to)
    wanted = creating.Wanted(settings.backups.recipient, with_vectors=not without_vectors)
    if dry_run:
        creating.check(settings, place, wanted)
        say(f"A backup can be written to {place.name}. Nothing was done.")
        return
    made = creating.create(settings, place, wanted, say=_tell)
    removed = keeping.prune(settings, place, now=datetime.now(UTC))
    if metrics is not None:
        textfile.write(
            metrics,
            "askdocs_backup",
            {
                "askdocs_backup_last_success_timestamp_seconds": (
                    made.taken_at.timestamp(),
                    "When the newest backup was taken.",
                ),
                "askdocs_backup_bytes": (made.bytes, "Size of the newest backup."),
                "askdocs_backup_duration_seconds": (made.seconds, "How long the newest backup took."),
            },
        )
    if as_json:
        print_json({**made.model_dump(mode="json"), "place": place.name, "removed": removed})
        return
    say(f"{made.name} is in {place.name}: {made.bytes / 2**20:.1f} MB in {made.seconds:.1f} s.")
    for name in removed:
        say(f"{name} was deleted: nothing keeps it any more.")


def show(name: Name = "latest", to: To = None) -> None:
    """Print a backup's manifest as JSON."""
    place, found = _find(settings_for_command(required=()), to, name)
    print_json(place.manifest(found).model_dump(mode="json"))


def verify(name: Name = "latest", to: To = None) -> None:
    """Check that every file of a backup is there and whole."""
    settings = settings_for_command(required=())
    place, found = _find(settings, to, name)
    with place.files(found) as folder:
        made = read_manifest(folder, found)
        manifest.verify(folder, made)
    say(f"{found} is whole: {len(made.files)} files, {made.bytes / 2**20:.1f} MB.")


def restore(
    name: Name,
    to: To = None,
    identity: Identity = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace what is there; a copy of it is kept.")
    ] = False,
    without_vectors: Annotated[
        bool, typer.Option("--without-vectors", help="Write the vectors anew, from the sources of the sites.")
    ] = False,
    while_serving: Annotated[
        bool, typer.Option("--while-serving", help="Even if servers are connected; restart them afterwards.")
    ] = False,
    question: Question = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup: verified first, checked before it is put in place, with what was there kept aside."""
    settings = settings_for_command(required=(*_SOURCES, "gemini_api_key"))
    place, found = _find(settings, to, name, latest=restoring.interrupted(settings))
    wanted = restoring.Wanted(
        identity=identity,
        replace=replace,
        with_vectors=not without_vectors,
        while_serving=while_serving,
        dry_run=dry_run,
        question=question or settings.deployment.smoke_question,
    )
    report = restoring.restore(settings, place, found, wanted, say=_tell)
    if as_json:
        print_json(asdict(report) if report else None)
    elif dry_run:
        say(f"{found} is whole and can be restored here. Nothing was done.")
    elif report is not None:
        _print_restored(report)
    if report is not None and report.unindexed:
        raise typer.Exit(1)


def drill(
    name: Name = "latest",
    to: To = None,
    identity: Identity = None,
    server: Annotated[
        str | None,
        typer.Option(
            envvar="DRILL_DATABASE_URL",
            metavar="URL",
            help="PostgreSQL to make a scratch database on; a password belongs into DRILL_DATABASE_URL.",
        ),
    ] = None,
    question: Question = None,
    metrics: Metrics = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a scratch place, and say whether that worked and how long it took."""
    settings = settings_for_command(required=("qdrant_url", "gemini_api_key"))
    place, found = _find(settings, to, name)
    asked = question or settings.deployment.smoke_question
    outcome = drilling.run(
        settings, place, found, identity=identity, server=server, question=asked, say=_tell
    )
    if metrics is not None and not outcome.failure:
        textfile.write(
            metrics,
            "askdocs_drill",
            {
                "askdocs_restore_drill_last_success_timestamp_seconds": (
                    datetime.now(UTC).timestamp(),
                    "When a backup was last restored in a drill.",
                ),
                "askdocs_restore_drill_duration_seconds": (outcome.seconds, "How long that took."),
            },
        )
    if as_json:
        print_json(asdict(outcome))
    else:
        _print_drilled(outcome)
    if outcome.failure:
        raise typer.Exit(1)


def _print_restored(report: Report) -> None:
    seconds = sum(report.steps.values())
    say(f"{report.backup}, of {shown(report.taken_at)} UTC, is restored, in {seconds:.1f} s.")
    for one in report.asked:
        say(f"{one.site} was asked {one.question!r} and answers from {one.page}.")
    for folder in report.kept:
        say(f"What was there before is in {folder}: to undo this, stop everything and move it back.")
    if report.backup_before:
        say(f"What was there before is the backup {report.backup_before}: to undo this, restore that.")
    for site, reason in report.unindexed.items():
        say(f"{site} could not be indexed again: {reason}", to=errors, style="yellow")
        say(f"Run: askdocs index PATH --site {site}", to=errors)


def _print_drilled(outcome: Outcome) -> None:
    for step, seconds in outcome.steps.items():
        say(f"  {step:20} {seconds:7.1f} s")
    for one in outcome.asked:
        say(f"  {one.site} was asked {one.question!r} and answers from {one.page}.")
    say(f"RTO: {outcome.seconds:.1f} s to restore {outcome.bytes / 2**20:.1f} MB.")
    say(f"RPO: the backup was {outcome.age / 3600:.1f} h old when the drill began.")
    if outcome.failure:
        say(f"FAILED: {outcome.backup} cannot be restored: {outcome.failure}", to=errors, style="red")
        if outcome.fix:
            say(outcome.fix, to=errors)
    else:
        say(f"PASSED: {outcome.backup} can be restored.")


def list_backups(to: To = None, as_json: AsJson = False) -> None:
    """List the backups of a place, newest first."""
    settings = settings_for_command(required=())
    found = _place(settings, to).listing()
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


def _place(settings: Settings, to: str | None) -> Place:
    location = to or settings.backups.to
    if not location:
        raise InputError(
            "Where backups are is not said.",
            fix="Give --to FOLDER or --to gs://BUCKET, or set BACKUP_BUCKET.",
        )
    return keeping.open_place(location, home=settings.home)


def _find(settings: Settings, to: str | None, backup: str, *, latest: str | None = None) -> tuple[Place, str]:
    """The place and the name of a backup that is named in any way; `latest` is what that means, if it is not
    the newest one."""
    location, _, name = backup.rstrip("/").rpartition("/")
    place = _place(settings, location or to)
    return place, latest if latest and name == "latest" else keeping.find(place, name)


def _tell(text: str) -> None:
    say(text, to=errors)
