"""What commands print: tables for people, JSON for scripts, errors in one line each."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from askdocs.config import REQUIRED, Settings, check, read
from askdocs.errors import (
    AskdocsError,
    Conflict,
    Forbidden,
    InputError,
    NotFound,
    Unauthorized,
    Unavailable,
)
from askdocs.observability.logging import configure_logging

T = TypeVar("T")

SiteName = Annotated[
    str, typer.Option("--site", metavar="NAME", help="The site, by name.", show_default=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

Expires = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day, in UTC, when it ends; default: never."),
]

_STOPS = (signal.SIGINT, signal.SIGTERM)

_WIDEST = 48
"""Columns are aligned up to this width; a longer cell pushes the rest of its line."""

_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Characters that terminals obey: all control characters but line breaks and tabs."""


class Terminal(Console):
    """A console on which docs, file names and answers are only shown, whatever they hold."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(_COMMANDS.sub("", text), **options)


console = Terminal(highlight=False)
errors = Terminal(stderr=True, highlight=False)

_EXIT_CODES: tuple[tuple[type[AskdocsError], int], ...] = (
    (InputError, 2),
    (NotFound, 2),
    (Forbidden, 2),
    (Unauthorized, 2),
    (Conflict, 3),
    (Unavailable, 4),
)


def settings_for_command(*, required: Sequence[str] | None = None) -> Settings:
    """Settings for a command, whose log on stderr says only what is wrong.

    `required` are the keys that it cannot do without in staging and production, by default those of a server.
    """
    settings = read()
    check(settings, required=REQUIRED if required is None else required)
    log_for_command(settings)
    return settings


def log_for_command(settings: Settings) -> None:
    """Log what is wrong only, unless everything is wanted."""
    if settings.least_level != "debug":
        configure_logging(settings.model_copy(update={"log_level": "error"}))
    else:
        configure_logging(settings)


def run(command: Coroutine[Any, Any, T]) -> T:
    """Run a command. Raises `KeyboardInterrupt` when Ctrl-C or SIGTERM stopped it."""
    try:
        return asyncio.run(_stoppable(command))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _stoppable(command: Coroutine[Any, Any, T]) -> T:
    """Cancel the command when a signal asks for that, and once more, to make it hurry, at the second signal.

    asyncio by itself would raise at the second, in whatever runs then: that may be what gives a lease back.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    # A background job of a shell ignores SIGINT, and is to go on doing so.
    before = {one: found for one in _STOPS if (found := signal.getsignal(one)) != signal.SIG_IGN}
    signals = 0

    def stop() -> None:
        nonlocal signals
        signals += 1
        if task is not None:
            task.cancel()
        if signals == 2:
            leave_alone()

    def leave_alone() -> None:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    for number in before:
        loop.add_signal_handler(number, stop)
    try:
        return await command
    finally:
        leave_alone()


def say(text: str, *, to: Console = console, style: str | None = None) -> None:
    """Print a sentence: a terminal gets it wrapped between words, a file or a pipe as one line."""
    to.print(text, style=style, markup=False, soft_wrap=not to.is_terminal)


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns, one line for each row, nothing cut: a narrow terminal wraps, and grep finds."""
    lines = [head, *rows]
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        console.print("  ".join(cells).rstrip(), markup=False, soft_wrap=True)


def shown(when: datetime) -> str:
    """A moment as people read it. Tables name the zone in their head."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def shown_end(expires_at: datetime | None) -> str:
    """When a key ends, for a table."""
    if expires_at is None:
        return "never"
    return f"{shown(expires_at)}{' (over)' if expires_at <= datetime.now(UTC) else ''}"


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + os.linesep)


def fail(error: AskdocsError) -> int:
    """Print an error and what to do about it; the exit code it stands for."""
    say(f"askdocs: {error}", to=errors, style="red")
    if error.fix:
        say(error.fix, to=errors)
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)
