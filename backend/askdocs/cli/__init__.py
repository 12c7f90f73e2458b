"""The `askdocs` command: each command here or beside, its errors as one line and an exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from askdocs import __version__
from askdocs.cli import admin, ask, index, serve
from askdocs.cli.output import fail
from askdocs.errors import AskdocsError

app = typer.Typer(
    name="askdocs",
    help="Answers readers' questions inside a documentation site.\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong input, 3 refused by the state of things (a publish under way, "
    "a suspicious source), 4 something needed is unavailable, 130 stopped.",
    epilog="Start with: askdocs index ./build --site docs, then askdocs serve",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for module in (serve, index, ask, admin):
    module.register(app)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Stand before any command."""


def main() -> None:
    try:
        app()
    except AskdocsError as error:
        sys.exit(fail(error))
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
