"""Commands on sites: who may ask what."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

import typer

from askdocs.cli import user_keys
from askdocs.cli.output import AsJson, console, print_json, print_table, run, settings_for_command
from askdocs.config import Settings
from askdocs.control.lookup import find_site
from askdocs.db import sites
from askdocs.errors import InputError
from askdocs.runtime import open_runtime
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
    user_keys.register(site)
    app.add_typer(site, name="site")


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
        site = await find_site(rt, name)
        return await rt.db.run(sites.rotate_key, site.id)


async def _set_origins(settings: Settings, name: str, origins: list[str]) -> Site:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        return await rt.db.run(sites.set_origins, site.id, origins)


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
