"""What one site's credentials get of another site: nothing, and in the very same way as of none at all."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from askdocs.api import background
from askdocs.api.app import create_app
from askdocs.config import load
from askdocs.db import audit, sites, uploads, user_keys
from askdocs.index import run
from askdocs.runtime import Runtime
from askdocs.sources import open_source
from askdocs.tenancy import api_keys, members, publishers
from askdocs.types import ROLES, Actor, AuditEntry, Site, SourceSpec
from tests.builders import statements
from tests.issuers import AUDIENCE, GITHUB, Issuer, running
from tests.served import Served, only, parts, serve
from tests.tokens import Signer, signer

pytestmark = pytest.mark.anyio

OF_READERS = "/api/v1/sites/{site_key}/"
OF_PEOPLE = "/api/v1/admin/sites/{site}"
OF_NO_SITE = {
    "/api/v1/admin/sites",  # all of them, for who has the admin token
    "/api/v1/auth/openid",  # of a person, who may be of many sites
    "/api/v1/auth/openid/finish",
    "/api/v1/auth/password",
    "/api/v1/auth/refresh",
    "/api/v1/auth/sign-in",
    "/api/v1/auth/sign-out",
    "/api/v1/auth/sign-out-everywhere",
    "/api",
    "/api/",
    "/api/docs",
    "/api/docs-assets/{name}",
    "/api/openapi.json",
    "/api/redoc",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",  # names sites to the operator alone
    "/release",  # likewise
    "/try",
    "/widget/{path:path}",
    "/{path:page}",
}
ME = Actor("operator", "", "me")
MARK = "Whales of the other site are blue."


@dataclass(frozen=True, slots=True)
class Held:
    """What names a site and its objects, and what its readers and its people show to get at them."""

    site_key: str
    site: str
    token: str
    user: str | None
    conversation: str
    message: str
    reader: str
    secret: str
    key: str
    upload: str
    address: str
    publisher: str
    job: str
    part: str = "0" * 64

    @property
    def chat(self) -> str:
        return self.message

    @property
    def headers(self) -> dict[str, str]:
        user = {"x-askdocs-user": self.user} if self.user else {}
        return {
            "x-askdocs-session": self.token,
            "x-askdocs-reader": self.reader,
            "authorization": f"Bearer {self.secret}",
            **user,
        }

    def body(self, path: str) -> dict[str, Any] | None:
        """What the route takes; None if it takes nothing."""
        ending = path.removeprefix(OF_READERS).removeprefix(OF_PEOPLE)
        taken: dict[str, dict[str, Any]] = {
            "chat": {"question": "How blue are whales?", "session": self.token},
            "search": {"query": "whales"},
            "session": {},
            "messages/{message}/feedback": {"vote": "up", "comment": "Stolen."},
            "": {"options": {}},
            "/keys": {"name": "Stolen", "permissions": ["read"]},
            "/publishers": {"repository": "mallory/docs", "branch": "main"},
            "/members/{address}": {"role": "viewer"},
            "/origins": {"origins": []},
            "/rotate-key": {},
            "/disable": {},
            "/enable": {},
            "/visitors/export": {"session": self.conversation},
            "/visitors/erase": {"session": self.conversation},
            "/publishes": {},
            "/publishes/{upload}/parts/{part}": {},
            "/publishes/{upload}/commit": {"dry_run": True},
        }
        return taken.get(ending)

    async def send(self, client: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
        address = re.sub(r"\{(\w+)\}", lambda found: str(getattr(self, found[1])), path)
        return await client.request(method, address, headers=self.headers, json=self.body(path))


NOBODY = Held(
    site_key="pk_nobody",
    site="noone",  # as long as the other
    token="nothing",
    user=None,
    conversation=uuid.uuid4().hex,
    message=uuid.uuid4().hex,
    reader="nothing",
    secret="nothing",
    key=uuid.uuid4().hex,
    upload=uuid.uuid4().hex,
    address="whoareu1@example.com",
    publisher=uuid.uuid4().hex,
    job="nothing",
)


def routes() -> list[tuple[str, str]]:
    """Method and path of each, of a server that serves all there is."""
    app = create_app(load("development", server={"site_dir": "."}))
    included = [getattr(route, "original_router", app) for route in app.routes]
    found = [route for router in included for route in router.routes if isinstance(route, APIRoute)]
    return sorted({(method, route.path) for route in found for method in route.methods or ()})


ROUTES = routes()
READERS = [route for route in ROUTES if route[1].startswith(OF_READERS)]
PEOPLE = [route for route in ROUTES if route[1].startswith(OF_PEOPLE)]


def named(routes: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("method", "path"), routes, ids=[" ".join(route) for route in routes])


@named(ROUTES)
def test_route_is_of_readers_of_people_or_of_no_site(method: str, path: str) -> None:
    fields = {found.partition(":")[0] for found in re.findall(r"\{([^}]+)\}", path)}

    if path in OF_NO_SITE:
        return
    assert path.startswith((OF_READERS, OF_PEOPLE)), "say in OF_NO_SITE that it is of no site"
    assert all(hasattr(NOBODY, field) for field in fields), "say in Held whose that is"
    if method in ("POST", "PUT", "PATCH"):
        assert NOBODY.body(path) is not None, "say in Held.body what it takes"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> AsyncIterator[Served]:
    folder = tmp_path_factory.mktemp("isolation")
    lots = 100_000
    calm = dict.fromkeys(("network_questions", "site_questions", "network_sessions", "site_sessions"), lots)
    limits = dict.fromkeys(("rate_limit_requests", "rate_limit_searches", "rate_limit_session"), lots)
    trust = {"publishers": {"audience": AUDIENCE}, "outbound": {"allow": [issuer.url]}}
    many: dict[str, Any] = {**limits, "guard": calm, **trust}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(background, "_keep_sweeping", unswept)  # its statements would stand among ours
        async with serve(folder, **many) as opened:
            yield opened


async def unswept(_rt: Runtime) -> None:
    """In the place of what erases old things now and then."""


@pytest.fixture(scope="module")
async def both(served: Served, issuer: Issuer) -> tuple[Held, Held]:
    """What is held of a site, and of the one that is none of its business."""
    other = await served.rt.db.run(sites.add, "other", origins=[])
    return await hold(served, issuer, served.world.site), await hold(served, issuer, other)


async def hold(served: Served, issuer: Issuer, site: Site) -> Held:
    folder = served.world.docs.parent / site.name
    folder.mkdir(exist_ok=True)
    (folder / "whales.md").write_text(f"# Whales\n\n{MARK if site.name == 'other' else 'Whales are blue.'}")
    await run.index(served.rt, site, [open_source(SourceSpec(folder))])
    host = await host_of(served, site, known=True)
    user = host.sign("ada")
    asked = await served.client.post(
        f"/api/v1/sites/{site.key}/chat",
        json={"question": "How blue are whales?", "resumable": True},
        headers={"x-askdocs-user": user},
    )
    start = only(parts(asked.content), "start")
    listed = await served.client.get(f"/api/v1/sites/{site.key}/sessions", headers={"x-askdocs-user": user})
    key, secret = await api_keys.create(served.rt, site, name="CI", permissions=ROLES["owner"], actor=ME)
    address = f"{site.id[:8]}@example.com"  # as long as the others
    await members.put(served.rt, site, address=address, role="owner", actor=ME)
    repository = f"acme/{site.name}"
    publisher = await publishers.add(
        served.rt, site, repository=repository, branch="main", issuer=issuer.url, actor=ME
    )
    return Held(
        site_key=site.key,
        site=site.name,
        token=start["messageMetadata"]["session"],
        user=user,
        conversation=listed.json()["sessions"][0]["id"],
        message=start["messageId"],
        reader=(await served.client.post(f"/api/v1/sites/{site.key}/session", json={})).json()["token"],
        secret=secret,
        key=key.id,
        upload=await begun(served, site),
        address=address,
        publisher=publisher.id,
        job=issuer.sign({**GITHUB, "repository": repository, "exp": int(time.time()) + 10_000}),
    )


async def begun(served: Served, site: Site) -> str:
    """A publish that was begun."""
    upload = uuid.uuid4().hex
    await served.rt.db.run(uploads.begin, site.id, upload_id=upload, manifest=b"", now=served.rt.now())
    return upload


async def host_of(served: Served, site: Site, *, known: bool) -> Signer:
    host = signer("HS256", served.rt.user_tokens, site, kid=uuid.uuid4().hex)
    if known:
        await served.rt.db.run(user_keys.add, site.id, key=host.key)
        served.app.state.users.forget(site.id)
    return host


@named(READERS)
async def test_readers_get_nothing_of_another_site(
    served: Served, both: tuple[Held, Held], method: str, path: str
) -> None:
    mine, theirs = both
    token = served.rt.session_tokens.make("nowhere")
    user = (await host_of(served, served.world.site, known=False)).sign("ada")
    absent = {"conversation": NOBODY.conversation, "message": NOBODY.message, "reader": NOBODY.reader}
    foreign = {"conversation": theirs.conversation, "message": theirs.message, "reader": theirs.reader}
    trials = {
        "their user": (
            replace(mine, user=theirs.user, token=theirs.token, **foreign),
            replace(mine, user=user, token=token, **absent),
        ),
        "my user there": (
            replace(mine, site_key=theirs.site_key),
            replace(mine, site_key=theirs.site_key, user=user, token=token, **absent),
        ),
        "my conversation there": (
            replace(mine, site_key=theirs.site_key, user=None),
            replace(mine, site_key=theirs.site_key, user=None, token=token, **absent),
        ),
        "their conversation, unsigned": (
            replace(mine, user=None, token=theirs.token, **foreign),
            replace(mine, user=None, token=token, **absent),
        ),
    }
    if path != f"{OF_READERS}sessions":  # which is about the user alone
        trials["their conversation"] = (
            replace(mine, token=theirs.token, **foreign),
            replace(mine, token=token, **absent),
        )
    if re.search(r"\{(?!site_key\})", path):
        trials["their objects"] = (replace(mine, **foreign), replace(mine, **absent))
    for trial, (theft, nothing) in trials.items():
        stolen = await told_alike(served, theft, nothing, method, path)
        assert theft.site_key != mine.site_key or MARK not in stolen, trial
    await still_there(served, theirs)


@named(PEOPLE)
async def test_people_get_nothing_of_another_site(
    served: Served, both: tuple[Held, Held], method: str, path: str
) -> None:
    mine, theirs = both
    trials = [
        (replace(theirs, secret=shown), replace(NOBODY, secret=shown)) for shown in (mine.secret, mine.job)
    ]
    if "{upload}" in path:
        trials.append((replace(mine, upload=theirs.upload), replace(mine, upload=NOBODY.upload)))
    if "{publisher}" in path:
        absent = replace(mine, publisher=NOBODY.publisher)
        trials.append((replace(mine, publisher=theirs.publisher), absent))
    if "{key}" in path:
        trials.append((replace(mine, key=theirs.key), replace(mine, key=NOBODY.key)))
    if "{address}" in path and method == "DELETE":
        trials.append((replace(mine, address=theirs.address), replace(mine, address=NOBODY.address)))
    for theft, nothing in trials:
        assert "not-found" in await told_alike(served, theft, nothing, method, path)
    if "{address}" in path and method == "PUT":  # it adds whom there is not
        theft = replace(mine, address=theirs.address)
        await told_alike(served, theft, replace(mine, address=NOBODY.address), method, path)
        for address in (theirs.address, NOBODY.address):
            await replace(mine, address=address).send(served.client, "DELETE", path)
    if mine.conversation in str(mine.body(path)):
        theft = replace(mine, conversation=theirs.conversation)
        await told_alike(served, theft, replace(mine, conversation=NOBODY.conversation), method, path)
    await still_there(served, theirs)


async def told_alike(served: Served, theft: Held, nothing: Held, method: str, path: str) -> str:
    """The answer to a theft, which must be that to who asks for what there is not, and cost the database the
    same statements.

    Copies of what it holds are loaded anew now and then, so that there are three attempts.
    """
    for _ in range(3):
        stolen = await told(served, theft, method, path)
        missing = await told(served, nothing, method, path)
        if stolen == missing:
            break
    assert stolen == missing
    return stolen[2]


async def told(
    served: Served, held: Held, method: str, path: str
) -> tuple[int, dict[str, str], str, tuple[str, ...]]:
    """Status, headers and body without what differs in each answer, and what the database was asked."""
    with statements() as executed:
        response = await held.send(served.client, method, path)
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in ("date", "x-request-id") and not name.startswith("ratelimit")
    }
    asked = tuple(statement for statement, _ in executed)
    return response.status_code, headers, same(held, response.text), asked


def same(held: Held, text: str) -> str:
    """The text without names that the asker gave, random ones and times."""
    named = [getattr(held, name) for name in ("site_key", "site", "conversation", "message", "key", "token")]
    named += [held.address, held.publisher]
    for name in named:
        text = text.replace(name, "…")
    text = re.sub(r"1\.[\w-]{24}\.[\w-]{43}|\b[0-9a-f]{32}\b", "…", text)
    return re.sub(r'("\w*(?:ms|_at|_in|seconds|t|kid|token)"): ?[^,}]+|key [0-9a-f-]+', r"\1", text)


async def still_there(served: Served, theirs: Held) -> None:
    read = await theirs.send(served.client, "GET", f"{OF_READERS}sessions/{{conversation}}")
    answer = read.json()["messages"][1]
    keys = await theirs.send(served.client, "GET", f"{OF_PEOPLE}/keys")

    assert (answer["text"] != "", answer["feedback"]) == (True, None)
    assert [key["name"] for key in keys.json()["keys"]] == ["CI"]


async def test_each_change_leaves_one_line_in_the_log(served: Served, issuer: Issuer) -> None:
    """Routes come along by being there; what one takes stands in `Held.body`."""
    site = await served.rt.db.run(sites.add, "logged", origins=[])
    held = await hold(served, issuer, site)
    spare, _ = await api_keys.create(served.rt, site, name="Spare", permissions=["read"], actor=ME)
    await members.put(served.rt, site, address="boss@example.com", role="owner", actor=ME)
    held = replace(held, key=spare.id)  # not the one that asks
    # An upload changes nothing until it is published.
    changing = [(method, path) for method, path in PEOPLE if method != "GET" and "/publishes" not in path]
    for method, path in sorted(
        changing, key=lambda one: (one[0] == "DELETE", "erase" in one[1], -len(one[1]))
    ):
        before = {entry.id for entry in await told_of(served, site)}
        sent = f"{path}?confirm=logged" if (method, path) == ("DELETE", OF_PEOPLE) else path
        changed = await held.send(served.client, method, sent)
        told = [entry for entry in await told_of(served, site) if entry.id not in before]

        assert changed.status_code < 300, (method, path, changed.text)
        assert [entry.actor.name for entry in told] == ["CI"], (method, path)


async def told_of(served: Served, site: Site) -> list[AuditEntry]:
    """What was done to the site, with what the deployment's log says of it."""
    of_all = await served.rt.db.run(audit.listing, None, limit=1000)
    of_site = await served.rt.db.run(audit.listing, site.id, limit=1000)
    return [entry for entry in of_all if entry.subject == site.name] + of_site


async def test_who_holds_it_gets_it(served: Served, both: tuple[Held, Held]) -> None:
    """Else the tests above would prove nothing."""
    for held in both:
        for path in ("session", "sessions", "sessions/{conversation}", "chat/{chat}/stream"):
            read = await held.send(served.client, "GET", OF_READERS + path)
            assert read.status_code == 200, path
            assert path == "sessions" or (MARK in read.text) == (held.site == "other"), path
