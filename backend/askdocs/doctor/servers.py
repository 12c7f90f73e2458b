"""Looks at a server as readers' browsers do: health, version, clock, widget, origins, a question."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from askdocs import __version__
from askdocs.doctor.findings import Finding, ok, skipped, warning, wrong

PATIENCE = 30.0
"""Seconds that an answer may take: a model may think for a while."""

_CLOCK = 60.0
"""Seconds by which clocks may differ: Date has whole ones, and answers are on their way for some."""

_PANEL = re.compile(r"panel-[\w-]{8}\.js")


def open_client() -> httpx.Client:
    return httpx.Client(timeout=httpx.Timeout(PATIENCE, connect=5.0), follow_redirects=True)


def check_server(client: httpx.Client, api: str) -> Iterator[Finding]:
    """Findings on the server itself. The last one is `wrong` and named "server" if it does not answer."""
    try:
        response = client.get(f"{api}/health")
        health: dict[str, Any] = response.json()
        dependencies = dict(health["dependencies"])
    except httpx.HTTPError as error:
        yield wrong(
            "server", f"{api} does not answer: {error or type(error).__name__}.", "Start it: askdocs serve"
        )
        return
    except (ValueError, KeyError, TypeError):
        yield wrong("server", f"{api} answers, but is no Askdocs server.", "Correct --api.")
        return
    ill = [f"{name} ({one['detail']})" for name, one in dependencies.items() if one["status"] == "unhealthy"]
    if ill:
        yield wrong("server", f"{api} reports trouble with {', '.join(ill)}.", "Its log says more.")
    else:
        yield ok("server", f"{api} is healthy ({health['environment']}).")
    yield _version(str(health["version"]))
    yield _clock(response.headers.get("date", ""))


def _version(version: str) -> Finding:
    if version != __version__:
        return warning(
            "versions",
            f"The server is {version}, this program {__version__}.",
            f"Install the same: pip install askdocs=={version}",
        )
    return ok("versions", f"Server and program are {version}.")


def _clock(date: str) -> Finding:
    try:
        off = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    except ValueError:
        return skipped("clock", "The server does not say what time it is.")
    if abs(off) > _CLOCK:
        return warning(
            "clock",
            f"The server's clock is {abs(off):.0f} s {'behind' if off > 0 else 'ahead of'} this machine's.",
            "Set both by NTP: readers' conversations and keys of clouds expire by it.",
        )
    return ok("clock", "The server's clock agrees with this machine's.")


def check_widget(client: httpx.Client, api: str) -> Iterator[Finding]:
    """Are the files that a script tag needs there, and what do they weigh on the wire?"""
    loader = client.get(f"{api}/widget/askdocs.js", headers={"accept-encoding": "gzip"})
    yield _file("askdocs.js", loader)
    panel = _PANEL.search(loader.text) if loader.status_code == 200 else None
    if panel:
        with client.stream(
            "GET", f"{api}/widget/{panel[0]}", headers={"accept-encoding": "br, gzip"}
        ) as response:
            response.read()
            yield _file(panel[0], response)


def _file(name: str, response: httpx.Response) -> Finding:
    if response.status_code != 200 or "javascript" not in response.headers.get("content-type", ""):
        return wrong(
            "widget",
            f"/widget/{name} answers {response.status_code}.",
            "Install the package with its widget, or set server.widget_dir.",
        )
    size = response.num_bytes_downloaded
    encoding = response.headers.get("content-encoding", "")
    if not encoding:
        return warning(
            "widget",
            f"{name} is sent uncompressed, {size:,} bytes.",
            "Let the proxy in front compress JavaScript, or hand Accept-Encoding on to the server.",
        )
    return ok("widget", f"{name}: {size:,} bytes on the wire ({encoding}).")


def check_origins(
    client: httpx.Client, api: str, key: str, origins: Sequence[str], *, site: str, allowed: Sequence[str]
) -> Iterator[Finding]:
    """May pages of these origins ask, and are those of a stranger refused? `allowed` are the site's, if
    known."""
    for origin in origins:
        status = _asking(client, api, key, origin)
        if status == 404:
            yield _unknown(key)
            return
        if status == 204:
            yield ok("origins", f"Pages of {origin} may ask.")
        elif status == 429:
            yield skipped("origins", "The server has had too many requests from here; try again in a minute.")
            return
        else:
            yield wrong(
                "origins",
                f"Pages of {origin} may not ask (the server says {status}).",
                allow(site, (*allowed, origin)),
            )
    status = _asking(client, api, key, "https://stranger.invalid")
    if status == 204:
        yield warning(
            "origins",
            "Pages of any origin may ask.",
            "Look at what is in front of the server: something takes away or changes the header Origin.",
        )


def allow(site: str, origins: Sequence[str]) -> str:
    """The command that lets pages of exactly these origins ask."""
    options = " ".join(f"--origin {origin}" for origin in origins)
    return f"askdocs site set-origins {site or 'NAME'} {options} (it replaces those that there are)"


def _unknown(key: str) -> Finding:
    return wrong(
        "site", f"The server knows no site with the key {key}.", "`askdocs site list` shows the keys."
    )


def _asking(client: httpx.Client, api: str, key: str, origin: str) -> int:
    """204 if pages of the origin may ask, else the status of the refusal."""
    response = client.get(f"{api}/api/v1/sites/{key}/session", headers={"origin": origin})
    # Pages that may ask are told that the request names no session.
    return 204 if response.status_code == 422 else response.status_code


def check_question(
    client: httpx.Client, api: str, key: str, *, origin: str, question: str, site_url: str
) -> Iterator[Finding]:
    """Is a question answered with a citation whose page exists? It is logged as any reader's."""
    headers = {"content-type": "application/json"} | ({"origin": origin} if origin else {})
    try:
        response = client.post(
            f"{api}/api/v1/sites/{key}/chat", headers=headers, content=json.dumps({"question": question})
        )
    except httpx.HTTPError as error:
        yield wrong(
            "question",
            f"It was not answered: {error or type(error).__name__}.",
            "The server's log says more.",
        )
        return
    if response.status_code == 404:
        yield _unknown(key)
        return
    if response.status_code != 200:
        detail, fix = _problem(response)
        yield wrong("question", f"It was not answered: {detail}", fix)
        return
    answer, error_text = _answer(response.text)
    if answer is None:
        yield wrong("question", f"It was not answered: {error_text}", "The server's log says more.")
        return
    citations = [one for one in answer.get("citations", []) if isinstance(one, dict)]
    if not citations:
        yield warning(
            "question",
            f'"{question}" got no answer from the docs ({answer.get("status")}).',
            "Ask what the docs do answer: --question. `askdocs revisions` shows what is published.",
        )
        return
    number = len(citations)
    yield ok("question", f"Answered ({answer.get('mode')}), with {number} citation{'s' * (number > 1)}.")
    yield _citation(client, str(citations[0].get("url", "")), site_url)


def _citation(client: httpx.Client, url: str, site_url: str) -> Finding:
    if not urlsplit(url).scheme and not site_url:
        return skipped("citation", f"{url} is on the site itself, whose address is not known.", "Give --url.")
    address = urljoin(site_url, url)
    try:
        status = client.get(address.partition("#")[0]).status_code
    except httpx.HTTPError as error:
        return wrong("citation", f"{address} cannot be read: {error or type(error).__name__}.", _REBASE)
    if status != 200:
        return wrong("citation", f"{address}, which the answer cites, answers {status}.", _REBASE)
    return ok("citation", f"{address} exists.")


_REBASE = "Correct base_url or url_style of the source in askdocs.yaml, and index anew: askdocs index"


def _problem(response: httpx.Response) -> tuple[str, str]:
    try:
        body = response.json()
        return f"{body['detail']} ({response.status_code})", str(body["fix"])
    except (ValueError, KeyError, TypeError):
        return f"the server says {response.status_code}.", "The server's log says more."


def _answer(stream: str) -> tuple[dict[str, Any] | None, str]:
    """What the stream says of the answer, or what went wrong."""
    found, error = None, "the stream broke off."
    for line in stream.splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line.removeprefix("data: "))
        if event.get("type") == "data-answer":
            found = event["data"]
        elif event.get("type") == "error":
            error = str(event.get("errorText"))
    return found, error
