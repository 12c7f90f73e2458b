"""The command that says what is running."""

from __future__ import annotations

import typer

from askdocs.cli.output import AsJson, print_json, print_table, run, settings_for_command
from askdocs.config import Settings
from askdocs.control.release import Release, describe
from askdocs.runtime import open_runtime


def register(app: typer.Typer) -> None:
    app.command(name="release", epilog="Example: askdocs release --json")(show_release)


def show_release(as_json: AsJson = False) -> None:
    """Print what is running: version, image, prompt, configuration, tables, and each site's live revision."""
    found = run(_release(settings_for_command()))
    fields = found.model_dump(mode="json")
    if as_json:
        print_json(fields)
        return
    live = fields.pop("sites")
    print_table(("What", "Is"), fields.items())
    print_table(
        ("Site", "Key", "Live revision", "Published (UTC)"),
        (
            (name, site["key"], str(site["revision"] or "-"), site["published_at"] or "-")
            for name, site in live.items()
        ),
    )


async def _release(settings: Settings) -> Release:
    async with open_runtime(settings) as rt:
        return await describe(rt)
