"""A server as the doctor sees it: well, without an index, with foreign origins, behind a wrong key, gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from askdocs import __version__
from askdocs.doctor import servers
from askdocs.doctor.findings import Finding
from tests.served import KEY, ORIGIN, Served, serve

pytestmark = pytest.mark.anyio

Check = Callable[[httpx.Client, str], Iterator[Finding]]


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "widget").mkdir()
    (folder / "widget/askdocs.js").write_text('import("./panel-BTq1XaAp.js")')
    (folder / "widget/panel-BTq1XaAp.js").write_text("panel " * 100)
    async with serve(folder, server={"widget_dir": str(folder / "widget")}) as opened:
        opened.world.write({"cache.md": "# Cache\n\nAnswers are kept for an hour."})
        await opened.world.index()
        yield opened


async def look(served: Served, check: Check) -> list[Finding]:
    def run() -> list[Finding]:
        with servers.open_client() as client:
            return list(check(client, f"http://127.0.0.1:{served.port}"))

    return await asyncio.to_thread(run)


def states(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.check, one.state) for one in findings]


async def test_server_that_is_well_is_said_to_be(served: Served) -> None:
    found = await look(served, servers.check_server)

    assert states(found) == [("server", "ok"), ("versions", "ok"), ("clock", "ok")]


async def test_widget_s_files_are_weighed_on_the_wire(served: Served) -> None:
    found = await look(served, servers.check_widget)

    assert [one.check for one in found] == ["widget", "widget"]
    assert [name in one.said for name, one in zip(("askdocs.js", "panel-BTq1XaAp.js"), found, strict=True)]


async def test_origin_that_may_not_ask_comes_with_the_command_that_lets_it(served: Served) -> None:
    def check(client: httpx.Client, api: str) -> Iterator[Finding]:
        origins = [ORIGIN, "https://docs.example.com"]
        return servers.check_origins(client, api, KEY, origins, site="docs", allowed=[ORIGIN])

    may, may_not = await look(served, check)

    assert (may.state, may_not.state) == ("ok", "wrong")
    assert f"site set-origins docs --origin {ORIGIN} --origin https://docs.example.com" in may_not.mend


async def test_key_that_no_site_has_is_said(served: Served) -> None:
    def check(client: httpx.Client, api: str) -> Iterator[Finding]:
        return servers.check_question(
            client, api, "pk_nobody", origin=ORIGIN, question="How long?", site_url=""
        )

    (found,) = await look(served, check)

    assert (found.state, "no site with the key pk_nobody" in found.said) == ("wrong", True)


@pytest.mark.parametrize(
    ("question", "path", "expected"),
    [
        ("How long are answers kept?", "/health/live?", [("question", "ok"), ("citation", "wrong")]),
        ("How long are answers kept?", "", [("question", "ok"), ("citation", "skipped")]),
        ("Who bakes zebra cakes?", "", [("question", "warning")]),
    ],
)
async def test_question_is_asked_and_its_citation_followed(
    served: Served, question: str, path: str, expected: list[tuple[str, str]]
) -> None:
    def check(client: httpx.Client, api: str) -> Iterator[Finding]:
        site_url = f"{api}{path}" if path else ""
        return servers.check_question(client, api, KEY, origin=ORIGIN, question=question, site_url=site_url)

    assert states(await look(served, check)) == expected


async def test_refused_origin_says_what_the_server_says(served: Served) -> None:
    def check(client: httpx.Client, api: str) -> Iterator[Finding]:
        return servers.check_question(
            client, api, KEY, origin="https://docs.example.com", question="How long?", site_url=""
        )

    (found,) = await look(served, check)

    assert (found.state, "403" in found.said, bool(found.mend)) == ("wrong", True, True)


def test_server_that_is_gone_is_wrong() -> None:
    with servers.open_client() as client:
        (found,) = servers.check_server(client, "http://127.0.0.1:9")

    assert (found.state, found.mend) == ("wrong", "Start it: askdocs serve")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>Welcome", "is no Askdocs server"),
        ("{}", "is no Askdocs server"),
        (
            '{"version": "0", "environment": "production", "dependencies":'
            ' {"vectors": {"status": "unhealthy", "detail": "TimeoutError"}}}',
            "trouble with vectors (TimeoutError)",
        ),
    ],
)
def test_server_that_is_ill_or_another_one_is_wrong(body: str, expected: str) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, text=body))) as client:
        found = list(servers.check_server(client, "https://ask.example.com"))

    assert (found[0].state, expected in found[0].said) == ("wrong", True)


@pytest.mark.parametrize(("version", "state"), [("0.0.1", "warning"), (__version__, "ok")])
def test_server_of_another_version_is_warned_of(version: str, state: str) -> None:
    body = {"version": version, "environment": "production", "dependencies": {}}
    headers = {"date": "Mon, 01 Jan 2024 00:00:00 GMT"}
    answer = httpx.Response(200, json=body, headers=headers)
    with httpx.Client(transport=httpx.MockTransport(lambda _: answer)) as client:
        found = dict(states(list(servers.check_server(client, "https://ask.example.com"))))

    assert (found["versions"], found["clock"]) == (state, "warning")


def test_widget_that_is_missing_is_wrong(tmp_path: Path) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as client:
        (found,) = servers.check_widget(client, "https://ask.example.com")

    assert (found.state, "answers 404" in found.said) == ("wrong", True)
