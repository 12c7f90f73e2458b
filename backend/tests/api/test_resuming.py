"""A reader whose connection broke comes back to the answer, on any instance; nobody else does."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from askdocs.api.protocol import PatientProtocol
from askdocs.db import feedback, messages, tables
from askdocs.db.database import Session
from askdocs.db.messages import LoggedMessage
from askdocs.observability.breaker import CircuitBreaker
from askdocs.runtime import Runtime
from askdocs.streams import held
from askdocs.streams.held import ERASED, RESTARTING, STOPPED
from askdocs.streams.registry import owner_of
from askdocs.types import ModelStop, ModelText, Prompt
from tests.api.test_stopping import deaf_reader, is_full, statuses
from tests.served import SITE, Served, only, parts, problem, serve, until

pytestmark = pytest.mark.anyio

BROKEN = CircuitBreaker("redis streams", rest=float("inf"))
BROKEN.failed(OSError("Redis is away."))
SECRET = "0123456789abcdef0123456789abcdef"
GONE = 204


class Told:
    """A model that says what it is told to. `stopped` says that it was cancelled, or has ended."""

    model = "told"

    def __init__(self) -> None:
        self._said: asyncio.Queue[str | None] = asyncio.Queue()
        self.stopped = False

    def say(self, text: str) -> None:
        self._said.put_nowait(text)

    def finish(self) -> None:
        self._said.put_nowait(None)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        try:
            yield ModelText("Rotate keys every month ")
            while (text := await self._said.get()) is not None:
                yield ModelText(text)
            yield ModelStop("stop")
        finally:
            self.stopped = True

    async def close(self) -> None:
        pass


class Reader:
    """Asks with a connection that it can lose."""

    def __init__(self, client: httpx.AsyncClient, *, chat: str = "") -> None:
        self._client, self._chat = client, chat
        self.got = b""
        self.session = self.message = ""
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, *, session: str = "", until: bytes = b"Rotate keys") -> None:
        """Until it has read so much."""
        enough, self.got = asyncio.Event(), b""
        body = {"question": "How do I rotate keys?", "resumable": True, "id": self._chat}

        async def read() -> None:
            asked = {**body, "session": session or None}
            async with self._client.stream("POST", f"{SITE}/chat", json=asked, timeout=30) as response:
                async for piece in response.aiter_bytes():
                    self.got += piece
                    if until in self.got:
                        enough.set()

        self._asking = asyncio.create_task(read())
        async with asyncio.timeout(20):
            await enough.wait()
        start = json.loads(self.got.partition(b"\n\n")[0].removeprefix(b"data: "))
        self.message, self.session = start["messageId"], start["messageMetadata"]["session"]

    async def leave(self) -> None:
        assert self._asking is not None
        self._asking.cancel()
        await asyncio.wait([self._asking])

    async def read_on(self) -> bytes:
        assert self._asking is not None
        await self._asking
        return self.got

    async def resume(
        self, name: str = "", *, client: httpx.AsyncClient | None = None, session: str | None = None
    ) -> httpx.Response:
        address = f"{SITE}/chat/{name or self.message}/stream"
        headers = {"x-askdocs-session": self.session if session is None else session}
        return await (client or self._client).get(address, headers=headers, timeout=30)

    async def stop(self, name: str = "", *, client: httpx.AsyncClient | None = None) -> int:
        address = f"{SITE}/chat/{name or self.message}/stream"
        response = await (client or self._client).delete(address, headers={"x-askdocs-session": self.session})
        return response.status_code


@pytest.fixture(scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serve(tmp_path_factory.mktemp("resuming"), answers={"cache_ttl": 0}) as opened:
        await publish(opened)
        yield opened


async def publish(served: Served) -> None:
    served.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
    await served.world.index()


@pytest.fixture
def model(served: Served, monkeypatch: pytest.MonkeyPatch) -> Told:
    model = Told()
    monkeypatch.setattr(served.rt, "model", model)
    return model


@pytest.fixture
def reader(served: Served) -> Reader:
    return Reader(served.client, chat="chat")


async def logged(rt: Runtime, site: str, reader: Reader) -> LoggedMessage:
    """The newest answer of the reader's session."""
    found = await rt.db.run(messages.conversation, site, token=reader.session)
    assert found is not None
    return found.messages[-1]


def text(body: bytes) -> str:
    return "".join(part["delta"] for part in parts(body) if part["type"] == "text-delta")


@pytest.mark.parametrize("until", [b"messageId", b"start-step", b"source-url", b"Rotate keys", b"keep them"])
async def test_answer_is_resumed_wherever_the_connection_broke(
    served: Served, model: Told, reader: Reader, until: bytes
) -> None:
    model.say("and keep them. Do so ")
    await reader.ask(until=until)
    await reader.leave()
    resuming = asyncio.create_task(reader.resume())
    model.say("at least [1].")
    model.finish()
    response = await resuming
    assert response.status_code == 200
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    found = parts(response.content)
    assert only(found, "start")["messageId"] == reader.message
    assert found[-1]["type"] == "finish"
    answer = await logged(served.rt, served.world.site.id, reader)
    assert answer.status == "answered"
    assert answer.text == text(response.content)
    assert "Do so at least" in answer.text


async def test_two_tabs_and_the_first_reader_get_the_same(
    served: Served, model: Told, reader: Reader
) -> None:
    await reader.ask()
    tabs = [asyncio.create_task(reader.resume(name)) for name in ("chat", reader.message)]
    await until(lambda: served.metric("active_sessions") == 3)
    model.say("and once [1].")
    model.finish()
    bodies = {(await tab).content for tab in tabs}
    assert bodies == {await reader.read_on()}


async def test_ended_answer_is_had_by_its_own_name_for_a_while(
    served: Served, model: Told, reader: Reader
) -> None:
    await reader.ask()
    model.finish()
    body = await reader.read_on()
    assert (await reader.resume()).content == body
    # A chat that has its answer already would show it twice.
    assert (await reader.resume("chat")).status_code == GONE
    served.rt.streams._ended.clear()
    assert (await reader.resume()).status_code == GONE


async def test_foreign_answer_is_like_one_that_never_was(served: Served, model: Told, reader: Reader) -> None:
    await reader.ask()
    stranger = Reader(served.client, chat="other")
    await stranger.ask()
    forged = f"{stranger.session[:-1]}{'A' if stranger.session[-1] != 'A' else 'B'}"
    refused = [
        await reader.resume(name, session=session)
        for name in (reader.message, "chat")
        for session in (stranger.session, forged, "", "x")
    ]
    unknown = await reader.resume("never", session=stranger.session)
    assert {response.status_code for response in refused} == {GONE}
    volatile = {"x-request-id", "date", "ratelimit"}
    headers = [{k: v for k, v in each.headers.items() if k not in volatile} for each in (*refused, unknown)]
    assert all(each == headers[0] for each in headers)
    await stranger.stop(reader.message)
    await stranger.stop("chat")
    assert not model.stopped
    for each in (reader, stranger):
        assert await each.stop() == GONE


async def test_header_that_is_missing_is_named(served: Served) -> None:
    response = await served.client.get(f"{SITE}/chat/chat/stream")
    assert response.status_code == 422
    assert "X-Askdocs-Session" in response.text


async def test_stop_stops_the_model_and_tells_who_reads(served: Served, model: Told, reader: Reader) -> None:
    await reader.ask()
    await reader.leave()
    tab = asyncio.create_task(reader.resume())
    await until(lambda: served.metric("active_sessions") == 1)
    assert await reader.stop("chat") == GONE
    assert model.stopped
    answer = await logged(served.rt, served.world.site.id, reader)
    assert answer.status == "aborted"
    assert answer.text.startswith("Rotate keys ")
    assert parts((await tab).content)[-1] == {"type": "error", "errorText": STOPPED}
    assert await reader.stop("chat") == GONE


async def test_answer_that_nobody_comes_back_to_is_stopped(
    served: Served, model: Told, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.rt.streams, "_grace", 0.05)
    await reader.ask()
    await reader.leave()
    await until(lambda: model.stopped)
    await until(lambda: not served.rt.streams._running)
    assert (await logged(served.rt, served.world.site.id, reader)).status == "aborted"


async def test_answer_goes_on_for_a_reader_who_takes_nothing(
    served: Served, model: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is full: the model is read to its end all the same, and little of it is kept."""
    monkeypatch.setattr(held, "MOST_BYTES", 50_000)
    asked = b'{"question": "How do I rotate keys?", "resumable": true}'
    connections = served.server.server_state.connections
    async with deaf_reader(served.port, asked):
        await until(lambda: bool(served.rt.streams._running))
        for each in connections:
            assert isinstance(each, PatientProtocol)
            each.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        (stream,) = served.rt.streams._running.values()
        model.say("[1]. ")
        for _ in range(20):
            before = stream.size
            model.say("Rotate them. " * 1000)
            await until(lambda before=before: stream.size > before)  # type: ignore[misc]
        assert any(is_full(each) for each in connections)
        model.finish()
        async with asyncio.timeout(20):
            await asyncio.wait([stream.task])
        assert stream.broke == ""
        assert stream.size > 250_000
        assert len(stream._kept) <= 50_000
        (stored,) = await served.rt.db.run(newest_status)
    assert stored == "answered"


def newest_status(db: Session) -> Sequence[str | None]:
    """Of the answer that was begun last."""
    message = tables.Message
    of_answers = select(message.status).where(message.role == "assistant")
    return db.scalars(of_answers.order_by(message.created_at.desc()).limit(1)).all()


async def test_deleted_conversation_is_gone_everywhere(served: Served, model: Told, reader: Reader) -> None:
    await reader.ask()
    model.finish()
    ended = only(parts(await reader.read_on()), "start")["messageId"]
    site = served.world.site.id
    vote = {"message_id": ended, "vote": "down", "reason": "incorrect", "comment": "No."}
    assert await served.rt.db.run(feedback.give, site, now=served.rt.now(), **vote)
    model.stopped = False
    await reader.ask(session=reader.session)
    tab = asyncio.create_task(reader.resume())
    await until(lambda: served.metric("active_sessions") == 2)

    deleted = await served.client.delete(f"{SITE}/session", headers={"x-askdocs-session": reader.session})

    assert deleted.status_code == 204
    assert model.stopped
    assert parts((await tab).content)[-1] == {"type": "error", "errorText": ERASED}
    for name in ("chat", reader.message, ended):
        assert (await reader.resume(name)).status_code == GONE
    assert await rows(served, reader.message, ended) == 0


async def rows(served: Served, *answers: str) -> int:
    """What the database has of these answers, their questions and their votes."""
    message, vote = tables.Message, tables.Feedback
    of_messages = select(func.count()).where(message.id.in_(answers) | message.reply_to.in_(answers))
    of_votes = select(func.count()).where(vote.message_id.in_(answers))
    return await served.rt.db.run(lambda db: (db.scalar(of_messages) or 0) + (db.scalar(of_votes) or 0))


async def test_session_that_resumes_may_be_switched_off(
    served: Served, model: Told, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served.rt.streams, "_grace", 0)
    await reader.ask()
    assert (await reader.resume()).status_code == GONE
    await reader.leave()
    await until(lambda: model.stopped)


async def test_stop_of_the_server_ends_fifty_answers_that_are_resumed(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    times, guard = {"shutdown_grace": 0.1}, {"streams_per_client": 50}
    async with (
        asyncio.timeout(60),
        serve(tmp_path, database_url=sqlite_url, server=times, guard=guard) as served,
    ):
        await publish(served)
        monkeypatch.setattr(served.rt, "model", Told())
        limits = httpx.Limits(max_connections=None)
        base = str(served.client.base_url)
        async with httpx.AsyncClient(base_url=base, trust_env=False, limits=limits) as client:
            readers = [Reader(client) for _ in range(50)]
            await asyncio.gather(*(reader.ask() for reader in readers))
            await asyncio.gather(*(reader.leave() for reader in readers[:10]))
            began = asyncio.get_running_loop().time()
            served.server.should_exit = True
            bodies = await asyncio.gather(*(reader.read_on() for reader in readers[10:]))
            await until(lambda: not served.server.server_state.tasks)
    assert {parts(body)[-1]["errorText"] for body in bodies} == {RESTARTING}
    assert asyncio.get_running_loop().time() - began < 4
    assert statuses(sqlite_url) == ["aborted"] * 50
    assert not [record for record in caplog.records if record.exc_info]


async def until_known(instance: Served, reader: Reader) -> None:
    """Another instance learns of an answer a moment after it has begun."""
    owner = owner_of(instance.world.site.id, reader.session)
    async with asyncio.timeout(5):
        while True:
            if await instance.rt.streams.find(owner, reader.message):
                return
            await asyncio.sleep(0.01)


async def test_two_instances_over_redis(
    tmp_path: Path, sqlite_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = {"database_url": sqlite_url, "redis_url": redis_url, "secret_key": SECRET}
    async with AsyncExitStack() as stack:
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
        one, other = [
            await stack.enter_async_context(serve(tmp_path / name, **shared, answers={"cache_ttl": 0}))
            for name in ("one", "other")
        ]
        await publish(one)
        model = Told()
        monkeypatch.setattr(one.rt, "model", model)
        reader = Reader(one.client, chat="chat")

        # Resumed elsewhere, to its end.
        await reader.ask()
        await reader.leave()
        resuming = asyncio.create_task(reader.resume("chat", client=other.client))
        model.say("and once [1].")
        await until(lambda: other.metric("active_sessions") == 1)
        model.finish()
        body = (await resuming).content
        assert text(body) == (await logged(one.rt, one.world.site.id, reader)).text
        assert (await reader.resume(client=other.client)).content == body
        assert (await reader.resume("chat", client=other.client)).status_code == GONE

        # Stopped elsewhere.
        model.stopped = False
        await reader.ask(session=reader.session)
        await until_known(other, reader)
        assert await reader.stop("chat", client=other.client) == GONE
        await until(lambda: model.stopped)
        assert parts(await reader.read_on())[-1]["errorText"] == STOPPED

        # Whether it is given elsewhere cannot be known.
        assert other.rt.streams._shared is not None
        monkeypatch.setattr(other.rt.streams._shared, "_breaker", BROKEN)
        refused = await reader.resume(client=other.client)
        problem(refused, 503, "cache-unavailable")
        assert refused.headers["retry-after"] == "2"
        monkeypatch.setattr(other.rt.streams._shared, "_breaker", CircuitBreaker("redis streams"))

        # Deleted elsewhere.
        model.stopped = False
        await reader.ask(session=reader.session)
        await until_known(other, reader)
        headers = {"x-askdocs-session": reader.session}
        assert (await other.client.delete(f"{SITE}/session", headers=headers)).status_code == 204
        for instance in (one, other):
            assert (await reader.resume(client=instance.client)).status_code == GONE
        await until(lambda: model.stopped)
        assert await rows(one, reader.message) == 0
