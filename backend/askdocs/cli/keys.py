"""Commands on the keys with which programs administer a site, and on what was done to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, cast, get_args

import typer

from askdocs.cli.actor import operator
from askdocs.cli.output import (
    AsJson,
    Expires,
    console,
    print_json,
    print_table,
    run,
    say,
    settings_for_command,
    shown,
    shown_end,
)
from askdocs.config import Settings
from askdocs.control.lookup import find_site
from askdocs.db import api_keys as listed
from askdocs.db import audit as log
from askdocs.errors import InputError
from askdocs.runtime import open_runtime
from askdocs.tenancy import api_keys
from askdocs.types import ApiKey, AuditEntry, Permission

SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="The site, by name.")]


def register(app: typer.Typer) -> None:
    key = typer.Typer(help="Keys with which programs administer a site.", no_args_is_help=True)
    key.command(epilog='Example: askdocs key create handbook --name "GitHub Actions" --may publish')(create)
    key.command(name="list", epilog="Example: askdocs key list handbook --json")(list_keys)
    key.command(epilog="Example: askdocs key revoke handbook 3f2c…")(revoke)
    app.add_typer(key, name="key")
    app.command(epilog="Example: askdocs audit handbook --limit 20")(audit)


def create(
    site: SiteArgument,
    name: Annotated[str, typer.Option(metavar="NAME", help="What the key is for.")],
    may: Annotated[
        list[str],
        typer.Option(
            metavar="PERMISSION",
            help="What it may do: read, publish, edit or manage; may be repeated.",
        ),
    ] = ["publish"],  # noqa: B006  typer copies it
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Make a key for a program and print it, this once."""
    name = name.strip()
    if not 0 < len(name) <= 100:
        raise InputError("The name of a key has 1 to 100 characters.", fix="Say what it is for: --name CI")
    if unknown := set(may) - set(get_args(Permission)):
        known = ", ".join(get_args(Permission))
        raise InputError(f"There is no permission {', '.join(sorted(unknown))}.", fix=f"There are: {known}.")
    permissions = frozenset(cast("list[Permission]", may))
    until = expires and expires.replace(tzinfo=UTC)
    key, secret = run(_create(settings_for_command(), site, name, permissions, until))
    if as_json:
        print_json({**_fields(key), "key": secret})
        return
    console.print(secret, markup=False, soft_wrap=True)
    say("It is not shown again. Whoever has it may do what it may; keep it where your CI keeps secrets.")


def list_keys(site: SiteArgument, as_json: AsJson = False) -> None:
    """List a site's keys with what they may do. The keys themselves are not known."""
    found = run(_all(settings_for_command(), site))
    if as_json:
        print_json([_fields(key) for key in found])
        return
    rows = (
        (
            key.id,
            key.name,
            f"{key.hint}…",
            ", ".join(sorted(key.permissions)),
            _used(key),
            shown_end(key.expires_at),
        )
        for key in found
    )
    print_table(("Id", "Name", "Key", "May", "Last used (UTC)", "Ends (UTC)"), rows)


def revoke(site: SiteArgument, key: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Take a key back. It is good for nothing at once."""
    run(_revoke(settings_for_command(), site, key))
    say(f"Revoked {key}.")


def audit(
    site: SiteArgument,
    limit: Annotated[int, typer.Option(min=1, help="How many acts, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what was done to a site, and by whom."""
    found = run(_audit(settings_for_command(), site, limit))
    if as_json:
        print_json([_entry(entry) for entry in found])
        return
    print_table(
        ("When (UTC)", "Who", "Did", "To"),
        (
            (shown(entry.at), f"{entry.actor.kind} {entry.actor.name}", entry.action, entry.subject)
            for entry in found
        ),
    )


async def _create(
    settings: Settings, site: str, name: str, may: frozenset[Permission], until: datetime | None
) -> tuple[ApiKey, str]:
    async with open_runtime(settings) as rt:
        found = await find_site(rt, site)
        return await api_keys.create(
            rt, found, name=name, permissions=may, actor=operator(), expires_at=until
        )


async def _all(settings: Settings, site: str) -> list[ApiKey]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(listed.listing, (await find_site(rt, site)).id)


async def _revoke(settings: Settings, site: str, key_id: str) -> None:
    async with open_runtime(settings) as rt:
        await api_keys.revoke(rt, await find_site(rt, site), key_id=key_id, actor=operator())


async def _audit(settings: Settings, site: str, limit: int) -> list[AuditEntry]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(log.listing, (await find_site(rt, site)).id, limit=limit)


def _used(key: ApiKey) -> str:
    return shown(key.used_at) if key.used_at else "never"


def _fields(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "permissions": sorted(key.permissions),
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at and key.expires_at.isoformat(),
        "used_at": key.used_at and key.used_at.isoformat(),
    }


def _entry(entry: AuditEntry) -> dict[str, object]:
    return {
        "at": entry.at.isoformat(),
        "actor": {"kind": entry.actor.kind, "id": entry.actor.id, "name": entry.actor.name},
        "action": entry.action,
        "subject": entry.subject,
        "detail": dict(entry.detail),
    }
