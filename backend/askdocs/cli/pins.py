"""Commands for docs teams: answers that they reviewed."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from askdocs.cli.output import (
    AsJson,
    SiteName,
    console,
    print_json,
    print_table,
    run,
    say,
    settings_for_command,
)
from askdocs.config import Settings
from askdocs.control import remote
from askdocs.control.lookup import find_site, no_pin
from askdocs.db import pins, sites
from askdocs.db.pins import Pin
from askdocs.errors import InputError
from askdocs.runtime import open_runtime
from askdocs.text import questions

_Pin = Annotated[
    str,
    typer.Argument(
        metavar="PIN", help="Its question, or its id as `askdocs pin list` shows it, or how that begins."
    ),
]
_Answer = Annotated[
    Path,
    typer.Option(
        "--answer", metavar="FILE", help="The answer in Markdown, with marks such as [1]; - is stdin."
    ),
]
_Cited = Annotated[
    list[str],
    typer.Option("--cite", metavar="PATH#ANCHOR", help="The section that [1] cites, then that of [2], …"),
]
_Also = Annotated[
    list[str] | None, typer.Option("--also", metavar="QUESTION", help="Another wording; may be repeated.")
]
_By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who reviewed it.")]


def register(app: typer.Typer) -> None:
    pin = typer.Typer(help="Reviewed answers, pinned to a question.", no_args_is_help=True)
    pin.command(
        epilog='Example: askdocs pin add "How do I pay?" --answer pay.md --cite billing.md#cards --by Ada'
    )(add)
    pin.command(epilog="Example: askdocs pin replace 5f0c --answer pay.md --cite billing.md#cards --by Ada")(
        replace
    )
    pin.command(name="list", epilog="Example: askdocs pin list --json")(list_pins)
    pin.command(epilog="Example: askdocs pin show 5f0c")(show)
    pin.command(epilog="Example: askdocs pin remove 5f0c")(remove)
    app.add_typer(pin, name="pin")


def add(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In quotation marks.")],
    answer: _Answer,
    cite: _Cited,
    by: _By,
    also: _Also = None,
    site: SiteName = "docs",
    version: Annotated[str, typer.Option("--docs-version", help="For this version of the docs only.")] = "",
    locale: Annotated[str, typer.Option(help="For this locale of the docs only.")] = "",
    as_json: AsJson = False,
) -> None:
    """Pin an answer that you reviewed: whoever asks the question gets it, with the day of the review.

    It is given for the question as you word it and in its other wordings, whatever their case, punctuation
    and forms of words. When a section that it cites changes it is suspended until it is reviewed again.
    """
    given = {"site": site, "version": version, "locale": locale, "reviewed_by": by.strip()}
    wordings = [wording.strip() for wording in (question, *(also or ()))]
    if not all(wordings):
        raise InputError("A question is empty.", fix='Write it in quotation marks: askdocs pin add "How …?"')
    made = _pin(questions=wordings, text=_text(answer), cited=_sections(cite), **given)
    if as_json:
        print_json(made)
    else:
        say(f"Pinned as {made['id']}. It is given within seconds.")


def replace(
    pin: _Pin,
    by: _By,
    answer: Annotated[
        Path | None, typer.Option("--answer", metavar="FILE", help="Its new text; default: as it is.")
    ] = None,
    cite: Annotated[
        list[str] | None, typer.Option("--cite", metavar="PATH#ANCHOR", help="Default: the same sections.")
    ] = None,
    also: _Also = None,
    site: SiteName = "docs",
) -> None:
    """Review a pinned answer again, as after a section that it cites has changed."""
    found = run(_find(settings_for_command(), site, pin))
    content = found.content
    cited = _sections(cite) if cite else [(source.path, source.anchor) for source in content.sources]
    _pin(
        site=site,
        questions=list(dict.fromkeys((*content.questions, *(also or ())))),
        text=_text(answer) if answer else content.text,
        cited=cited,
        version=content.version,
        locale=content.locale,
        reviewed_by=by.strip(),
        replacing=found.id,
    )
    say(f"{found.id} is reviewed as of today.")


def list_pins(site: SiteName = "docs", as_json: AsJson = False) -> None:
    """List the pinned answers, and which of them are suspended."""
    found = run(_all(settings_for_command(), site))
    if as_json:
        print_json([_fields(pin) for pin in found])
        return
    if not found:
        say("No answer is pinned.")
        return
    print_table(
        ("Id", "Reviewed", "By", "State", "Question"),
        (
            (
                pin.id,
                pin.content.reviewed_on.isoformat(),
                pin.content.reviewed_by,
                f"suspended: {', '.join(pin.changed)} changed" if pin.changed else "given",
                pin.content.questions[0],
            )
            for pin in found
        ),
    )


def show(pin: _Pin, site: SiteName = "docs", as_json: AsJson = False) -> None:
    """Show a pinned answer with its wordings and sources."""
    found = run(_find(settings_for_command(), site, pin))
    if as_json:
        print_json(_fields(found))
        return
    content = found.content
    for question in content.questions:
        console.print(question, style="bold", markup=False, soft_wrap=True)
    console.print(f"\n{content.text}\n", markup=False, soft_wrap=True)
    for number, source in enumerate(content.sources, 1):
        place = f"{source.path}#{source.anchor}" if source.anchor else source.path
        changed = "  (changed since)" if place in found.changed else ""
        console.print(f"  [{number}] {place}{changed}", markup=False, soft_wrap=True)
    say(f"Reviewed on {content.reviewed_on} by {content.reviewed_by}.")


def remove(pin: _Pin, site: SiteName = "docs") -> None:
    """Take a pinned answer away. Readers are answered from the docs again within seconds."""
    run(_remove(settings_for_command(), site, pin))
    say("Removed.")


def _text(file: Path) -> str:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The answer in {file} cannot be read: {error}.") from error
    if not text.strip():
        raise InputError(f"The answer in {file} is empty.")
    return text.strip()


def _sections(cited: list[str]) -> list[tuple[str, str]]:
    parts = [one.partition("#") for one in cited]
    return [(path, anchor) for path, _, anchor in parts]


def _pin(**arguments: Any) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        async with remote.connect(settings_for_command()) as operate:
            return await remote.last(operate("pin", **arguments))

    return run(ask())


async def _all(settings: Settings, name: str) -> list[Pin]:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        store = await rt.db.run(sites.store, site.id)
        revision = store.live_revision or 0
        return await rt.db.run(pins.listing, site.id, store_id=store.id, revision=revision)


async def _find(settings: Settings, name: str, called: str) -> Pin:
    asked = questions.normalize(called)
    found = [
        pin
        for pin in await _all(settings, name)
        if called and (pin.id.startswith(called) or asked in map(questions.normalize, pin.content.questions))
    ]
    if len(found) != 1:
        raise no_pin(name, called)
    return found[0]


async def _remove(settings: Settings, name: str, called: str) -> None:
    found = await _find(settings, name, called)
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        await rt.db.run(pins.remove, site.id, pin_id=found.id)


def _fields(pin: Pin) -> dict[str, Any]:
    return {"id": pin.id, "suspended": bool(pin.changed), "changed": pin.changed, **asdict(pin.content)}
