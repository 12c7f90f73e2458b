"""Commands for operators: sites, database, configuration."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import asdict
from typing import Annotated
from urllib.parse import urlsplit

import typer

from askdocs.cli.output import AsJson, console, print_json, print_table, run, settings_for_command
from askdocs.config import Settings, check, differences, effective, read
from askdocs.control import operations, release
from askdocs.db import sites
from askdocs.errors import Conflict, InputError
from askdocs.runtime import open_database, open_runtime
from askdocs.types import Site

SiteArgument = Annotated[str, typer.Argument(metavar="NAME", help="The site, by name.")]
NewSite = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A name for the site: letters, digits, dots, hyphens, underscores."),
]

Origins = Annotated[
    list[str], typer.Option(metavar="URL", help="Web origin whose pages may ask; may be repeated.")
]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def register(app: typer.Typer) -> None:
    site = typer.Typer(help="Sites: who may ask what.", no_args_is_help=True)
    site.command(epilog="Example: askdocs site add handbook --origin https://docs.example.com")(add)
    site.command(name="list", epilog="Example: askdocs site list --json")(list_sites)
    site.command(epilog="Example: askdocs site rotate-key handbook")(rotate_key)
    site.command(epilog="Example: askdocs site set-origins handbook --origin https://new.example.com")(
        set_origins
    )
    database = typer.Typer(help="The database.", no_args_is_help=True)
    database.command(name="upgrade", epilog="Example: DATABASE_URL=postgresql://… askdocs db upgrade")(
        upgrade
    )
    config = typer.Typer(help="The configuration.", no_args_is_help=True)
    config.command(name="show", epilog="Example: ASKDOCS_ENV=production askdocs config show")(show)
    config.command(epilog="Example: askdocs config compare staging production")(compare)
    app.add_typer(site, name="site")
    app.add_typer(database, name="db")
    app.add_typer(config, name="config")
    app.command(name="release", epilog="Example: askdocs release --json")(show_release)


def add(
    name: NewSite,
    origin: Origins,
    as_json: AsJson = False,
) -> None:
    """Add a site and print its public key."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a site.",
            fix="Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit.",
        )
    _print_site(run(_add(settings_for_command(), name, [_origin(value) for value in origin])), as_json)


def list_sites(as_json: AsJson = False) -> None:
    """List the sites with their keys and origins."""
    found = run(_all(settings_for_command()))
    if as_json:
        print_json([_fields(site) for site in found])
        return
    print_table(
        ("Name", "Key", "Origins"), ((site.name, site.key, ", ".join(site.origins)) for site in found)
    )


def rotate_key(name: SiteArgument, as_json: AsJson = False) -> None:
    """Give a site a new key. The old one stops working within seconds."""
    _print_site(run(_rotate(settings_for_command(), name)), as_json)


def set_origins(name: SiteArgument, origin: Origins, as_json: AsJson = False) -> None:
    """Replace the origins whose pages may ask a site. It takes effect within seconds."""
    origins = [_origin(value) for value in origin]
    _print_site(run(_set_origins(settings_for_command(), name, origins)), as_json)


def upgrade() -> None:
    """Bring the database's tables up to date. Safe to run again."""
    before, now = run(_upgrade(settings_for_command(required=("database_url",))))
    if before == now:
        console.print(f"The database is up to date, at {now}.")
    else:
        console.print(f"The database was upgraded from {before or 'nothing'} to {now}.")


def show(as_json: AsJson = False) -> None:
    """Print every setting with its value and where that comes from. Secrets are masked.

    If something that is needed is missing, that is said last, and the exit code is 2.
    """
    settings = read()
    found = effective(settings)
    if as_json:
        print_json([{"key": one.key, "value": one.value, "source": one.source} for one in found])
    else:
        print_table(("Key", "Value", "From"), ((one.key, _value(one.value), one.source) for one in found))
    check(settings)


def compare(
    one: Annotated[str, typer.Argument(metavar="ENVIRONMENT", help="As ASKDOCS_ENV names it.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The one to compare it with.")],
    allow: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="A key that may differ; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the settings that differ between two environments. Exit code 3 if answers depend on one."""
    found = differences.between(read(one), read(other), allow=allow or ())
    wrong = [difference.key for difference in found if not difference.allowed]
    if as_json:
        print_json([asdict(difference) for difference in found])
    elif found:
        print_table(
            ("Key", one, other, "May differ"),
            (
                (difference.key, *map(_value, difference.values), "yes" if difference.allowed else "no")
                for difference in found
            ),
        )
    else:
        console.print("They agree.")
    if wrong:
        raise Conflict(
            f"Answers depend on what differs: {', '.join(wrong)}.",
            fix=f"Make them agree, or say that it is meant: --allow {wrong[0]}",
        )


def show_release(as_json: AsJson = False) -> None:
    """Print what is running: version, image, prompt, configuration, tables, and each site's live revision."""
    found = run(_release(settings_for_command()))
    fields = found.model_dump(mode="json")
    if as_json:
        print_json(fields)
        return
    live = fields.pop("sites")
    print_table(("What", "Is"), fields.items())
    print_table(
        ("Site", "Key", "Live revision", "Published (UTC)"),
        (
            (name, site["key"], str(site["revision"] or "-"), site["published_at"] or "-")
            for name, site in live.items()
        ),
    )


def _value(value: object) -> str:
    """As a configuration file would have it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise InputError(f"{value} is not a web origin.", fix="An origin is like https://docs.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


async def _add(settings: Settings, name: str, origins: list[str]) -> Site:
    async with open_runtime(settings) as rt:
        return await rt.db.run(sites.add, name, origins=origins)


async def _all(settings: Settings) -> list[Site]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(sites.all_sites)


async def _rotate(settings: Settings, name: str) -> Site:
    async with open_runtime(settings) as rt:
        site = await operations.find_site(rt, name)
        return await rt.db.run(sites.rotate_key, site.id)


async def _set_origins(settings: Settings, name: str, origins: list[str]) -> Site:
    async with open_runtime(settings) as rt:
        site = await operations.find_site(rt, name)
        return await rt.db.run(sites.set_origins, site.id, origins)


async def _release(settings: Settings) -> release.Release:
    async with open_runtime(settings) as rt:
        return await release.describe(rt)


async def _upgrade(settings: Settings) -> tuple[str | None, str | None]:
    db = open_database(settings)
    try:
        return await asyncio.to_thread(db.upgrade), await asyncio.to_thread(db.current_migration)
    finally:
        db.close()


def _print_site(site: Site, as_json: bool) -> None:
    if as_json:
        print_json(_fields(site))
        return
    console.print(f"{site.name}: {site.key}", markup=False)
    console.print(f"Origins: {', '.join(site.origins)}", markup=False)


def _fields(site: Site) -> dict[str, object]:
    return {
        "name": site.name,
        "key": site.key,
        "origins": list(site.origins),
        "created_at": site.created_at.isoformat(),
    }
