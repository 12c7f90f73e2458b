"""Commands that ask the index: answers and hits, and what readers asked in vain."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer

from askdocs.cli.output import (
    AsJson,
    SiteName,
    console,
    errors,
    print_json,
    run,
    say,
    settings_for_command,
    shown,
)
from askdocs.config import Settings
from askdocs.control import remote
from askdocs.control.lookup import find_site
from askdocs.db import messages
from askdocs.errors import QuestionError
from askdocs.runtime import open_runtime

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="QUESTION", help="The question; in quotation marks, or the shell reads its ? and *."
    ),
]
Version = Annotated[str, typer.Option("--docs-version", help="Version of the docs; default: the latest.")]
Locale = Annotated[str, typer.Option(help="Locale of the docs, as de; default: the site's.")]
PageUrl = Annotated[
    str, typer.Option("--page", metavar="URL", help="The page on which it is asked, as readers open it.")
]


_MARKED = 60
"""Characters of what a question is about, in a line of the list."""


def register(app: typer.Typer) -> None:
    app.command(epilog='Example: askdocs ask "How do I roll back?" --site docs')(ask)
    app.command(epilog='Example: askdocs search "rollback" --site docs --json')(search)
    app.command(epilog="Example: askdocs unanswered --site docs --days 7")(unanswered)


def ask(
    question: Words,
    site: SiteName = "docs",
    version: Version = "",
    locale: Locale = "",
    page: PageUrl = "",
    as_json: AsJson = False,
) -> None:
    """Answer a question from the site's docs, with its sources."""
    where = {"site": site, "version": version, "locale": locale, **on(page)}
    run(_ask(settings_for_command(), checked(question), where, as_json=as_json))


def search(
    question: Words,
    site: SiteName = "docs",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many hits.")] = 10,
    version: Version = "",
    locale: Locale = "",
    as_json: AsJson = False,
) -> None:
    """Find the sections that fit a question best."""
    settings = settings_for_command()
    arguments = {"limit": limit, "version": version, "locale": locale}
    result = run(operated(settings, "search", site=site, question=checked(question), **arguments))
    hits = result["hits"]
    if as_json:
        print_json(hits)
        return
    for hit in hits:
        name = " > ".join(part for part in (hit["title"], hit["heading"]) if part)
        console.print(f"{hit['score']:.3f}  {name}", markup=False, soft_wrap=True)
        console.print(f"       {hit['url']}", style="dim", markup=False, soft_wrap=True)
    if not hits:
        console.print("Nothing found.")


def unanswered(
    site: SiteName = "docs",
    days: Annotated[int, typer.Option(min=1, help="How far to look back.")] = 30,
    limit: Annotated[int, typer.Option(min=1, help="How many questions at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what readers asked and the docs did not answer, newest first."""
    found = run(_unanswered(settings_for_command(), site, days, limit))
    if as_json:
        print_json([asdict(question) for question in found])
        return
    for question in found:
        page = f"  (on {question.page_url})" if question.page_url else ""
        asked = " ".join(question.question.split())
        if question.excerpt:
            marked = " ".join(question.excerpt.text.split())
            asked += f"  (about: {textwrap.shorten(marked, _MARKED, placeholder=' …')})"
        console.print(f"{shown(question.asked_at)} UTC  {asked}{page}", markup=False, soft_wrap=True)
    if not found:
        console.print(f"Nothing in {days} days.")


def checked(words: list[str]) -> str:
    """The question that a command was given. Raises `QuestionError` if it is empty."""
    question = " ".join(words)
    if not question.strip():
        raise QuestionError("The question is empty.", fix='Write it in quotation marks: askdocs ask "How …?"')
    return question.encode(errors="replace").decode().replace("\0", "")


def on(page: str) -> dict[str, str]:
    """What says where a question is asked: nothing unless it is known, since older servers do not take it."""
    return {"page_url": page} if page else {}


async def _ask(settings: Settings, question: str, where: Mapping[str, str], *, as_json: bool) -> None:
    arguments = {"question": question, **where}
    live = console.is_terminal and not as_json
    async with remote.connect(settings) as operate, aclosing(operate("ask", **arguments)) as events:
        async for event in events:
            if "text" in event and live:
                console.print(event["text"], end="", markup=False, soft_wrap=True)
            elif "result" in event:
                _print_answer(event["result"], streamed=live, as_json=as_json)


def _print_answer(result: dict[str, Any], *, streamed: bool, as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    if streamed:
        console.print()
    else:
        console.print(result["answer"], markup=False, soft_wrap=True)
    if result["trouble"]:
        say(
            f"The model did not answer ({result['trouble']}): these are quotes. "
            "The server's log says why, or ASKDOCS_LOG_LEVEL=debug if none is running.",
            to=errors,
        )
    version = f"Version {result['version']}" if result["version"] else ""
    if speaks_for := " · ".join(filter(None, (version, result["language"]))):
        console.print(f"\n{speaks_for}", style="dim", markup=False)
    cited = {citation["index"] for citation in result["citations"]}
    if result["mode"] == "none":  # the text itself links to the nearest pages
        return
    if result["sources"]:
        console.print("\nSources", style="bold")
    for number, source in enumerate(result["sources"], 1):
        if cited and number not in cited:
            continue
        name = " > ".join(part for part in (source["title"], source["heading"]) if part)
        console.print(f"  [{number}] {name}  {source['url']}", markup=False, soft_wrap=True)


async def _unanswered(
    settings: Settings, name: str, days: int, limit: int
) -> list[messages.UnansweredQuestion]:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        since = rt.now() - timedelta(days=days)
        return await rt.db.run(messages.unanswered, site.id, since=since, limit=limit)


async def operated(settings: Settings, operation: str, **arguments: Any) -> dict[str, Any]:
    """The result of an operation, wherever it runs."""
    async with remote.connect(settings) as operate:
        return await remote.last(operate(operation, **arguments))
