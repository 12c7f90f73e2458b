"""All commands together, their errors as one line and an exit code."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import structlog
import typer

from askdocs import __version__
from askdocs.cli.output import fail
from askdocs.errors import AskdocsError
from askdocs.observability.logging import log

MODULES = {
    "init": "init",
    "serve": "serve",
    "doctor": "doctor",
    "index": "index",
    "publish": "publish",
    "watch": "index",
    "revisions": "index",
    "rollback": "index",
    "rollback-sites": "index",
    "ask": "ask",
    "search": "ask",
    "unanswered": "ask",
    "eval": "evaluate",
    "explain": "evaluate",
    "pin": "pins",
    "site": "sites",
    "member": "members",
    "key": "keys",
    "publisher": "publishers",
    "audit": "keys",
    "visitor": "visitors",
    "db": "database",
    "config": "configuration",
    "release": "release",
    "backup": "backup",
    "monitoring": "monitoring",
}
"""Of `askdocs.cli`, by the command that each holds, in the order of the help."""


def program(called: str = "") -> typer.Typer:
    """The command with the subcommand that is called, or with all of them: to import all takes a second."""
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
    app.callback()(options)
    app.command()(version)
    if called not in ("version", "--version"):
        for module in dict.fromkeys([MODULES[called]] if called in MODULES else MODULES.values()):
            import_module(f"askdocs.cli.{module}").register(app)
    return app


def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Stand before any command."""


def run() -> int:
    """Run the command that the arguments name; its exit code. Raises `OSError` if printing failed."""
    try:
        program(*sys.argv[1:2])()
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
