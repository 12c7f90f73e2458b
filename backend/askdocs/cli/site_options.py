"""Commands on what a site has otherwise than the others."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from askdocs.cli.actor import operator
from askdocs.cli.output import AsJson, print_json, print_table, run, say, settings_for_command
from askdocs.config import Settings, SiteOptions
from askdocs.control.lookup import find_site
from askdocs.errors import InputError
from askdocs.runtime import open_runtime
from askdocs.tenancy import sites

SiteArgument = Annotated[str, typer.Argument(metavar="NAME", help="The site, by name.")]


def register(site: typer.Typer) -> None:
    site.command(epilog="Example: askdocs site show handbook")(show)
    site.command(name="set", epilog="Example: askdocs site set handbook budget_per_day=5 access=members")(
        set_options
    )
    site.command(epilog="Example: askdocs site unset handbook budget_per_day")(unset)


def show(name: SiteArgument, as_json: AsJson = False) -> None:
    """Show the options of a site, and where each of them is from."""
    found = run(_options(settings_for_command(), name))
    if as_json:
        print_json({option: {"value": value, "from": source} for option, value, source in found})
        return
    rows = ((option, "" if value is None else str(value), source) for option, value, source in found)
    print_table(("Option", "Value", "From"), rows)


def set_options(
    name: SiteArgument,
    options: Annotated[list[str], typer.Argument(metavar="OPTION=VALUE", help="A list is written as JSON.")],
) -> None:
    """Set options of a site, in the place of what is configured. It takes effect within seconds."""
    given = dict(_read(option) for option in options)
    run(_set(settings_for_command(), name, given))
    say(f"Set {', '.join(given)}.")


def unset(name: SiteArgument, options: Annotated[list[str], typer.Argument(metavar="OPTION")]) -> None:
    """Let options of a site be what is configured again, or what they are by default."""
    run(_set(settings_for_command(), name, dict.fromkeys(options)))
    say(f"Unset {', '.join(options)}.")


def _read(option: str) -> tuple[str, Any]:
    name, separator, text = option.partition("=")
    if not separator:
        raise InputError(f"{option} has no value.", fix=f"Write {name}=VALUE.")
    if not text.startswith(("[", "{")):
        return name, text
    try:
        return name, json.loads(text)
    except ValueError:
        raise InputError(f"{name}: {text} is no JSON.", fix='Write a list like ["one", "two"].') from None


async def _options(settings: Settings, name: str) -> list[tuple[str, Any, str]]:
    """Name, value and origin of each."""
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        configured = settings.site(name)
        written = configured.model_fields_set if configured else set()
        values = rt.options(site).model_dump(mode="json", include=set(SiteOptions.model_fields))
    return [
        (
            option,
            values[option],
            "the site" if option in site.options else "configuration" if option in written else "default",
        )
        for option in SiteOptions.model_fields
    ]


async def _set(settings: Settings, name: str, given: dict[str, Any]) -> None:
    async with open_runtime(settings) as rt:
        await sites.set_options(rt, await find_site(rt, name), given, actor=operator())
