"""`askdocs publish`: a process that has docs and a key, against a server that has all the rest."""

from __future__ import annotations

import asyncio
import gzip
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from askdocs.api import background
from askdocs.control.reporting import reported
from askdocs.db import audit, sites, uploads
from askdocs.errors import (
    AskdocsError,
    CredentialsInvalid,
    DiskFull,
    InputError,
    NotFound,
    PermissionMissing,
    SuspiciousShrinkage,
    Unavailable,
)
from askdocs.index import lease, run
from askdocs.index import manifest as wire
from askdocs.index.manifest import Entry
from askdocs.index.progress import Report
from askdocs.issuers import Issuers
from askdocs.outbound.fetching import Outbound
from askdocs.publishing import credentials, server
from askdocs.publishing.credentials import GitHubToken
from askdocs.sources import open_source
from askdocs.tenancy import publishers
from askdocs.types import Provider, SourceSpec
from tests.commands import Command
from tests.issuers import GITHUB, GITLAB, Issuer, running
from tests.publishing import ME, Door, Publisher, make
from tests.served import Served, problem, serve

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("publish")) as opened:
        opened.app.state.door = opened.server.config.loaded_app = Door(opened.server.config.loaded_app)
        yield opened


@pytest.fixture
async def ci(served: Served, tmp_path: Path) -> Publisher:
    """Of a site of which nothing is published yet."""
    site = await served.rt.db.run(sites.add, f"site-{uuid.uuid4().hex[:8]}", origins=[])
    before = served.app.state.door
    served.app.state.door = served.server.config.loaded_app = Door(before.app)
    return Publisher(served, served.app.state.door, site, tmp_path, await make(served, site))


async def test_only_what_changed_is_sent(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.", keys="Keys are rotated.", limits="A hundred in a minute.")

    first, asked_first = await ci.publish(), ci.door.asked()
    second, asked_second = await ci.publish(), ci.door.asked()
    ci.write(cache="Answers are kept for a day.")
    previewed, asked_preview = await ci.here(dry_run=True), ci.door.asked()
    third, asked_third = await ci.publish(), ci.door.asked()
    same = await ci.index()
    revision = await ci.served.rt.live.get(ci.site.id)

    assert (first["revision"], first["published"], first["added"]) == (1, True, 3)
    assert asked_first == asked_third == ["begin", "part", "commit"]
    assert (second["revision"], second["published"], second["unchanged"]) == (1, False, 3)
    assert asked_second == ["begin"]
    assert previewed["paths"] == {"added": [], "changed": ["cache.md"], "removed": []}
    assert (previewed["dry_run"], asked_preview) == (True, ["begin", "commit"])
    assert (third["changed"], third["unchanged"], third["published"]) == (1, 2, True)
    assert not same.published  # it is what `askdocs index` would have published
    assert revision is not None
    assert (revision.number, revision.pages) == (2, 3)


async def test_publish_is_told_with_who_did_it_and_nothing_is_left(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.")
    summary = await ci.here()
    entries = await ci.served.rt.db.run(audit.listing, ci.site.id, limit=1)

    assert (summary["added"], summary["problems"]) == (1, [])
    assert [(one.action, one.actor.kind, one.actor.name, one.subject) for one in entries] == [
        ("docs.publish", "key", "CI", "revision 1")
    ]
    assert await ci.served.rt.db.run(uploads.size, ci.site.id) == 0


async def test_revision_is_live_with_its_line_in_the_log_or_not_at_all(
    ci: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise DiskFull("No space left.")

    ci.write(cache="Answers are kept for an hour.")
    with monkeypatch.context() as broken:
        broken.setattr(audit, "record", full)
        with pytest.raises(Unavailable):
            await ci.here()
    assert await ci.served.rt.live.get(ci.site.id) is None

    assert (await ci.here())["published"]


async def test_origins_that_the_site_lacks_are_told(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.")
    await ci.served.rt.db.run(sites.set_origins, ci.site.id, ["https://*.example.com"])
    wanted = ["https://docs.example.com", "https://docs.test"]
    told = [(await ci.here(origins=wanted))["problems"] for _ in range(2)]

    assert told[0] == told[1]
    assert [problem.partition(",")[0] for problem in told[0]] == [
        f"{ci.site.name}: questions from https://docs.test are refused"
    ]


async def test_killed_publish_goes_on_where_it_was(ci: Publisher) -> None:
    small = "from askdocs.index import manifest; manifest.PART = 1"
    ci.write(**{f"page{number}": f"Page {number}." for number in range(5)})
    ci.door.hold = "begin part part part"
    killed = ci.start(first=small)
    await asyncio.wait_for(ci.door.held.wait(), 30)
    killed.kill()
    killed.communicate()
    ci.door.hold = ""
    ci.door.asked()

    summary = await ci.publish(first=small)

    assert summary["added"] == 5
    assert ci.door.asked() == ["begin", "part", "part", "part", "commit"]


async def test_what_may_pass_is_tried_again(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.")
    ci.door.refuse = [503, 429, 502]

    assert (await ci.here())["published"]
    assert ci.door.asked() == ["begin", "begin", "begin", "begin", "part", "commit"]


async def test_page_that_another_changed_meanwhile_is_sent_too(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.", keys="Keys are rotated.")
    await ci.index()
    theirs = ci.folder / "theirs"
    theirs.mkdir()
    for page in ("cache", "keys"):
        (theirs / f"{page}.md").write_text(f"# {page}\n\nOverwritten.")
    ci.write(cache="Answers are kept for a day.")
    other = open_source(SourceSpec(theirs))
    ci.door.before_commit = lambda: run.index(ci.served.rt, ci.site, [other])

    summary = await ci.here()

    assert ci.door.asked() == ["begin", "part", "commit", "begin", "part", "commit"]
    assert (summary["published"], summary["changed"]) == (True, 2)
    assert not (await ci.index()).published


async def test_of_two_publishers_one_is_refused(ci: Publisher) -> None:
    rt = ci.served.rt
    ci.write(cache="Answers are kept for an hour.")
    store = await rt.db.run(sites.store, ci.site.id)
    async with lease.hold(rt, ci.site, store, collection="c", source="elsewhere") as held:
        refused = await ci.run()
        await held.discard()

    assert refused.code == 3
    assert "A publish is under way" in refused.err
    assert (await ci.here())["published"]


async def test_build_that_lost_its_pages_is_refused_unless_forced(ci: Publisher) -> None:
    ci.write(**{f"page{number}": f"Page {number}." for number in range(4)})
    await ci.index()
    for number in (1, 2, 3):
        (ci.docs / f"page{number}.md").unlink()

    with pytest.raises(SuspiciousShrinkage, match="broken build"):
        await ci.here()
    forced = await ci.here(force=True)

    assert forced["removed"] == 3


async def test_who_may_not_publish_is_told_why(ci: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    ci.write(cache="Answers are kept for an hour.")
    served, soon = ci.served, ci.served.rt.now() + timedelta(hours=1)
    wrong: list[tuple[type[AskdocsError], str, str]] = [
        (NotFound, "There is no site", await make(served, served.world.site)),
        (PermissionMissing, "this takes publish", await make(served, ci.site, "read")),
        (CredentialsInvalid, "no such API key", "askdocs_wrong"),
    ]
    expired = await make(served, ci.site, expires_at=soon)
    monkeypatch.setattr(served.rt, "now", lambda: soon)
    for error, sentence, secret in wrong:
        with pytest.raises(error, match=sentence):
            await ci.here(secret=secret)
    ended = await ci.run(secret=expired)

    assert (ended.code, "expired on" in ended.err) == (2, True)
    assert await served.rt.live.get(ci.site.id) is None


async def test_program_of_another_schema_is_told_which_one_to_use(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.")
    manifest, _ = await ci.manifest(schema_number=0)
    refused = problem(await ci.send("", wire.pack(manifest)), 422, "format-mismatch")

    assert "takes publishes of schema 1; this one is of schema 0" in refused["detail"]
    assert "pip install askdocs==" in refused["fix"]


@pytest.mark.parametrize("api", ["http://ask.example.com", "ask.example.com", "https://me@ask.example.com"])
async def test_key_is_sent_to_no_address_that_is_not_safe(ci: Publisher, api: str) -> None:
    with pytest.raises(InputError, match=r"not encrypted|no address"):
        await ci.here(api=api)


@pytest.mark.parametrize(("status", "sentence"), [(200, "no Askdocs server"), (302, "leads elsewhere")])
async def test_stranger_is_no_server(ci: Publisher, status: int, sentence: str) -> None:
    ci.write(cache="Answers are kept for an hour.")
    ci.door.refuse = [status]
    with pytest.raises(InputError, match=sentence):
        await ci.here()


async def test_server_that_is_too_old_is_told_of(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.")
    with pytest.raises(InputError, match="its program is older"):
        await ci.here(api=f"http://127.0.0.1:{ci.served.port}/elsewhere")


TRUSTED: Mapping[Provider, str] = {"github": "acme/handbook", "gitlab": "acme/docs/handbook"}


@pytest.fixture
async def issuer(ci: Publisher, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Issuer]:
    """Whose jobs may publish the site of a job that has no key."""
    rt, address = ci.served.rt, f"http://127.0.0.1:{ci.served.port}"
    with running() as found:
        outbound = Outbound(allow=[found.url])
        trust = rt.settings.publishers.model_copy(update={"audience": address})
        monkeypatch.setattr(rt, "settings", rt.settings.model_copy(update={"publishers": trust}))
        monkeypatch.setattr(rt, "issuers", Issuers(rt.db, outbound, file=None))
        for provider, repository in TRUSTED.items():
            trusted: dict[str, Any] = {"provider": provider, "repository": repository, "issuer": found.url}
            await publishers.add(rt, ci.site, branch="main", actor=ME, **trusted)
        ci.secret, found.claims = "", GITHUB
        yield found
        await outbound.close()


def in_actions(monkeypatch: pytest.MonkeyPatch, url: str = "") -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", url and f"{url}/token?api-version=2.0")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", url and "runner-secret")


async def test_job_in_actions_publishes_without_a_key(
    ci: Publisher, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_actions(monkeypatch, issuer.url)
    issuer.life = 45  # seconds, so that it nears its end with each request
    ci.write(cache="Answers are kept for an hour.")
    summary = await ci.publish()
    told = await ci.served.rt.db.run(audit.listing, ci.site.id, limit=2)

    assert (summary["published"], ci.door.asked()) == (True, ["begin", "part", "commit"])
    assert (issuer.asked.count("/token"), issuer.asked.count("/jwks")) == (3, 1)
    assert [(one.action, one.actor.kind, one.actor.name) for one in told] == [
        ("docs.publish", "publisher", "github:acme/handbook@main"),
        ("publisher.bind", "publisher", "github:acme/handbook@main"),
    ]


async def test_job_in_gitlab_publishes_with_the_token_that_it_was_given(
    ci: Publisher, issuer: Issuer
) -> None:
    ci.write(cache="Answers are kept for an hour.")
    token = issuer.sign(GITLAB, aud=f"http://127.0.0.1:{ci.served.port}")

    assert (await ci.here(secret=token))["published"]


def test_command_takes_the_token_of_a_job_in_gitlab(
    askdocs: Command, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKDOCS_ID_TOKEN", "a.b.c")
    monkeypatch.setattr(server, "_FIRST_PAUSE", 0.001)
    ended = askdocs("publish", str(docs), "--api", "http://127.0.0.1:1")

    assert (ended.code, "does not answer" in ended.err) == (4, True)


def test_job_that_may_not_have_a_token_is_told_of_the_permission(
    askdocs: Command, docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_actions(monkeypatch)
    ended = askdocs("publish", str(docs), "--api", "https://ask.example.com")

    assert (ended.code, "id-token: write" in ended.err) == (2, True)


async def test_token_is_asked_for_again_when_it_nears_its_end(issuer: Issuer) -> None:
    now = [time.time()]
    token = GitHubToken(
        f"{issuer.url}/token?api-version=2.0", "runner-secret", audience="x", now=lambda: now[0]
    )
    first = await token()
    now[0] += issuer.life - 70
    second = await token()
    now[0] += 20
    third = await token()

    assert first == second
    assert (third is first, issuer.asked.count("/token")) == (False, 2)


@pytest.mark.parametrize(("secret", "is_down", "asked"), [("wrong", False, 1), ("runner-secret", True, 4)])
async def test_service_that_gives_no_tokens_is_told_of(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, secret: str, is_down: bool, asked: int
) -> None:
    monkeypatch.setattr(credentials, "_PAUSE", 0.001)
    issuer.is_down = is_down
    token = GitHubToken(f"{issuer.url}/token?api-version=2.0", secret, audience="x")
    with pytest.raises(Unavailable, match="GitHub gives this job no token about itself: status"):
        await token()

    assert issuer.asked.count("/token") == asked


async def test_command_needs_a_key(askdocs: Command, docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    ended = askdocs("publish", str(docs), "--api", "https://ask.example.com")

    assert (ended.code, "ASKDOCS_API_KEY is not set" in ended.err) == (2, True)


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


async def test_part_that_is_not_as_announced_is_refused(ci: Publisher) -> None:
    ci.write(cache="Answers are kept for an hour.", keys="Keys are rotated.")
    manifest, pages = await ci.manifest()
    begun = (await ci.send("", wire.pack(manifest))).json()
    ((_, good),) = wire.parts(pages)
    bad = {
        "no gzip": b"[]",
        "empty": b"",
        "cut": good[:-9],
        "with something behind": good + b"x",
        "a bomb": gzip.compress(bytes(wire.LONGEST_PART + 1)),
        "no JSON": gzipped("[{"),
        "no pages": gzipped('[{"path": 1}]'),
        "a list of lists": gzipped("[" * 5000 + "]" * 5000),
        "another page": next(wire.parts([replace(pages[0], path="other.md")]))[1],
        "another text": next(wire.parts([replace(pages[0], title="Stolen")]))[1],
        "another source": next(wire.parts([replace(pages[0], source="other")]))[1],
    }
    for what, body in bad.items():
        path = f"/{begun['upload']}/parts/{wire.name_of_part(body)}"
        refused = await ci.send(path, body, method="PUT")
        assert refused.status_code == 422, what
    damaged = await ci.send(f"/{begun['upload']}/parts/{wire.name_of_part(b'')}", good, method="PUT")

    assert "damaged" in problem(damaged, 422, "input-error")["detail"]
    assert sorted((await ci.send("", wire.pack(manifest))).json()["lacking"]) == ["cache.md", "keys.md"]
    for _ in range(2):  # it may come twice
        taken = await ci.send(f"/{begun['upload']}/parts/{wire.name_of_part(good)}", good, method="PUT")
        assert taken.json() == {"pages": 2}
    assert (await ci.send("", wire.pack(manifest))).json()["lacking"] == []


WRONG = {
    "a source that is not named": {"pages": [Entry("x", "0" * 32, "other", "/x")]},
    "a page of another source": {"pages": [Entry("x", "0" * 32, "", "javascript:alert()")]},
    "a page twice": {"pages": [Entry("x", "0" * 32, "", "/x")] * 2},
    "no page": {"pages": []},
    "no hash": {"pages": [Entry("x", "y", "", "/x")]},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
async def test_manifest_that_cannot_be_is_refused(ci: Publisher, changes: dict[str, Any]) -> None:
    ci.write(cache="Answers are kept for an hour.")
    manifest, _ = await ci.manifest(**changes)

    problem(await ci.send("", wire.pack(manifest)), 422, "input-error")


async def test_uploads_are_bounded_and_forgotten_after_a_day(
    ci: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    rt = ci.served.rt
    ci.write(cache="Answers are kept for an hour.", keys="Keys are rotated.")
    manifest, pages = await ci.manifest()
    ((_, body),) = wire.parts(pages)
    begun = (await ci.send("", wire.pack(manifest))).json()
    path = f"/{begun['upload']}/parts/{wire.name_of_part(body)}"
    settings = rt.settings
    few = settings.model_copy(update={"uploads": settings.uploads.model_copy(update={"max_pages": 1})})
    small = settings.model_copy(update={"uploads": settings.uploads.model_copy(update={"max_bytes": 10})})

    monkeypatch.setattr(rt, "settings", few)
    many = await ci.send("", wire.pack(manifest))
    monkeypatch.setattr(rt, "settings", small)
    much = await ci.send(path, body, method="PUT")
    monkeypatch.setattr(rt, "settings", settings)
    taken = await ci.send(path, body, method="PUT")
    now = rt.now()
    monkeypatch.setattr(rt, "now", lambda: now + timedelta(hours=25))
    await background.sweep(rt)
    gone = await ci.send(path, body, method="PUT")

    for refused in (many, much):
        problem(refused, 413, "upload-too-large")
    assert taken.status_code == 200
    problem(gone, 404, "upload-not-found")
    assert await rt.db.run(uploads.size, ci.site.id) == 0


async def test_silence_is_broken(ci: Publisher) -> None:
    begun = asyncio.Event()

    async def flow(_report: Report) -> run.Summary:
        await begun.wait()
        return run.Summary(1, False, 0, 0, 0, 0, 0.0, (), 0)

    events = []
    async for event in reported(ci.served.rt, flow, silence=0.01):
        events.append(event)
        begun.set()

    assert events[0] == {}
    assert events[-1]["result"]["revision"] == 1
