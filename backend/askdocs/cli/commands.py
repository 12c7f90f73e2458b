"""All commands together, their errors as one line and an exit code."""

from __future__ import annotations

from typing import Annotated

import structlog
import typer

from askdocs import __version__
from askdocs.cli import admin, ask, backup, doctor, evaluate, index, init, monitoring, pins, serve
from askdocs.cli.output import fail
from askdocs.errors import AskdocsError
from askdocs.observability.logging import log

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
for module in (init, serve, doctor, index, ask, evaluate, pins, admin, backup, monitoring):
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


def run() -> int:
    """Run the command that the arguments name; its exit code. Raises `OSError` if printing failed."""
    try:
        app()
    except SystemExit as end:
        # Click takes a closed pipe for a failure.
        if isinstance(end.__context__, BrokenPipeError):
            return 0
        return end.code if isinstance(end.code, int) else 0
    except AskdocsError as error:
        return fail(error)
    except OSError:
        raise
    except Exception as error:
        if structlog.is_configured():  # unless it is, stack traces show every variable, secrets among them
            log.debug("unexpected_error", exc_info=True)
        return fail(
            AskdocsError(
                f"Something went wrong that should not: {type(error).__name__}: {error}",
                fix="ASKDOCS_LOG_LEVEL=debug shows where. Please report it.",
            )
        )
    return 0
