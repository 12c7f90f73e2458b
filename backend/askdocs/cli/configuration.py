"""Commands on the configuration."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from askdocs.cli.output import AsJson, console, print_json, print_table
from askdocs.config import check, differences, effective, read
from askdocs.errors import Conflict


def register(app: typer.Typer) -> None:
    config = typer.Typer(help="The configuration.", no_args_is_help=True)
    config.command(name="show", epilog="Example: ASKDOCS_ENV=production askdocs config show")(show)
    config.command(epilog="Example: askdocs config compare staging production")(compare)
    app.add_typer(config, name="config")


def show(as_json: AsJson = False) -> None:
    """Print every setting with its value and where that comes from. Secrets are masked.

    If something that is needed is missing, that is said last, and the exit code is 2.
    """
    settings = read()
    found = effective(settings)
    if as_json:
        print_json([{"key": one.key, "value": one.value, "source": one.source} for one in found])
    else:
        print_table(("Key", "Value", "From"), ((one.key, _value(one.value), one.source) for one in found))
    check(settings)


def compare(
    one: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="As ASKDOCS_ENV names it.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The one to compare it with.")],
    allow: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A key that may differ; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the settings that differ between two environments. Exit code 3 if answers depend on one."""
    found = differences.between(read(one), read(other), allow=allow or ())
    wrong = [difference.key for difference in found if not difference.allowed]
    if as_json:
        print_json([asdict(difference) for difference in found])
    elif found:
        print_table(
            ("Key", one, other, "May differ"),
            (
                (difference.key, *map(_value, difference.values), "yes" if difference.allowed else "no")
                for difference in found
            ),
        )
    else:
        console.print("They agree.")
    if wrong:
        raise Conflict(
            f"Answers depend on what differs: {', '.join(wrong)}.",
            fix=f"Make them agree, or say that it is meant: --allow {wrong[0]}",
        )


def _value(value: object) -> str:
    """As a configuration file would have it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
