"""Commands for who watches: the alert rules."""

from __future__ import annotations

from typing import Annotated

import typer

from askdocs.config import read
from askdocs.observability import alerts

_DOCS = "http://127.0.0.1:8000/docs"
"""Where `make run` serves them."""


def register(app: typer.Typer) -> None:
    monitoring = typer.Typer(help="What Prometheus needs.", no_args_is_help=True)
    monitoring.command(
        epilog="Example: askdocs monitoring rules --env production --docs https://help.example.com/docs"
    )(rules)
    app.add_typer(monitoring, name="monitoring")


def rules(
    env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Environment whose thresholds count; default: ASKDOCS_ENV."),
    ] = None,
    docs: Annotated[
        str, typer.Option(metavar="URL", help="Address of Askdocs' own docs, to whose runbook alerts link.")
    ] = _DOCS,
) -> None:
    """Print the alert rules for Prometheus, made of `alert_thresholds`."""
    typer.echo(alerts.rules(read(env), docs=docs), nl=False)
