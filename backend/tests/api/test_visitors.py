"""What a site stores of one visitor is given out and erased: by the site, by the reader, and everywhere."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from askdocs.config import load
from askdocs.db import sites
from askdocs.db.database import Database
from askdocs.observability.logging import configure_logging
from askdocs.observability.tracing import Step, Tracer
from askdocs.tenancy import api_keys
from askdocs.types import Actor, Permission
from tests.answer.asking import STOP, ScriptedModel
from tests.api.test_users import give_key
from tests.builders import Chat
from tests.commands import Command
from tests.served import SITE, Served, only, parts, problem, serve, session_of

pytestmark = pytest.mark.anyio

ADMIN = "/api/v1/admin/sites/docs/visitors"
WORD = "zanzibarquux"
"""Stands in no page and in nothing of ours."""


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("visitors")) as opened:
        await write_docs(opened)
        yield opened


async def write_docs(served: Served) -> None:
    served.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
    await served.world.index()


async def manager(served: Served, may: Permission = "manage") -> dict[str, str]:
    me = Actor("operator", "", "me")
    _, secret = await api_keys.create(served.rt, served.world.site, name="Desk", permissions=[may], actor=me)
    return {"authorization": f"Bearer {secret}"}


def answer_of(response: httpx.Response) -> str:
    return str(only(parts(response.content), "data-answer")["data"]["message_id"])


async def test_all_of_a_signed_user_is_exported_and_erased(served: Served) -> None:
    host, mine = await give_key(served, "EdDSA"), await manager(served)
    signed = {"x-askdocs-user": host.sign("ada")}
    for question in ("How do I rotate keys?", "How often do keys rotate?"):
        await served.client.post(f"{SITE}/chat", json={"question": question}, headers=signed)
    other = session_of(await served.ask("Who rotates keys?"))

    exported = await served.client.post(f"{ADMIN}/export", json={"user": "ada"}, headers=mine)
    erased = await served.client.post(f"{ADMIN}/erase", json={"user": "ada"}, headers=mine)
    again = await served.client.post(f"{ADMIN}/erase", json={"user": "ada"}, headers=mine)

    asked = [one["messages"][0]["text"] for one in exported.json()["conversations"]]
    assert asked == ["How do I rotate keys?", "How often do keys rotate?"]
    assert erased.json() == {"conversations": 2}
    problem(again, 404, "not-found")
    left = await served.client.get(f"{SITE}/sessions", headers=signed)
    assert left.json() == {"sessions": []}
    kept = await served.client.get(f"{SITE}/session", headers={"x-askdocs-session": other})
    assert kept.status_code == 200


async def test_conversation_is_found_by_its_id_and_by_an_answer(served: Served) -> None:
    mine = await manager(served)
    message = answer_of(await served.ask("How do I rotate keys?"))

    by_answer = await served.client.post(f"{ADMIN}/export", json={"answer": message}, headers=mine)
    (found,) = by_answer.json()["conversations"]
    by_id = await served.client.post(f"{ADMIN}/export", json={"session": found["id"]}, headers=mine)
    erased = await served.client.post(f"{ADMIN}/erase", json={"session": found["id"]}, headers=mine)

    assert by_id.json() == by_answer.json()
    assert erased.json() == {"conversations": 1}


async def test_audit_log_tells_of_it_without_whom_it_was_about(served: Served) -> None:
    host, mine = await give_key(served, "EdDSA"), await manager(served)
    signed = {"x-askdocs-user": host.sign("grace@navy")}
    await served.client.post(f"{SITE}/chat", json={"question": "Keys?"}, headers=signed)
    await served.client.post(f"{ADMIN}/erase", json={"user": "grace@navy"}, headers=mine)

    log = await served.client.get("/api/v1/admin/sites/docs/audit", headers=mine)

    assert "visitor.delete" in [entry["action"] for entry in log.json()["entries"]]
    assert "grace" not in log.text


@pytest.mark.parametrize("named", [{}, {"user": "a", "session": "b"}])
async def test_visitor_is_named_in_one_way(served: Served, named: dict[str, str]) -> None:
    response = await served.client.post(f"{ADMIN}/erase", json=named, headers=await manager(served))
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize("strange", ["\0", "é" * 200, "\ud800", "' OR 1=1"])
@pytest.mark.parametrize("by", ["user", "session", "answer"])
async def test_strange_name_is_nobodys(served: Served, by: str, strange: str) -> None:
    body = json.dumps({by: strange})
    headers = {**await manager(served), "content-type": "application/json"}
    response = await served.client.post(f"{ADMIN}/export", content=body, headers=headers)
    assert response.status_code in (404, 422)


@pytest.mark.parametrize("may", ["read", "publish", "edit"])
async def test_only_who_manages_the_site_may(served: Served, may: Permission) -> None:
    headers = await manager(served, may)
    response = await served.client.post(f"{ADMIN}/export", json={"user": "ada"}, headers=headers)
    problem(response, 403, "permission-missing")


async def test_reader_who_erases_takes_the_kept_answer_along(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel("Every month [1].", STOP)
    monkeypatch.setattr(served.rt, "model", model)
    about = {"excerpt": {"text": "Rotate keys"}, "page": {"url": "https://docs.example.com/keys"}}
    token = session_of(await served.ask("How often must keys be rotated?", **about))
    await served.ask("How often must keys be rotated?", **about)
    assert len(model.prompts) == 1, "the answer was not kept"

    await served.client.delete(f"{SITE}/session", headers={"x-askdocs-session": token})
    await served.ask("How often must keys be rotated?", **about)

    assert len(model.prompts) == 2


class Traces:
    """What would be told of questions."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def record(self, whole: Step, steps: Sequence[Step], **_: Any) -> None:
        self.told.append(repr((whole, steps)))

    async def close(self) -> None:
        pass


def in_redis(url: str) -> Iterator[bytes]:
    from redis import Redis

    with Redis.from_url(url) as redis:
        for key in redis.scan_iter():
            yield key
            yield redis.dump(key)


def in_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    return ((str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("by", ["reader", "site"])
async def test_what_was_erased_is_left_nowhere(tmp_path: Path, redis_url: str, by: str) -> None:
    log, traces, model = io.StringIO(), Traces(), ScriptedModel(f"Every month, {WORD} [1].", STOP)
    configure_logging(load("test", debug=True), stream=log)
    async with serve(tmp_path, redis_url=redis_url) as served:
        await write_docs(served)
        served.rt.model, served.rt.tracer = model, cast("Tracer", traces)
        about = {
            "excerpt": {"text": f"Rotate {WORD}"},
            "page": {"url": f"https://docs.example.com/{WORD}", "title": WORD},
        }
        answer = await served.ask(f"How do I rotate the keys of {WORD}?", resumable=True, **about)
        token, message = session_of(answer), answer_of(answer)
        vote = {"vote": "down", "comment": WORD}
        await served.client.post(f"{SITE}/messages/{message}/feedback", json=vote)
        assert WORD in (await served.client.get(f"{SITE}/session", headers={"x-askdocs-session": token})).text
        assert any(WORD.encode() in one for one in in_redis(redis_url)), "nothing was kept in Redis"

        if by == "reader":
            gone = await served.client.delete(f"{SITE}/session", headers={"x-askdocs-session": token})
        else:
            body, mine = {"answer": message}, await manager(served)
            gone = await served.client.post(f"{ADMIN}/erase", json=body, headers=mine)
        assert gone.is_success

        metrics = (await served.client.get("/metrics")).text
        assert not [one for one in in_redis(redis_url) if WORD.encode() in one]
    assert not [path for path, content in in_files(tmp_path) if WORD.encode() in content]
    assert "request" in log.getvalue()
    assert traces.told
    for told in (metrics, log.getvalue(), *traces.told):
        assert WORD not in told


def test_command_exports_and_deletes(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    askdocs("site", "add", "handbook", "--origin", "https://docs.example.com")
    missing = askdocs("visitor", "delete", "handbook", "--user", "ada")
    unnamed = askdocs("visitor", "export", "handbook")

    assert (missing.code, unnamed.code) == (2, 2)
    assert "Nothing of this visitor is stored" in missing.err
    assert "in one way" in unnamed.err

    db = Database(f"sqlite:///{tmp_path}/home/askdocs.db")
    site = db.run_sync(sites.by_name, "handbook")
    assert site is not None
    Chat(db, site.id).open(1, question="Who am I?")
    db.close()
    written = tmp_path / "visitor.json"
    exported = askdocs("visitor", "export", "handbook", "--answer", "answer 1", "--output", str(written))
    deleted = askdocs("visitor", "delete", "handbook", "--answer", "answer 1")

    assert (exported.code, deleted.code) == (0, 0)
    assert json.loads(written.read_text())[0]["messages"][0]["text"] == "Who am I?"
    assert written.stat().st_mode & 0o777 == 0o600
    assert askdocs("visitor", "export", "handbook", "--answer", "answer 1").code == 2
