"""Commands on the database."""

from __future__ import annotations

import asyncio

import typer

from askdocs.cli.output import console, run, settings_for_command
from askdocs.config import Settings
from askdocs.edges import open_database


def register(app: typer.Typer) -> None:
    database = typer.Typer(help="The database.", no_args_is_help=True)
    database.command(name="upgrade", epilog="Example: DATABASE_URL=postgresql://… askdocs db upgrade")(
        upgrade
    )
    app.add_typer(database, name="db")


def upgrade() -> None:
    """Bring the database's tables up to date. Safe to run again."""
    before, now = run(_upgrade(settings_for_command(required=("database_url",))))
    if before == now:
        console.print(f"The database is up to date, at {now}.")
    else:
        console.print(f"The database was upgraded from {before or 'nothing'} to {now}.")


async def _upgrade(settings: Settings) -> tuple[str | None, str | None]:
    db = open_database(settings)
    try:
        return await asyncio.to_thread(db.upgrade), await asyncio.to_thread(db.current_migration)
    finally:
        db.close()
