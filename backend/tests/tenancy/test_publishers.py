"""CI jobs that publish with a token of their provider: which are let in, to what, and what is left of it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from askdocs.api import admin
from askdocs.db import audit, sites
from askdocs.db import publishers as listed
from askdocs.errors import Conflict, InputError
from askdocs.issuers import Issuers
from askdocs.tenancy import publishers
from askdocs.types import Actor, Publisher, Site
from tests.commands import Command
from tests.issuers import AUDIENCE, GITHUB, GITLAB, Issuer, jwk, running
from tests.publishing import make
from tests.served import Served, problem, serve
from tests.tokens import private_key, public_pem, unsigned

pytestmark = pytest.mark.anyio

ME = Actor("operator", "", "me")
PATH = "/api/v1/admin/sites"
USUAL: dict[str, Any] = {"repository": "Acme/Handbook", "branch": "main", "actor": ME}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory, issuer: Issuer) -> AsyncIterator[Served]:
    settings: dict[str, Any] = {"publishers": {"audience": AUDIENCE}, "outbound": {"allow": [issuer.url]}}
    async with serve(tmp_path_factory.mktemp("publishers"), **settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of wrong tokens follow each other faster than jobs fail."""
    monkeypatch.setattr(admin, "_FAILURES", 1000)


@pytest.fixture(scope="module")
async def other(served: Served) -> Site:
    return await served.rt.db.run(sites.add, "othr", origins=[])


@pytest.fixture
async def site(served: Served, other: Site) -> AsyncIterator[Site]:
    """It trusts nobody, and the other one neither."""
    yield served.world.site
    for one in (served.world.site, other):
        for trusted in await served.rt.db.run(listed.listing, one.id):
            await served.rt.db.run(listed.remove, one.id, publisher_id=trusted.id)


@pytest.fixture(scope="module")
async def trusting(served: Served, issuer: Issuer) -> Site:
    """One for all tests that let nobody in, since they change nothing."""
    found = await served.rt.db.run(sites.add, "trusting", origins=[])
    await trust(served, found, issuer, repository="acme/matrix")
    return found


async def trust(served: Served, site: Site, issuer: Issuer, **fields: Any) -> Publisher:
    return await publishers.add(served.rt, site, **{**USUAL, "issuer": issuer.url, **fields})


async def begin(served: Served, site: Site, token: str) -> httpx.Response:
    """A publish, whose body is none: 422 says that its sender was let in."""
    path = f"{PATH}/{site.name}/publishes"
    return await served.client.post(path, headers={"authorization": f"Bearer {token}"}, content=b"")


Change = Mapping[str, Any]

MATRIX = {**GITHUB, "repository": "acme/matrix"}

WRONG: dict[str, Change] = {
    "another audience": {"aud": "https://ask.example.org"},
    "the owner as audience": {"aud": "https://github.com/acme"},
    "several audiences": {"aud": [AUDIENCE]},
    "no audience": {"aud": None},
    "a longer audience": {"aud": f"{AUDIENCE}.evil.example"},
    "another issuer": {"iss": "https://token.actions.githubusercontent.com"},
    "an issuer with a slash": {"iss": "…/"},
    "no issuer": {"iss": None},
    "our own issuer": {"iss": "askdocs"},
    "expired": {"exp": -31},
    "not valid yet": {"nbf": 120},
    "made in the future": {"iat": 120},
    "no end": {"exp": None},
    "no time": {"iat": None},
    "an end that is text": {"exp": "2999"},
    "an end that is a truth": {"exp": True},
    "an end that is no moment": {"exp": 1e300},
    "good for days": {"exp": 200_000},
    "no subject": {"sub": None},
    "another repository": {"repository": "acme/blog"},
    "a fork": {"repository": "mallory/matrix", "repository_owner": "mallory"},
    "a name that only looks alike": {"repository": "acme/m\N{CYRILLIC SMALL LETTER A}trix"},
    "a longer name": {"repository": "acme/matrix-2"},
    "a path": {"repository": "acme/matrix/../blog"},
    "no repository": {"repository": None},
    "a list of repositories": {"repository": ["acme/matrix"]},
    "no id": {"repository_id": None},
    "an id that is no number": {"repository_id": "seventy-four"},
    "a number as id": {"repository_id": 74},
    "no owner's id": {"repository_owner_id": None},
    "another branch": {"ref": "refs/heads/feature"},
    "a branch below": {"ref": "refs/heads/main/x"},
    "a branch in capitals": {"ref": "refs/heads/Main"},
    "a branch without its prefix": {"ref": "main"},
    "a tag": {"ref": "refs/tags/main", "ref_type": "tag"},
    "a tag that says it is a branch": {"ref": "refs/tags/main"},
    "a branch that says it is a tag": {"ref_type": "tag"},
    "no ref": {"ref": None},
    "no type of ref": {"ref_type": None},
    "a branch with a line break": {"ref": "refs/heads/main\n"},
    "a pull request": {"event_name": "pull_request", "ref": "refs/pull/7/merge"},
    "a pull request on the branch": {"event_name": "pull_request"},
    "a pull request's target": {"event_name": "pull_request_target"},
    "another workflow's end": {"event_name": "workflow_run"},
    "a comment": {"event_name": "issue_comment"},
    "no event": {"event_name": None},
    "GitLab's claims beside": {"project_path": "acme/matrix"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
async def test_token_of_another_job_lets_nobody_in(
    served: Served, trusting: Site, issuer: Issuer, change: Change
) -> None:
    now = served.rt.now().timestamp()
    times = {name: int(now) + value for name, value in change.items() if type(value) is int}
    changes = {**change, **times}
    if changes.get("iss") == "…/":
        changes["iss"] = f"{issuer.url}/"
    refused = await begin(served, trusting, issuer.sign(MATRIX, **changes))

    problem(refused, 401, "credentials-invalid")


def other_header(claims: Mapping[str, Any], issuer: Issuer, **header: Any) -> str:
    """Signed by the issuer, with this header."""
    kid, private = list(issuer.keys.items())[-1]
    return jwt.encode(dict(claims), private, "RS256", headers={"kid": kid, **header})


def by(key: Any, claims: Mapping[str, Any], algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode(dict(claims), key, algorithm, headers={"kid": "one", **header})


def spliced(token: str, other: str) -> str:
    """The signature of one token under another's claims."""
    return ".".join([*other.split(".")[:2], token.split(".")[2]])


def shared(issuer: Issuer) -> bytes:
    """The public key, which a careless checker takes for a secret."""
    return base64.b64encode(public_pem(issuer.keys["one"]).encode())


FORGED: dict[str, Callable[[Issuer, dict[str, Any]], str]] = {
    "alg none": lambda _, claims: unsigned({"alg": "none", "kid": "one", "typ": "JWT"}, claims),
    "alg nOnE": lambda _, claims: unsigned({"alg": "nOnE", "kid": "one"}, claims),
    "no alg": lambda _, claims: unsigned({"kid": "one"}, claims, b"x"),
    "no signature": lambda _, claims: unsigned({"alg": "RS256", "kid": "one"}, claims),
    "HS256 with the public key": lambda issuer, claims: by(shared(issuer), claims, "HS256"),
    "ES256": lambda _, claims: by(private_key("ES256"), claims, "ES256"),
    "EdDSA": lambda _, claims: by(private_key("EdDSA"), claims, "EdDSA"),
    "RS512": lambda issuer, claims: by(issuer.keys["one"], claims, "RS512"),
    "PS256": lambda issuer, claims: by(issuer.keys["one"], claims, "PS256"),
    "another's key": lambda _, claims: by(private_key("RS256", "mallory"), claims),
    "another's key in the header": lambda _, claims: by(
        private_key("RS256", "mallory"), claims, jwk=jwk("one", private_key("RS256", "mallory"))
    ),
    "another's address of keys": lambda _, claims: by(
        private_key("RS256", "mallory"), claims, jku="https://mallory.example/jwks"
    ),
    "an unknown key": lambda issuer, claims: other_header(claims, issuer, kid="two"),
    "no kid": lambda issuer, claims: jwt.encode(claims, issuer.keys["one"], "RS256"),
    "an empty kid": lambda issuer, claims: other_header(claims, issuer, kid=""),
    "a critical extension": lambda issuer, claims: other_header(claims, issuer, crit=["b64"], b64=False),
    "another type": lambda issuer, claims: other_header(claims, issuer, typ="at+jwt"),
    "another's signature": lambda issuer, claims: spliced(
        issuer.sign(MATRIX, repository="acme/blog"), issuer.sign(MATRIX)
    ),
    "claims that are a list": lambda _, __: unsigned({"alg": "RS256", "kid": "one"}, [], b"x"),
    "very long": lambda issuer, claims: issuer.sign({**claims, "padding": "x" * 9000}),
    "very deep": lambda _, __: unsigned({"alg": "RS256", "kid": "one"}, json.loads("[" * 500 + "]" * 500)),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_token_that_the_issuer_did_not_sign_lets_nobody_in(
    served: Served, trusting: Site, issuer: Issuer, forge: Callable[[Issuer, dict[str, Any]], str]
) -> None:
    claims = jwt.decode(issuer.sign(MATRIX), options={"verify_signature": False})
    refused = await begin(served, trusting, forge(issuer, claims))

    problem(refused, 401, "credentials-invalid")


RIGHT: dict[str, tuple[Change, Change]] = {
    "as it is": ({}, {}),
    "a name in capitals": ({}, {"repository": "ACME/Handbook"}),
    "a run by hand": ({}, {"event_name": "workflow_dispatch"}),
    "a branch with a slash": ({"branch": "docs/v2"}, {"ref": "refs/heads/docs/v2"}),
    "any environment": ({}, {"environment": "production"}),
    "the environment": ({"environment": "Production"}, {"environment": "production"}),
    "the ids": ({"repository_id": "74", "owner_id": "65"}, {}),
    "a clock that is a little late": ({}, {"iat": 20, "nbf": 20}),
    "an address with a slash": ({}, {"aud": f"{AUDIENCE}/"}),
}


@pytest.mark.parametrize(("fields", "change"), RIGHT.values(), ids=RIGHT)
async def test_job_that_is_trusted_is_let_in(
    served: Served, site: Site, issuer: Issuer, fields: Change, change: Change
) -> None:
    await trust(served, site, issuer, **fields)
    now = int(served.rt.now().timestamp())
    times = {name: now + value for name, value in change.items() if type(value) is int}

    problem(await begin(served, site, issuer.sign(GITHUB, **{**change, **times})), 422, "input-error")


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({"environment": "production"}, {}),
        ({"environment": "production"}, {"environment": "preview"}),
        ({"repository_id": "75"}, {}),
        ({"owner_id": "66"}, {}),
        ({"provider": "gitlab"}, {}),
    ],
)
async def test_job_that_is_not_all_that_was_asked_for_is_refused(
    served: Served, site: Site, issuer: Issuer, fields: Change, change: Change
) -> None:
    await trust(served, site, issuer, **fields)

    refused = problem(await begin(served, site, issuer.sign(GITHUB, **change)), 401, "credentials-invalid")
    assert "No site here trusts jobs of acme/handbook (id 74, owner 65)" in refused["detail"]


GITLAB_JOBS: dict[str, tuple[Change, int]] = {
    "as it is": ({}, 422),
    "by hand": ({"pipeline_source": "web"}, 422),
    "a merge request": ({"pipeline_source": "merge_request_event"}, 401),
    "a pipeline of another": ({"pipeline_source": "parent_pipeline"}, 401),
    "a tag": ({"ref_type": "tag"}, 401),
    "another branch": ({"ref": "feature"}, 401),
    "a branch that is not protected": ({"ref_protected": "false"}, 401),
    "protected as a truth": ({"ref_protected": True}, 401),
    "a fork": ({"project_path": "mallory/handbook"}, 401),
    "a group above": ({"project_path": "acme/docs"}, 401),
    "no id": ({"project_id": None}, 401),
    "GitHub's claims beside": ({**GITHUB, "project_path": None}, 401),
}


@pytest.mark.parametrize(("change", "status"), GITLAB_JOBS.values(), ids=GITLAB_JOBS)
async def test_jobs_of_gitlab_are_told_apart_likewise(
    served: Served, site: Site, issuer: Issuer, change: Change, status: int
) -> None:
    await trust(served, site, issuer, provider="gitlab", repository="acme/docs/handbook")

    assert (await begin(served, site, issuer.sign(GITLAB, **change))).status_code == status


async def test_repository_that_took_over_a_name_is_another_one(
    served: Served, site: Site, issuer: Issuer
) -> None:
    await trust(served, site, issuer)
    first = await begin(served, site, issuer.sign(GITHUB))
    refused = [
        await begin(served, site, issuer.sign({**GITHUB, claim: "99"}))
        for claim in ("repository_id", "repository_owner_id")
    ]
    again = await begin(served, site, issuer.sign(GITHUB))
    (bound,) = await served.rt.db.run(listed.listing, site.id)
    told = await served.rt.db.run(audit.listing, site.id, limit=2)

    assert [one.status_code for one in (first, *refused, again)] == [422, 401, 401, 422]
    assert (bound.repository_id, bound.owner_id) == ("74", "65")
    assert [(one.action, one.actor.kind, one.actor.name) for one in told] == [
        ("publisher.bind", "publisher", "github:acme/handbook@main"),
        ("publisher.add", "operator", "me"),
    ]


async def test_job_may_publish_its_site_and_nothing_else(
    served: Served, site: Site, other: Site, issuer: Issuer
) -> None:
    await trust(served, other, issuer, repository="acme/blog")
    await trust(served, site, issuer)
    mine = {"authorization": f"Bearer {issuer.sign(GITHUB)}"}
    theirs = await begin(served, other, issuer.sign(GITHUB))
    nobodys = await served.client.post(f"{PATH}/nowhere/publishes", headers=mine)
    answers = {
        path: await served.client.request(method, f"{PATH}/{site.name}{path}", headers=mine)
        for method, path in (("GET", "/keys"), ("GET", "/publishers"), ("GET", "/audit"), ("DELETE", ""))
    }

    problem(theirs, 404, "not-found")
    assert theirs.json()["detail"].replace(other.name, "nowhere") == nobodys.json()["detail"]
    for refused in answers.values():
        told = problem(refused, 403, "permission-missing")["detail"]
        assert told == "github:acme/handbook@main may publish here; this takes manage."


async def test_one_repository_may_publish_several_sites(
    served: Served, site: Site, other: Site, issuer: Issuer
) -> None:
    for one in (site, other):
        await trust(served, one, issuer)
    token = issuer.sign(GITHUB)

    assert [(await begin(served, one, token)).status_code for one in (site, other)] == [422, 422]


async def test_publisher_is_added_listed_and_removed(served: Served, site: Site, issuer: Issuer) -> None:
    owner = {"authorization": f"Bearer {await make(served, site, 'manage')}"}
    path = f"{PATH}/{site.name}/publishers"
    wanted = {"repository": "Acme/Handbook", "branch": "main", "issuer": issuer.url}
    added = await served.client.post(path, headers=owner, json=wanted)
    twice = await served.client.post(path, headers=owner, json=wanted)
    await begin(served, site, issuer.sign(GITHUB))
    (told,) = (await served.client.get(path, headers=owner)).json()["publishers"]
    gone, again = [
        await served.client.delete(f"{path}/{added.json()['id']}", headers=owner) for _ in range(2)
    ]

    assert (added.status_code, told["repository"], told["repository_id"]) == (201, "acme/handbook", "74")
    assert told["used_at"] is not None
    problem(twice, 409, "conflict")
    assert (gone.status_code, again.status_code) == (204, 404)
    problem(await begin(served, site, issuer.sign(GITHUB)), 401, "credentials-invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {"repository": "handbook"},
        {"repository": "acme/hand book"},
        {"repository": "https://github.com/acme/handbook"},
        {"branch": ""},
        {"branch": "refs/heads/main"},
        {"branch": "v*"},
        {"environment": "a\nb"},
        {"repository_id": "x"},
        {"issuer": "ftp://gitlab.example.com"},
        {"issuer": "https://me@gitlab.example.com"},
        {"issuer": "https://gitlab.internal"},
    ],
)
async def test_what_cannot_be_trusted_is_not(
    served: Served, site: Site, issuer: Issuer, fields: Change
) -> None:
    with pytest.raises(InputError):
        await publishers.add(served.rt, site, **{**USUAL, "issuer": issuer.url, **fields})


async def test_same_publisher_is_not_added_twice(served: Served, site: Site, issuer: Issuer) -> None:
    await trust(served, site, issuer)
    with pytest.raises(Conflict):
        await trust(served, site, issuer, repository="ACME/handbook")
    await trust(served, site, issuer, environment="production")


async def test_server_that_does_not_know_its_address_takes_no_tokens(
    served: Served, site: Site, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trust(served, site, issuer)
    unset = served.rt.settings.publishers.model_copy(update={"audience": None})
    monkeypatch.setattr(served.rt, "settings", served.rt.settings.model_copy(update={"publishers": unset}))
    refused = problem(await begin(served, site, issuer.sign(GITHUB)), 401, "credentials-invalid")

    assert "ASKDOCS_PUBLISHERS__AUDIENCE" in refused["fix"]
    with pytest.raises(InputError, match="takes no tokens"):
        await trust(served, site, issuer, branch="next")


async def test_keys_that_cannot_be_had_are_the_servers_trouble(
    served: Served, site: Site, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.rt, "issuers", Issuers(served.rt.db, served.rt.outbound, file=None))
    await trust(served, site, issuer)
    await begin(served, site, issuer.sign(GITHUB))
    monkeypatch.setattr(issuer, "is_down", True)
    later = served.rt.now() + timedelta(hours=23)
    monkeypatch.setattr(served.rt, "now", lambda: later)
    known = await begin(served, site, issuer.sign(GITHUB, now=later.timestamp()))
    much_later = later + timedelta(hours=2)
    monkeypatch.setattr(served.rt, "now", lambda: much_later)
    unknown = await begin(served, site, issuer.sign(GITHUB, now=much_later.timestamp()))

    assert known.status_code == 422
    assert f"keys of {issuer.url}" in problem(unknown, 503, "issuer-unavailable")["detail"]
    assert unknown.headers["retry-after"] == "60"


def test_commands_add_list_and_remove(askdocs: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_PUBLISHERS__AUDIENCE", AUDIENCE)
    usual = ("publisher", "add", "docs", "--repository", "acme/handbook")
    added = json.loads(askdocs(*usual, "--environment", "production", "--json").out)
    lab = askdocs(*usual, "--provider", "gitlab", "--branch", "next")
    table = askdocs("publisher", "list", "docs").out
    removed, again = (askdocs("publisher", "remove", "docs", added["id"]) for _ in range(2))
    wrong = askdocs(*usual, "--provider", "jenkins")

    assert added["issuer"] == "https://token.actions.githubusercontent.com"
    assert (lab.code, "gitlab:acme/handbook@next" in table, "production" in table) == (0, True, True)
    assert (removed.code, again.code, wrong.code) == (0, 2, 2)
    assert len(json.loads(askdocs("publisher", "list", "docs", "--json").out)) == 1
