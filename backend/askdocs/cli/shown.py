"""How commands show a publish: a bar for each phase while it lasts, then what it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from askdocs.cli.output import errors, say
from askdocs.index.progress import Progress, Report

_MARKS = {"added": "+", "changed": "~", "removed": "-"}

_PHASES = {
    "wait": "Waiting",
    "read": "Reading",
    "send": "Sending",
    "embed": "Embedding",
    "verify": "Verifying",
}


@contextmanager
def progress(*, quiet: bool) -> Iterator[Report]:
    """Takes how far a publish has come, and shows it on a terminal unless it is to be quiet."""
    bars = Bars(
        TextColumn("{task.description:10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        disable=quiet or not errors.is_terminal,
    )
    tasks: dict[str, TaskID] = {}

    def show(step: Progress) -> None:
        if step.phase not in tasks:
            tasks[step.phase] = bars.add_task(_PHASES.get(step.phase, step.phase))
        bars.update(tasks[step.phase], completed=step.done, total=step.total)

    with bars:
        yield show


def print_summary(summary: dict[str, Any]) -> None:
    for problem in summary["problems"]:
        say(f"  {problem}", to=errors, style="yellow")
    if summary["took_over"]:
        say(f"Took over from {summary['took_over']}.", to=errors, style="yellow")
    pages = ", ".join(f"{summary[kind]} {kind}" for kind in ("added", "changed", "removed", "unchanged"))
    if summary["dry_run"]:
        for kind, mark in _MARKS.items():
            for path in summary["paths"][kind]:
                say(f"{mark} {path}")
        say(f"Nothing was published: this was a dry run. Pages: {pages}. {summary['seconds']:.1f} s.")
    elif not summary["published"]:
        say(f"Nothing changed: revision {summary['revision']} stays live.")
    else:
        say(
            f"Revision {summary['revision']} is live. Pages: {pages}. "
            f"Chunks written: {summary['chunks']}; embeddings: {summary['embedded']} computed, "
            f"{summary['reused']} reused. {summary['seconds']:.1f} s."
        )
