"""Commands on the keys of a site with which its host application signs tokens about its users."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

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
from askdocs.db import user_keys
from askdocs.errors import InputError, NotFound
from askdocs.runtime import open_runtime
from askdocs.types import UserKey
from askdocs.user_tokens import read_public_key

SiteArgument = Annotated[str, typer.Argument(metavar="NAME", help="The site, by name.")]

_KID = re.compile(r"[A-Za-z0-9._~:-]{1,64}")


def register(app: typer.Typer) -> None:
    keys = typer.Typer(help="Keys that sign tokens about a site's users.", no_args_is_help=True)
    keys.command(epilog="Example: askdocs site user-keys add docs --public-key users.pem")(add)
    keys.command(name="list", epilog="Example: askdocs site user-keys list docs --json")(list_keys)
    keys.command(epilog="Example: askdocs site user-keys remove docs 2026-11")(remove)
    app.add_typer(keys, name="user-keys")


def add(
    name: SiteArgument,
    public_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="RSA, P-256 or Ed25519, as PEM or JWK; for RS256, ES256 or EdDSA."),
    ] = None,
    shared_secret: Annotated[
        bool, typer.Option("--shared-secret", help="Make a secret for HS256 and print it, this once.")
    ] = False,
    kid: Annotated[
        str, typer.Option(metavar="KID", help="What tokens name a public key by; default: a random name.")
    ] = "",
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Let a site take tokens that are signed with a key, within seconds, beside those of its other keys."""
    if (public_key is None) is not shared_secret:
        raise InputError(
            "A key is either public or a shared secret.", fix="--public-key FILE, or --shared-secret"
        )
    if shared_secret and kid:
        # A secret follows from its kid: one that was removed because it leaked must not come back.
        raise InputError("A shared secret gets a name of its own.", fix="Leave --kid out.")
    if kid and not _KID.fullmatch(kid):
        raise InputError(
            f"{kid!r} cannot be the name of a key.", fix="Use up to 64 letters, digits and any of . _ ~ : -"
        )
    until = expires and expires.replace(tzinfo=UTC)
    given = UserKey(kid or secrets.token_hex(8), "HS256", "", datetime.now(UTC), until)
    if public_key is not None:
        algorithm, pem = read_public_key(_read(public_key))
        given = replace(given, algorithm=algorithm, public_key=pem)
    made, secret = run(_add(settings_for_command(), name, given))
    if as_json:
        print_json({**_fields(made), **({"secret": secret} if secret else {})})
        return
    console.print(f"{made.kid}: {made.algorithm}", markup=False)
    if secret:
        console.print(f"Secret: {secret}", markup=False, soft_wrap=True)
        say("It is not shown again. Give it to the server that signs, as text, and to no browser.")


def list_keys(name: SiteArgument, as_json: AsJson = False) -> None:
    """List a site's keys with their algorithms and ends. Secrets are not shown."""
    found = run(_all(settings_for_command(), name))
    if as_json:
        print_json([_fields(key) for key in found])
        return
    rows = ((key.kid, key.algorithm, shown(key.created_at), shown_end(key.expires_at)) for key in found)
    print_table(("Kid", "Algorithm", "Added (UTC)", "Ends (UTC)"), rows)


def remove(name: SiteArgument, kid: Annotated[str, typer.Argument(metavar="KID")]) -> None:
    """Take no more tokens that are signed with a key. It takes effect within seconds."""
    run(_remove(settings_for_command(), name, kid))
    say(f"Removed {kid}. Tokens that it signed are refused within seconds.")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from error


async def _add(settings: Settings, name: str, key: UserKey) -> tuple[UserKey, str]:
    """The key, and its secret if it is shared."""
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        key = replace(key, created_at=rt.now())
        await rt.db.run(user_keys.add, site.id, key=key)
        return key, "" if key.public_key else rt.user_tokens.secret(site.id, key.kid)


async def _all(settings: Settings, name: str) -> list[UserKey]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(user_keys.listing, (await find_site(rt, name)).id)


async def _remove(settings: Settings, name: str, kid: str) -> None:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        if not await rt.db.run(user_keys.remove, site.id, kid=kid):
            raise NotFound(
                f"{name} has no key {kid}.", fix=f"`askdocs site user-keys list {name}` shows its keys."
            )


def _fields(key: UserKey) -> dict[str, object]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "public_key": key.public_key or None,
        "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at and key.expires_at.isoformat(),
    }
