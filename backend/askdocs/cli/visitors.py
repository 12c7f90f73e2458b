"""Commands on what a site stores of one visitor: who asks for it gets it, or has it deleted."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from askdocs.answer import visitors
from askdocs.cli.actor import operator
from askdocs.cli.output import console, run, say, settings_for_command
from askdocs.config import Settings
from askdocs.control.lookup import find_site
from askdocs.db.messages import ChatSessionLog
from askdocs.errors import InputError
from askdocs.runtime import open_runtime

SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="The site, by name.")]
User = Annotated[
    str, typer.Option(metavar="SUB", help="All that a signed user asked, by the `sub` of the user's tokens.")
]
Session = Annotated[str, typer.Option(metavar="ID", help="A conversation, by its id.")]
Answer = Annotated[
    str, typer.Option(metavar="ID", help="A conversation, by the `messageId` of one of its answers.")
]


def register(app: typer.Typer) -> None:
    visitor = typer.Typer(help="What is stored of one visitor of a site.", no_args_is_help=True)
    visitor.command(epilog="Example: askdocs visitor export handbook --user 4711 --output 4711.json")(export)
    visitor.command(epilog="Example: askdocs visitor delete handbook --user 4711")(delete)
    app.add_typer(visitor, name="visitor")


def export(
    site: SiteArgument,
    user: User = "",
    session: Session = "",
    answer: Answer = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there, for this account alone to read.")
    ] = None,
) -> None:
    """Print what a visitor asked and was answered, as JSON."""
    logs = run(_export(settings_for_command(), site, user, session, answer))
    text = json.dumps([asdict(log) for log in logs], ensure_ascii=False, indent=2, default=str)
    if output is None:
        console.print(text, markup=False, soft_wrap=True)
        return
    try:
        output.touch(mode=0o600)
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror}") from error
    say(f"Wrote {len(logs)} conversations to {output}.")


def delete(site: SiteArgument, user: User = "", session: Session = "", answer: Answer = "") -> None:
    """Delete what a visitor asked and was answered, for good. Backups keep it until they go."""
    count = run(_delete(settings_for_command(), site, user, session, answer))
    say(f"Deleted {count} conversations with their feedback. Backups keep them until they go.")


async def _export(
    settings: Settings, name: str, user: str, session: str, answer: str
) -> list[ChatSessionLog]:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        found = await visitors.find(rt, site, user=user, session=session, answer=answer)
        return await visitors.export(rt, site, found, actor=operator())


async def _delete(settings: Settings, name: str, user: str, session: str, answer: str) -> int:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        found = await visitors.find(rt, site, user=user, session=session, answer=answer)
        return await visitors.erase(rt, site, found, actor=operator())
