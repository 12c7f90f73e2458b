"""Commands on sites: who may ask what, and what each has otherwise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from askdocs.cli import site_options, user_keys
from askdocs.cli.actor import operator
from askdocs.cli.output import AsJson, console, print_json, print_table, run, say, settings_for_command
from askdocs.config import Settings
from askdocs.control.lookup import find_site
from askdocs.control.remote import connect, last
from askdocs.db import sites as listed
from askdocs.errors import InputError
from askdocs.runtime import open_runtime
from askdocs.tenancy import origins, sites
from askdocs.types import Site

SiteArgument = Annotated[str, typer.Argument(metavar="NAME", help="The site, by name.")]
NewSite = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A name for the site: letters, digits, dots, hyphens, underscores."),
]

Origins = Annotated[
    list[str],
    typer.Option(
        metavar="URL",
        help="Web origin whose pages may ask, such as https://docs.example.com, or https://*.example.com for "
        "each host of one label; may be repeated.",
    ),
]


def register(app: typer.Typer) -> None:
    site = typer.Typer(help="Sites: who may ask what.", no_args_is_help=True)
    site.command(epilog="Example: askdocs site add handbook --origin https://docs.example.com")(add)
    site.command(name="list", epilog="Example: askdocs site list --json")(list_sites)
    site_options.register(site)
    site.command(epilog="Example: askdocs site rotate-key handbook --overlap 48")(rotate_key)
    site.command(epilog="Example: askdocs site set-origins handbook --origin https://new.example.com")(
        set_origins
    )
    site.command(epilog="Example: askdocs site disable handbook")(disable)
    site.command(epilog="Example: askdocs site enable handbook")(enable)
    site.command(epilog="Example: askdocs site export handbook > handbook.jsonl")(export)
    site.command(epilog="Example: askdocs site delete handbook --yes")(delete)
    user_keys.register(site)
    app.add_typer(site, name="site")


def add(
    name: NewSite,
    origin: Origins,
    as_json: AsJson = False,
) -> None:
    """Add a site, and print its public key and what puts the chat into its pages."""
    settings = settings_for_command()
    site = run(_add(settings, name, [origins.read(value, settings) for value in origin]))
    _print_site(site, as_json)
    if not as_json:
        say("The pages of the site need its key. In a Docusaurus site, in docusaurus.config.js:")
        console.print("  plugins: [['docusaurus-plugin-askdocs', {", markup=False)
        console.print(f"    siteKey: '{site.key}', api: 'https://ASKDOCS' }}]],", markup=False)
        say("In any other page, where https://ASKDOCS is the address of this server:")
        console.print(
            f'  <script async src="https://ASKDOCS/widget/askdocs.js" data-site-key="{site.key}"></script>',
            markup=False,
            soft_wrap=True,
        )


def list_sites(as_json: AsJson = False) -> None:
    """List the sites with their keys and origins."""
    found = run(_all(settings_for_command()))
    if as_json:
        print_json([_fields(site) for site in found])
        return
    print_table(
        ("Name", "Key", "Origins", ""),
        ((site.name, site.key, ", ".join(site.origins), "disabled" * site.is_disabled) for site in found),
    )


def rotate_key(
    name: SiteArgument,
    overlap: Annotated[
        int, typer.Option(min=0, metavar="HOURS", help="How long the old key stays good, in hours.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Give a site a new key. The old one stops working within seconds, or after the overlap."""
    _print_site(run(_rotate(settings_for_command(), name, timedelta(hours=overlap))), as_json)


def set_origins(name: SiteArgument, origin: Origins, as_json: AsJson = False) -> None:
    """Replace the origins whose pages may ask a site. It takes effect within seconds."""
    settings = settings_for_command()
    read = [origins.read(value, settings) for value in origin]
    _print_site(run(_set_origins(settings, name, read)), as_json)


def disable(name: SiteArgument) -> None:
    """Have a site answer nobody, within seconds. Nothing of it is lost."""
    run(_switch(settings_for_command(), name, on=False))
    say(f"{name} is disabled. `askdocs site enable {name}` has it answer again.")


def enable(name: SiteArgument) -> None:
    """Have a disabled site answer again, within seconds."""
    run(_switch(settings_for_command(), name, on=True))
    say(f"{name} answers.")


def export(
    name: SiteArgument,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; default: standard output.")
    ] = None,
) -> None:
    """Write all that is kept of a site, as lines of JSON: options, pinned answers, conversations, votes.

    Its docs are left out, which can be published anew, and so is whatever lets somebody in.
    """
    with (to or Path("/dev/stdout")).open("w", encoding="utf-8") as file:
        run(_export(settings_for_command(), name, file.write))


def delete(
    name: SiteArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Delete a site with everything of it: docs, conversations, votes, pinned answers, keys."""
    settings = settings_for_command()
    if not yes and typer.prompt(f"This cannot be undone. Type {name} to delete it", err=True) != name:
        raise InputError("That is another name.", fix="Nothing was deleted.")
    if run(_delete(settings, name)):
        say(f"{name} is deleted. Backups hold it until they are deleted, too.")
    else:
        say(f"{name} is deleted. A publish was under way: the server erases what it still wrote.")


async def _add(settings: Settings, name: str, allowed: list[str]) -> Site:
    async with open_runtime(settings) as rt:
        return await sites.add(rt, name, origins=allowed, actor=operator())


async def _all(settings: Settings) -> list[Site]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(listed.all_sites)


async def _rotate(settings: Settings, name: str, overlap: timedelta) -> Site:
    async with open_runtime(settings) as rt:
        return await sites.rotate_key(rt, await find_site(rt, name), overlap=overlap, actor=operator())


async def _set_origins(settings: Settings, name: str, allowed: list[str]) -> Site:
    async with open_runtime(settings) as rt:
        return await sites.set_origins(rt, await find_site(rt, name), allowed, actor=operator())


async def _switch(settings: Settings, name: str, *, on: bool) -> Site:
    async with open_runtime(settings) as rt:
        change = sites.enable if on else sites.disable
        return await change(rt, await find_site(rt, name), actor=operator())


async def _export(settings: Settings, name: str, write: Callable[[str], object]) -> None:
    async with open_runtime(settings) as rt, aclosing(sites.export(rt, await find_site(rt, name))) as lines:
        async for line in lines:
            write(f"{line}\n")


async def _delete(settings: Settings, name: str) -> bool:
    async with connect(settings) as there:
        result = await last(there("delete_site", site=name, operator=operator().name))
    return bool(result["is_whole"])


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
        "options": dict(site.options),
        "is_disabled": site.is_disabled,
    }
