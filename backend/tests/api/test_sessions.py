"""A session belongs to whoever holds its token, on its site alone; answers take votes."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from askdocs.db import sessions, sites
from askdocs.signing import SessionTokens
from tests.served import (
    CITATION_FIELDS,
    SITE,
    Served,
    ask_with,
    only,
    parts,
    problem,
    said,
    serve,
    session_of,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("sessions")) as opened:
        opened.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await opened.world.index()
        yield opened


@pytest.fixture
async def token(served: Served) -> str:
    """Of a session in which one question was asked."""
    return session_of(await served.ask("How do I rotate keys?"))


@pytest.fixture
async def message(served: Served) -> str:
    """The id of an answer."""
    answer = only(parts((await served.ask("How do I rotate keys?")).content), "data-answer")
    return str(answer["data"]["message_id"])


def named(token: str) -> dict[str, str]:
    """The header that names a session."""
    return {"x-askdocs-session": token}


async def logged(served: Served, response: httpx.Response) -> list[str]:
    """The questions of the session that an answer belongs to."""
    read = await served.client.get(f"{SITE}/session", headers=named(session_of(response)))
    return [message["text"] for message in read.json()["messages"] if message["role"] == "user"]


async def vote(served: Served, message: str, **body: Any) -> Any:
    return await served.client.post(f"{SITE}/messages/{message}/feedback", json=body)


async def test_session_is_read_in_order(served: Served, token: str) -> None:
    await served.ask("How often?", session=token)
    response = await served.client.get(f"{SITE}/session", headers=named(token))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    messages = response.json()["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
    assert messages[0]["text"] == "How do I rotate keys?"
    assert messages[1]["status"] == "answered"
    assert set(messages[1]["citations"][0]) == CITATION_FIELDS
    assert token not in response.text


async def test_session_is_erased(served: Served, token: str) -> None:
    assert (await served.client.delete(f"{SITE}/session", headers=named(token))).status_code == 204
    problem(await served.client.get(f"{SITE}/session", headers=named(token)), 404, "session-not-found")
    problem(await served.client.delete(f"{SITE}/session", headers=named(token)), 404, "session-not-found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_session_of_another_site_is_not_found(served: Served, token: str, method: str) -> None:
    other = await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[])
    response = await served.client.request(method, f"/api/v1/sites/{other.key}/session", headers=named(token))
    problem(response, 404, "session-not-found")
    assert (await served.client.get(f"{SITE}/session", headers=named(token))).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("token", ["nobody", "", "\xe9", "' OR 1=1", "documentation-assistant", "x" * 5000])
async def test_unknown_session_is_not_found(served: Served, method: str, token: str) -> None:
    header = {b"x-askdocs-session": token.encode("latin-1")}
    response = await served.client.request(method, f"{SITE}/session", headers=header)
    problem(response, 404, "session-not-found")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_request_that_names_no_session_is_told_how(served: Served, method: str) -> None:
    body = problem(await served.client.request(method, f"{SITE}/session"), 422, "invalid-request")
    assert body["detail"] == "X-Askdocs-Session: Field required."
    assert body["fix"] == "Send the header X-Askdocs-Session; /docs says what it holds."


async def test_api_describes_the_header(served: Served) -> None:
    paths = (await served.client.get("/api/openapi.json")).json()["paths"]
    operations = paths["/api/v1/sites/{site_key}/session"]
    for method in ("get", "delete"):
        header = next(each for each in operations[method]["parameters"] if each["in"] == "header")
        assert (header["name"], header["required"]) == ("X-Askdocs-Session", True)
        assert "messageMetadata" in header["description"]
    assert not [path for path in paths if "{session}" in path]


async def test_token_that_was_made_but_never_used_is_not_found(served: Served) -> None:
    unused = served.rt.session_tokens.make(served.world.site.id)
    problem(await served.client.get(f"{SITE}/session", headers=named(unused)), 404, "session-not-found")


async def test_reader_erases_what_was_said_before_the_key_changed(tmp_path: Path, sqlite_url: str) -> None:
    async with serve(tmp_path, database_url=sqlite_url, secret_key="before" * 8) as served:
        token = session_of(await served.ask("How do I rotate keys?"))
    async with serve(tmp_path, database_url=sqlite_url, secret_key="after" * 8) as served:
        problem(await served.client.get(f"{SITE}/session", headers=named(token)), 404, "session-not-found")
        assert (await served.client.delete(f"{SITE}/session", headers=named(token))).status_code == 204
        assert not await served.rt.db.run(sessions.exists, served.world.site.id, token=token)


async def test_token_of_another_site_begins_nothing(served: Served, token: str) -> None:
    other = await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[])
    path = f"/api/v1/sites/{other.key}"
    refused = await served.client.post(f"{path}/chat", json={"question": "Mine?", "session": token})
    problem(refused, 404, "session-not-found")
    problem(await served.client.get(f"{path}/session", headers=named(token)), 404, "session-not-found")
    assert len((await served.client.get(f"{SITE}/session", headers=named(token))).json()["messages"]) == 2


# which session a question goes on with


async def test_each_first_question_begins_a_session_whatever_the_chat_is_called(served: Served) -> None:
    one, other = [await ask_with(served, said("user", "How do I rotate keys?")) for _ in range(2)]
    assert session_of(one) != session_of(other)
    assert [await logged(served, response) for response in (one, other)] == [["How do I rotate keys?"]] * 2


async def test_transcript_of_the_ai_sdk_goes_on_with_its_session(served: Served) -> None:
    question = said("user", "How do I rotate keys?")
    first = await ask_with(served, question)
    answer = said("assistant", "Rotate.", metadata=only(parts(first.content), "start")["messageMetadata"])

    second = await ask_with(served, question, answer, said("user", "How often?"))

    assert session_of(second) == session_of(first)
    assert await logged(served, second) == ["How do I rotate keys?", "How often?"]


async def test_last_answer_that_names_a_session_decides(served: Served) -> None:
    old, new = [session_of(await served.ask("How do I rotate keys?")) for _ in range(2)]
    transcript = [
        said("assistant", "Rotate.", metadata={"session": old}),
        said("assistant", "Rotate.", metadata={"session": new}),
        said("assistant", "Half an ans", metadata={"session": 7}),
        said("assistant", "Who said this?", metadata=["session"]),
        said("user", "How often?", metadata={"session": old}),
    ]
    assert session_of(await ask_with(served, *transcript)) == new


async def test_session_that_is_named_outweighs_the_transcript(served: Served) -> None:
    named, carried = [session_of(await served.ask("How do I rotate keys?")) for _ in range(2)]
    answer = said("assistant", "Rotate.", metadata={"session": carried})
    response = await ask_with(served, answer, said("user", "How often?"), session=named)
    assert session_of(response) == named


async def tokens_of_others(served: Served) -> list[str]:
    """Of another site, of the key before a rotation, and made up."""
    other = await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[])
    path = f"/api/v1/sites/{other.key}/chat"
    asked = await served.client.post(path, json={"question": "How do I rotate keys?"})
    earlier = SessionTokens(b"the key before the rotation").make(served.world.site.id)
    return [session_of(asked), earlier, "documentation-assistant", "\0", "\U0001f511"]


async def test_token_of_others_in_a_transcript_is_passed_over(served: Served) -> None:
    for token in await tokens_of_others(served):
        answer = said("assistant", "Rotate.", metadata={"session": token})
        response = await ask_with(served, answer, said("user", "How do I rotate keys?"))
        assert session_of(response) != token
        assert await logged(served, response) == ["How do I rotate keys?"]


async def test_deleted_session_does_not_come_back_by_a_transcript(served: Served) -> None:
    token = session_of(await served.ask("How do I rotate keys?"))
    path = f"{SITE}/session"
    await served.client.delete(path, headers={"x-askdocs-session": token})
    answer = said("assistant", "Rotate.", metadata={"session": token})

    response = await ask_with(served, answer, said("user", "How often?"))

    assert session_of(response) != token
    problem(await served.client.get(path, headers={"x-askdocs-session": token}), 404, "session-not-found")


async def test_token_of_others_that_is_named_is_not_found(served: Served) -> None:
    for token in await tokens_of_others(served):
        problem(await served.ask("How do I rotate keys?", session=token), 404, "session-not-found")


async def test_session_that_the_key_before_the_rotation_named_is_unknown(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with serve(tmp_path, database_url=sqlite_url, secret_key="before" * 8) as served:
        token = session_of(await served.ask("How do I rotate keys?"))
        assert session_of(await served.ask("How often?", session=token)) == token
    async with serve(tmp_path, database_url=sqlite_url, secret_key="after" * 8) as served:
        problem(await served.ask("How often?", session=token), 404, "session-not-found")


# votes


async def test_vote_is_kept_and_replaced(served: Served, token: str) -> None:
    messages = (await served.client.get(f"{SITE}/session", headers=named(token))).json()["messages"]
    answer = messages[1]["id"]
    assert (await vote(served, answer, vote="up")).status_code == 204
    replaced = await vote(served, answer, vote="down", reason="outdated", comment="It moved.\0")
    assert replaced.status_code == 204
    messages = (await served.client.get(f"{SITE}/session", headers=named(token))).json()["messages"]
    given = messages[1]["feedback"]
    assert (given["vote"], given["reason"], given["comment"]) == ("down", "outdated", "It moved.")
    assert messages[0]["feedback"] is None


async def test_vote_without_a_reason_is_fine(served: Served, message: str) -> None:
    assert (await vote(served, message, vote="down", reason="", comment="")).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"vote": "sideways"},
        {"vote": "up", "reason": "because"},
        {"vote": "up", "reason": {}},
        {"vote": "up", "reason": []},
        {"vote": "up", "reason": 0},
        {"vote": "up", "comment": "x" * 2001},
        {"vote": "up", "comment": 7},
    ],
)
async def test_invalid_vote_is_refused(served: Served, message: str, body: dict[str, Any]) -> None:
    problem(await vote(served, message, **body), 422, "invalid-request")


@pytest.mark.parametrize("message", ["nobody", "%00", "a%2Fb"])
async def test_vote_on_an_unknown_answer_is_refused(served: Served, message: str) -> None:
    response = await vote(served, message, vote="up")
    problem(response, 404, "not-found" if "%2F" in message else "answer-not-found")


async def test_vote_on_an_answer_of_another_site_is_refused(served: Served, message: str) -> None:
    other = await served.rt.db.run(sites.add, uuid.uuid4().hex, origins=[])
    path = f"/api/v1/sites/{other.key}/messages/{message}/feedback"
    problem(await served.client.post(path, json={"vote": "up"}), 404, "answer-not-found")
