"""Commands on the people who administer a site."""

from __future__ import annotations

import sys
from typing import Annotated, cast, get_args

import typer

from askdocs.cli.actor import operator
from askdocs.cli.output import AsJson, console, print_json, print_table, run, say, settings_for_command, shown
from askdocs.config import Settings
from askdocs.control.lookup import find_site
from askdocs.db import members as listed
from askdocs.errors import InputError
from askdocs.passwords import LONGEST, check, generate
from askdocs.runtime import open_runtime
from askdocs.tenancy import members
from askdocs.types import Membership, Role

SiteArgument = Annotated[str, typer.Argument(metavar="SITE", help="The site, by name.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Their e-mail address.")]
RoleOption = Annotated[
    str, typer.Option("--role", metavar="ROLE", help="What they may do: viewer, editor or owner.")
]
Without = Annotated[
    bool,
    typer.Option("--no-password", help="Give them none: they sign in with the OpenID provider's account."),
]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, not make one.")
]


def register(app: typer.Typer) -> None:
    member = typer.Typer(help="People who administer a site.", no_args_is_help=True)
    member.command(epilog="Example: askdocs member add handbook ada@example.com --role editor")(add)
    member.command(name="list", epilog="Example: askdocs member list handbook --json")(list_members)
    member.command(epilog="Example: askdocs member set-role handbook ada@example.com --role owner")(set_role)
    member.command(epilog="Example: askdocs member remove handbook ada@example.com")(remove)
    member.command(epilog="Example: askdocs member reset-password ada@example.com")(reset_password)
    member.command(epilog="Example: askdocs member unlink ada@example.com")(unlink)
    app.add_typer(member, name="member")


def add(
    site: SiteArgument,
    address: Address,
    role: RoleOption,
    password_stdin: FromInput = False,
    no_password: Without = False,
) -> None:
    """Add somebody to a site. Who has no password yet gets one, which is printed this once."""
    wanted = _role(role)
    if password_stdin and no_password:
        raise InputError("A password was given, and none is wanted.", fix="Leave one of the two options out.")
    given = _given() if password_stdin else ""
    made = run(_add(settings_for_command(), site, address, wanted, given, no_password=no_password))
    if made:
        _tell(made, given)
    kept = "" if made or no_password else ", with the password that they have"
    say(f"{address} is {wanted} of {site}{kept}.")


def list_members(site: SiteArgument, as_json: AsJson = False) -> None:
    """List a site's members with their roles."""
    found = run(_all(settings_for_command(), site))
    if as_json:
        print_json([_fields(member) for member in found])
        return
    print_table(
        ("Address", "Role", "Since (UTC)"),
        ((member.address, member.role, shown(member.added_at)) for member in found),
    )


def set_role(site: SiteArgument, address: Address, role: RoleOption) -> None:
    """Give a member another role. It takes effect at once."""
    changed = run(_set_role(settings_for_command(), site, address, _role(role)))
    say(f"{changed.address} is {changed.role} of {site}.")


def remove(site: SiteArgument, address: Address) -> None:
    """Take a member out of a site. They may do nothing there from now on."""
    run(_remove(settings_for_command(), site, address))
    say(f"Removed {address} from {site}.")


def reset_password(address: Address, password_stdin: FromInput = False) -> None:
    """Give a member another password, printed this once, and sign them out everywhere."""
    given = _given() if password_stdin else ""
    password = given or generate()
    run(_set_password(settings_for_command(), address, password))
    _tell(password, given)
    say(f"{address} is signed out everywhere.")


def unlink(address: Address) -> None:
    """Forget a member's accounts at OpenID providers, and sign them out everywhere."""
    issuers = run(_unlink(settings_for_command(), address))
    say(f"{address} had {', '.join(issuers) or 'no account'} linked, and is signed out everywhere.")


async def _add(
    settings: Settings, site: str, address: str, role: Role, given: str, *, no_password: bool
) -> str:
    """The password that they got, if any."""
    async with open_runtime(settings) as rt:
        found = await find_site(rt, site)
        is_given_one = not no_password and not await members.has_password(rt, address)
        password = given or generate() if is_given_one else ""
        if given and not password:
            raise InputError(
                f"{address} has a password already.", fix="Leave --password-stdin out, or use reset-password."
            )
        await members.put(rt, found, address=address, role=role, actor=operator())
        if password:
            await members.set_password(rt, address, password, actor=operator())
        return password


async def _all(settings: Settings, site: str) -> list[Membership]:
    async with open_runtime(settings) as rt:
        return await rt.db.run(listed.listing, (await find_site(rt, site)).id)


async def _set_role(settings: Settings, site: str, address: str, role: Role) -> Membership:
    async with open_runtime(settings) as rt:
        found = await find_site(rt, site)
        return await members.set_role(rt, found, address=address, role=role, actor=operator())


async def _remove(settings: Settings, site: str, address: str) -> None:
    async with open_runtime(settings) as rt:
        await members.remove(rt, await find_site(rt, site), address=address, actor=operator())


async def _set_password(settings: Settings, address: str, password: str) -> None:
    async with open_runtime(settings) as rt:
        await members.set_password(rt, address, password, actor=operator())


async def _unlink(settings: Settings, address: str) -> list[str]:
    async with open_runtime(settings) as rt:
        return await members.unlink(rt, address, actor=operator())


def _role(given: str) -> Role:
    if given not in get_args(Role):
        raise InputError(f"There is no role {given}.", fix=f"There are: {', '.join(get_args(Role))}.")
    return cast("Role", given)


def _given() -> str:
    """A line of standard input."""
    line = sys.stdin.readline(2 * LONGEST).rstrip("\r\n")
    if not line:
        raise InputError("There is no password on standard input.", fix="Pipe one line into the command.")
    check(line)
    return line


def _tell(password: str, given: str) -> None:
    if given:
        return
    console.print(password, markup=False, soft_wrap=True)
    say("It is not shown again. Hand it over where nobody else reads it.")


def _fields(member: Membership) -> dict[str, object]:
    return {"address": member.address, "role": member.role, "added_at": member.added_at.isoformat()}
