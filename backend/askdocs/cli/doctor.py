"""The command that says what is wrong with an installation, and what mends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from askdocs.cli.output import AsJson, console, log_for_command, print_json, run
from askdocs.config import SiteFile
from askdocs.control import lock
from askdocs.doctor import installation, pages, servers, sites
from askdocs.doctor.findings import Finding, warning
from askdocs.errors import InputError
from askdocs.types import Site

_STYLES = {"ok": "green", "warning": "yellow", "wrong": "red", "skipped": "dim"}


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is looked at: a server at `api`, whose site has `key` and, if known, `name` and `origins`."""

    api: str
    key: str = ""
    name: str = ""
    origins: tuple[str, ...] = ()


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: askdocs doctor --url https://docs.example.com")(doctor)


def doctor(
    site: Annotated[
        str,
        typer.Option("--site", metavar="NAME", help="The site; default: that of askdocs.yaml, else docs."),
    ] = "",
    url: Annotated[
        str, typer.Option(metavar="URL", help="A page of the site, as readers open it: is the chat on it?")
    ] = "",
    api: Annotated[
        str,
        typer.Option(metavar="URL", help="Look at a server elsewhere, over HTTP alone."),
    ] = "",
    site_key: Annotated[
        str, typer.Option(metavar="KEY", help="With --api: the site's public key; default: askdocs.yaml's.")
    ] = "",
    question: Annotated[
        str, typer.Option(metavar="TEXT", help="What to ask; it is logged as a reader's question.")
    ] = "How do I get started?",
    no_question: Annotated[bool, typer.Option("--no-question", help="Ask nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with an installation, and what mends it. Exit code 1 if anything is wrong.

    Looks at this installation and the server that runs on it, or with --api at a server elsewhere.
    """
    if url and not urlsplit(url).netloc:
        raise InputError(f"{url} is no page's address.", fix="Give it whole, as https://docs.example.com/")
    asked = "" if no_question else question
    file, read = installation.check_site_file(Path.cwd())
    if api:
        key = site_key or (file.key if file else "")
        if not key:
            raise InputError("--api needs --site-key.", fix="The pages name it: data-site-key, or siteKey.")
        subject = _Subject(api.rstrip("/"), key, file.site if file else "", file.origins if file else ())
        findings = [*read, *_served(subject, url=url, question=asked)]
    else:
        findings = run(_look(site, file, read, url=url, question=asked))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        _print(findings)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


async def _look(
    name: str, file: SiteFile | None, read: list[Finding], *, url: str, question: str
) -> list[Finding]:
    """At this installation. `read` is what was found of `file`."""
    settings, finding = installation.check_configuration()
    found = [installation.check_program(), finding, *read]
    if settings is None:
        return found
    log_for_command(settings)
    found += [await installation.check_models(settings), *installation.check_home(settings)]
    owner = lock.owner_of(settings.home)
    subject = _Subject(owner.url if owner else "")
    wanted = name or (file.site if file else "docs")
    async for one in sites.check_stored(settings, wanted, owner, file):
        if isinstance(one, Site):
            subject = _Subject(subject.api, one.key, one.name, one.origins)
        else:
            found.append(one)
    if not subject.api:
        found.append(warning("server", "No server runs on this installation.", "askdocs serve"))
    elif subject.key:
        found += _served(subject, url=url, question=question)
    return found


def _served(subject: _Subject, *, url: str, question: str) -> Iterator[Finding]:
    """What readers' browsers meet: the server, and a page of the site."""
    with servers.open_client() as client:
        answers = True
        for finding in servers.check_server(client, subject.api):
            answers = answers and not (finding.check == "server" and finding.state == "wrong")
            yield finding
        if answers:
            yield from servers.check_widget(client, subject.api)
            yield from _asked(client, subject, url=url, question=question)
        if url:
            yield from pages.check_page(client, url, key=subject.key, api=subject.api)


def _asked(client: httpx.Client, subject: _Subject, *, url: str, question: str) -> Iterator[Finding]:
    origin = _origin(url)
    tried = dict.fromkeys((*((origin,) if origin else ()), *subject.origins))
    yield from servers.check_origins(
        client, subject.api, subject.key, list(tried), site=subject.name, allowed=subject.origins
    )
    if question:
        yield from servers.check_question(
            client,
            subject.api,
            subject.key,
            origin=next(iter(tried), ""),
            question=question,
            site_url=url,
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}" if url else ""


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        state = f"[{_STYLES[finding.state]}]{finding.state:8}[/]"
        mend = f" → {finding.mend}" if finding.mend else ""
        console.print(state, end="")
        console.print(f" {finding.check:24} {finding.said}{mend}", markup=False, soft_wrap=True)
    counts = {state: sum(one.state == state for one in findings) for state in ("wrong", "warning")}
    console.print(f"{len(findings)} checks: {counts['wrong']} wrong, {counts['warning']} with a warning.")
