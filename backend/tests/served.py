"""The application on a real server and port, with a small world behind it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from askdocs.api.app import create_app
from askdocs.api.server import create_server, listen
from askdocs.config import load
from askdocs.db import sites
from askdocs.runtime import Runtime
from tests.worlds import World

KEY = "pk_docs_local"
CITATION_FIELDS = {"index", "url", "title", "heading", "quote", "occurrence", "fragment"}
SITE = f"/api/v1/sites/{KEY}"
ORIGIN = "http://localhost:3000"


@dataclass(frozen=True, slots=True)
class Served:
    """A server, a client of it, and what is behind it."""

    app: FastAPI
    client: httpx.AsyncClient
    port: int
    world: World
    server: uvicorn.Server

    @property
    def rt(self) -> Runtime:
        return self.world.rt

    async def ask(self, question: str, **body: Any) -> httpx.Response:
        return await self.client.post(f"{SITE}/chat", json={"question": question, **body})

    def metric(self, name: str, **labels: str) -> float | None:
        return self.rt.metrics._registry.get_sample_value(name, labels)


@asynccontextmanager
async def serve(folder: Path, *, host: str = "127.0.0.1", **overrides: Any) -> AsyncIterator[Served]:
    answers = {"min_confidence": 0.5, **overrides.pop("answers", {})}
    settings = load("test", home=folder / "home", answers=answers, **overrides)
    app = create_app(settings)
    server, listening = create_server(app, settings), listen(host, 0)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.wait([serving], timeout=0.01)
            assert not serving.done(), "the server did not start"
        port = listening.getsockname()[1]
        rt: Runtime = app.state.runtime
        site = await rt.db.run(sites.by_key, KEY)
        assert site is not None
        (folder / "docs").mkdir(exist_ok=True)
        world = World(rt, site, folder / "docs")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            yield Served(app, client, port, world, server)
    finally:
        server.should_exit = True
        await serving


def said(role: str, text: str, **fields: Any) -> dict[str, Any]:
    """A message of the AI SDK."""
    return {"id": uuid.uuid4().hex, "role": role, "parts": [{"type": "text", "text": text}], **fields}


async def ask_with(
    served: Served, *transcript: dict[str, Any], site: str = SITE, **fields: Any
) -> httpx.Response:
    """Ask as the AI SDK's default transport does."""
    body = {"id": "documentation-assistant", "trigger": "submit-message", "messages": transcript, **fields}
    return await served.client.post(f"{SITE}/chat", json=body)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nothing announces."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


def parts(body: bytes | str) -> list[dict[str, Any]]:
    """The parts of a finished stream, which must end as streams do."""
    text = body.decode() if isinstance(body, bytes) else body
    events = [event for event in text.split("\n\n") if event and not event.startswith(":")]
    assert all(event.startswith("data: ") and "\n" not in event for event in events)
    assert events[-1] == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in events[:-1]]


def only(found: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (part,) = (part for part in found if part["type"] == kind)
    return part


def session_of(response: httpx.Response) -> str:
    """The token that an answer's stream names."""
    return str(only(parts(response.content), "start")["messageMetadata"]["session"])


def problem(response: httpx.Response, status: int, kind: str) -> Mapping[str, Any]:
    """The problem that a response is, which must have the shape that all have."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail", "instance", "request_id", "fix"}
    assert body["type"] == f"urn:askdocs:problem:{kind}"
    assert body["status"] == status
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["detail"]
    assert body["fix"]
    return body
