"""What commands print: tables for people, JSON for scripts, errors in one line each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from askdocs.config import Settings, load
from askdocs.errors import AskdocsError, Conflict, Forbidden, InputError, NotFound, Unavailable
from askdocs.observe import configure_logging

T = TypeVar("T")

SiteName = Annotated[str, typer.Option("--site", help="The site, by name.", show_default=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_EXIT_CODES: tuple[tuple[type[AskdocsError], int], ...] = (
    (InputError, 2),
    (NotFound, 2),
    (Forbidden, 2),
    (Conflict, 3),
    (Unavailable, 4),
)


def settings_for_command() -> Settings:
    """Settings for a command, whose log on stderr says only what is wrong."""
    settings = load()
    quiet = "debug" if settings.log_level == "debug" else "error"
    configure_logging(settings.model_copy(update={"log_level": quiet}))
    return settings


def run(command: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(command)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + os.linesep)


def fail(error: AskdocsError) -> int:
    """Print an error and what to do about it; the exit code it stands for."""
    errors.print(f"askdocs: {error}", style="red", markup=False, soft_wrap=True)
    if error.fix:
        errors.print(error.fix, markup=False, soft_wrap=True)
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)
