"""A stop is bounded, cuts short what does not end, loses nothing of it and says so in a line at most."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from askdocs.api.protocol import PatientProtocol
from askdocs.db import tables
from askdocs.db.database import Database
from askdocs.types import ModelStop, ModelText, Prompt
from tests.served import KEY, SITE, Served, parts, problem, serve, until

pytestmark = pytest.mark.anyio

STATUSES = select(tables.Message.status).where(tables.Message.role == "assistant")
QUESTION = b'{"question": "How do I rotate keys?"}'
HEAD = f"POST {SITE}/chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


class Endless:
    """A model that never comes to an end."""

    model = "endless"

    def __init__(self, text: str) -> None:
        self.text = text

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        yield ModelText("Rotate them monthly. ")
        while True:
            await (asyncio.sleep(0) if self.text else asyncio.Event().wait())
            yield ModelText(self.text)

    async def close(self) -> None:
        pass


@asynccontextmanager
async def stopping(folder: Path, database: str) -> AsyncIterator[Served]:
    """A server that gives answers no time to finish when the block ends."""
    async with serve(folder, database_url=database, server={"shutdown_grace": 0.1}) as served:
        served.world.write({"keys.md": "# Keys\n\nRotate keys every month with the rotate command."})
        await served.world.index()
        yield served


def statuses(url: str) -> Sequence[str | None]:
    """Of the stored answers."""
    db = Database(url)
    try:
        return [row[0] for row in db.run_sync(lambda session: session.execute(STATUSES).all())]
    finally:
        db.close()


@asynccontextmanager
async def deaf_reader(port: int, question: bytes = QUESTION) -> AsyncIterator[None]:
    """One who asks and then takes nothing of the answer."""
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.setblocking(False)
        await asyncio.get_running_loop().sock_connect(reader, ("127.0.0.1", port))
        reader.send(f"{HEAD}content-length: {len(question)}\r\n\r\n".encode() + question)
        yield


def is_full(connection: object) -> bool:
    return isinstance(connection, PatientProtocol) and connection.flow.write_paused


async def test_reader_who_takes_nothing_holds_no_stop_up(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.timeout(30), stopping(tmp_path, sqlite_url) as served, deaf_reader(served.port):
        monkeypatch.setattr(served.rt, "model", Endless("Rotate them. " * 10_000))
        await until(lambda: any(is_full(each) for each in served.server.server_state.connections))
        served.server.should_exit = True
        await until(lambda: not served.server.server_state.tasks)
    assert statuses(sqlite_url) == ["aborted"]
    assert not [record for record in caplog.records if record.exc_info]


async def test_answer_that_is_cut_short_says_so_and_is_kept(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.timeout(30), stopping(tmp_path, sqlite_url) as served:
        monkeypatch.setattr(served.rt, "model", Endless(""))
        asking = asyncio.create_task(served.ask("How do I rotate keys?"))
        await until(lambda: served.metric("active_sessions") == 1)
        served.server.should_exit = True
        found = parts((await asking).content)
    assert found[-1] == {
        "type": "error",
        "errorText": "The server is restarting. Please ask again in a moment.",
    }
    assert statuses(sqlite_url) == ["aborted"]
    assert not [record for record in caplog.records if record.exc_info]


async def test_request_that_was_not_answered_yet_is_told_to_come_back(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with asyncio.timeout(30), stopping(tmp_path, sqlite_url) as served:
        reached = asyncio.Event()

        async def hang(*_: Any, **__: Any) -> None:
            reached.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(served.rt.limiter, "check", hang)
        asking = asyncio.create_task(served.client.get(f"/api/v1/sites/{KEY}/sessions/x"))
        await reached.wait()
        served.server.should_exit = True
        response = await asking
    problem(response, 503, "service-unavailable")
    assert response.headers["retry-after"] == "1"
    assert not [record for record in caplog.records if record.exc_info]
