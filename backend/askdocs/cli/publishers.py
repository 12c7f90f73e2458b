"""Commands on the CI jobs that may publish a site without a key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from askdocs.cli.actor import operator
from askdocs.cli.output import AsJson, print_json, print_table, run, say, settings_for_command, shown
from askdocs.config import Settings
from askdocs.control.lookup import find_site
from askdocs.db import publishers as listed
from askdocs.runtime import open_runtime
from askdocs.tenancy import publishers
from askdocs.types import Provider, Publisher

SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="The site, by name.")]


def register(app: typer.Typer) -> None:
    publisher = typer.Typer(help="CI jobs that may publish a site without a key.", no_args_is_help=True)
    publisher.command(
        epilog="Example: askdocs publisher add handbook --repository acme/handbook --branch main"
    )(add)
    publisher.command(name="list", epilog="Example: askdocs publisher list handbook --json")(list_publishers)
    publisher.command(epilog="Example: askdocs publisher remove handbook 3f2c…")(remove)
    app.add_typer(publisher, name="publisher")


def add(
    site: SiteArgument,
    repository: Annotated[str, typer.Option(metavar="OWNER/NAME", help="Whose jobs publish.")],
    branch: Annotated[str, typer.Option(metavar="BRANCH", help="On which they run.")] = "main",
    environment: Annotated[
        str, typer.Option(metavar="NAME", help="The deployment environment that they must be of.")
    ] = "",
    provider: Annotated[Provider, typer.Option(help="Who runs them.")] = "github",
    issuer: Annotated[
        str,
        typer.Option(metavar="URL", help="Who signs their tokens, where you host the provider yourself."),
    ] = "",
    repository_id: Annotated[
        str, typer.Option(metavar="NUMBER", help="The provider's number of it; default: the first job's.")
    ] = "",
    owner_id: Annotated[str, typer.Option(metavar="NUMBER", help="That of its owner, likewise.")] = "",
    as_json: AsJson = False,
) -> None:
    """Let the jobs of a repository publish a site with a token of their provider, and do nothing else."""
    wanted: dict[str, Any] = {
        "repository": repository,
        "branch": branch,
        "environment": environment,
        "provider": provider,
        "issuer": issuer,
        "repository_id": repository_id,
        "owner_id": owner_id,
    }
    added = run(_add(settings_for_command(), site, wanted))
    if as_json:
        print_json(_fields(added))
        return
    say(f"Jobs of {added.repository} on {added.branch} may publish {site}.")


def list_publishers(site: SiteArgument, as_json: AsJson = False) -> None:
    """List whose jobs may publish a site."""
    found = run(_all(settings_for_command(), site))
    if as_json:
        print_json([_fields(one) for one in found])
        return
    print_table(
        ("Id", "Who", "Environment", "Repository id", "Last used (UTC)"),
        (
            (
                one.id,
                one.name,
                one.environment or "any",
                one.repository_id or "the first job's",
                shown(one.used_at) if one.used_at else "never",
            )
            for one in found
        ),
    )


def remove(site: SiteArgument, publisher: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Let the jobs of a repository publish no more. It takes effect at once."""
    removed = run(_remove(settings_for_command(), site, publisher))
    say(f"Removed {removed.name} from {site}.")


async def _add(settings: Settings, site: str, wanted: dict[str, Any]) -> Publisher:
    async with open_runtime(settings) as rt:
        return await publishers.add(rt, await find_site(rt, site), actor=operator(), **wanted)


async def _all(settings: Settings, site: str) -> list[Publisher]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(listed.listing, (await find_site(rt, site)).id)


async def _remove(settings: Settings, site: str, publisher_id: str) -> Publisher:
    async with open_runtime(settings) as rt:
        found = await find_site(rt, site)
        return await publishers.remove(rt, found, publisher_id=publisher_id, actor=operator())


def _fields(publisher: Publisher) -> dict[str, object]:
    return {name: value for name, value in asdict(publisher).items() if name != "site_id"}
