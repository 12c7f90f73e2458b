"""A Gemini for tests: the part of its REST API that Askdocs uses, with replies that can be scripted.

The unmodified `google-genai` talks to it. In a test:

    async with gemini.running() as fake:
        client = GeminiClient(GeminiApi(gemini.API_KEY, base_url=fake.url))
        fake.script(Reply(status=429, retry_delay="2s"), Reply(text="Hello.", then="cut", after=1))

By hand, from `backend/`: `python -m tests.fakes.gemini --port 8790`. Port 0 picks a free one; the first line
printed is the URL. It speaks as the Gemini API to those with a key, and as Vertex AI to those with a token,
which it gives out itself. It is then scripted over HTTP, without a key: `POST /_script` with a reply or a
list of replies as JSON, `DELETE /_script`, and `GET /_requests` to see what was asked and how it ended.

Without a script it answers from the prompt's passages and cites them, and texts that share words get vectors
that are near each other.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import orjson
from aiohttp import web

from tests.fakes.gemini_json import (
    Json,
    Refused,
    Reply,
    embeddings,
    event,
    predictions,
    problem,
    stream_events,
    whole_answer,
)
from tests.fakes.google_auth import TokenSource

__all__ = ["API_KEY", "FakeGemini", "Received", "Reply", "running"]

API_KEY = "fake-gemini-key"

_REQUESTS_KEPT = 1000
_WAIT = 5.0
_OPERATIONS = ("generateContent", "streamGenerateContent", "embedContent", "batchEmbedContents")
_VERTEX_OPERATIONS = ("generateContent", "streamGenerateContent", "embedContent", "predict")
_VERTEX = r"/{version:v1|v1beta1}/projects/{project}/locations/{location}/publishers/google/models"


@dataclass(slots=True)
class Received:
    """A request, and how it ended. `events` counts what was sent of a stream; requests that came over one
    connection share `connection`. `place` is Vertex AI's project and location."""

    operation: str
    model: str
    body: Json
    connection: int
    status: int = 0
    events: int = 0
    place: str = ""
    outcome: Literal["open", "complete", "cut", "disconnected"] = "open"


@dataclass
class FakeGemini:
    url: str = ""
    tokens: TokenSource = field(default_factory=TokenSource)
    requests: deque[Received] = field(default_factory=lambda: deque(maxlen=_REQUESTS_KEPT))
    _replies: list[Reply] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, *replies: Reply) -> None:
        self._replies.extend(replace(reply) for reply in replies)

    def clear(self) -> None:
        self._replies.clear()

    def take(self, to: str) -> Reply:
        """The reply that is next in turn."""
        for reply in self._replies:
            if reply.to == to:
                if reply.times is not None:
                    reply.times -= 1
                    if reply.times <= 0:
                        self._replies.remove(reply)
                return reply
        return Reply()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true of the requests."""
        async with asyncio.timeout(_WAIT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def note(self) -> None:
        """Say that something happened to a request."""
        self._changed.set()


FAKE = web.AppKey("fake", FakeGemini)


@asynccontextmanager
async def running(*, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[FakeGemini]:
    """Serve on a port, of loopback unless said otherwise."""
    fake = FakeGemini()
    app = web.Application(client_max_size=50_000_000)
    app[FAKE] = fake
    app.add_routes(
        [
            web.post("/_script", _script),
            web.delete("/_script", _unscript),
            web.get("/_requests", _requests),
            web.get(r"/{version:v1|v1beta}/models", _models),
            web.post(r"/{version:v1|v1beta}/models/{model}:{operation}", _operate),
            web.post(_VERTEX + r"/{model}:{operation}", _operate),
            *fake.tokens.routes(),
        ]
    )
    # Cancelling the handler is how it learns that the client is gone.
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=1024)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield fake
    finally:
        await runner.cleanup()


# the script, over HTTP


async def _script(request: web.Request) -> web.Response:
    content = orjson.loads(await request.read())
    try:
        replies = [Reply(**item) for item in (content if isinstance(content, list) else [content])]
    except TypeError as error:
        return web.json_response({"error": str(error)}, status=400)
    request.app[FAKE].script(*replies)
    return web.json_response({"scripted": len(replies)})


async def _unscript(request: web.Request) -> web.Response:
    request.app[FAKE].clear()
    return web.json_response({})


async def _requests(request: web.Request) -> web.Response:
    return web.Response(
        body=orjson.dumps([asdict(received) for received in request.app[FAKE].requests]),
        content_type="application/json",
    )


# Gemini's API


async def _models(request: web.Request) -> web.Response:
    if request.headers.get("x-goog-api-key") != API_KEY:
        return _error(Reply(status=400), "API key not valid. Please pass a valid API key.")
    names = ("gemini-2.5-flash", "gemini-embedding-001", "gemini-embedding-2")
    return web.json_response({"models": [{"name": f"models/{name}"} for name in names]})


async def _operate(request: web.Request) -> web.StreamResponse:
    fake = request.app[FAKE]
    received = Received(
        operation=request.match_info["operation"],
        model=request.match_info["model"],
        body=orjson.loads(await request.read()),
        connection=request.get_extra_info("peername")[1],
        place="/".join(request.match_info.get(name, "") for name in ("project", "location")).strip("/"),
    )
    fake.requests.append(received)
    fake.note()
    try:
        response = await _respond(request, fake, received)
        received.status = response.status
        if received.outcome == "open":
            received.outcome = "complete"
    except Refused as error:
        received.status, received.outcome = error.status, "complete"
        return _error(Reply(status=error.status), str(error))
    except (asyncio.CancelledError, ConnectionError):
        received.outcome = "disconnected"
        raise
    finally:
        fake.note()
    return response


async def _respond(request: web.Request, fake: FakeGemini, received: Received) -> web.StreamResponse:
    operation, model = received.operation, received.model
    if received.place:
        if not fake.tokens.accepts(request.headers.get("Authorization", "")):
            raise Refused(401, "Request had invalid authentication credentials.")
    elif request.headers.get("x-goog-api-key") != API_KEY:
        raise Refused(400, "API key not valid. Please pass a valid API key.")
    offered = _VERTEX_OPERATIONS if received.place else _OPERATIONS
    if operation not in offered or not model.startswith(("gemini-", "text-embedding-")):
        raise Refused(404, f"models/{model} is not found, or is not supported for {operation}.")
    reply = fake.take("embeddings" if "mbed" in operation or operation == "predict" else "answers")
    await asyncio.sleep(reply.wait)
    if reply.status == 0:
        _cut(request, received)
    if reply.status != 200 and reply.raw is None:
        return _error(reply, "Scripted.")
    if operation == "streamGenerateContent" or reply.raw is not None:
        return await _stream(request, reply, received)
    if operation == "generateContent":
        return _json(whole_answer(reply, received.body))
    if operation == "predict":
        return _json({"predictions": predictions(received.body, reply, model)})
    if operation == "embedContent":
        return _json({"embedding": embeddings([received.body], reply)[0]})
    return _json({"embeddings": embeddings(received.body["requests"], reply)})


async def _stream(request: web.Request, reply: Reply, received: Received) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    received.status = reply.status
    await asyncio.sleep(reply.first)
    for number, content in enumerate(stream_events(reply, received.body)):
        if reply.then != "end" and number >= reply.after:
            break
        if number and reply.pause:
            await asyncio.sleep(reply.pause)
        await response.write(content)
        received.events += 1
        request.app[FAKE].note()
    if reply.then == "hang":
        await asyncio.Event().wait()
    if reply.then == "cut":
        _cut(request, received)
    if reply.then == "error":
        await response.write(event(problem(503, "The model is overloaded.")))
    return response


def _cut(request: web.Request, received: Received) -> None:
    received.outcome = "cut"
    assert request.transport is not None
    request.transport.abort()


def _json(content: Json) -> web.Response:
    body = orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
    return web.Response(body=body, content_type="application/json")


def _error(reply: Reply, message: str) -> web.Response:
    headers = {"Retry-After": reply.retry_after} if reply.retry_after else {}
    body = problem(reply.status, message, delay=reply.retry_delay, reason=reply.reason)
    return web.json_response(body, status=reply.status, headers=headers)


async def _serve(host: str, port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with running(port=port, host=host) as fake:
        print(fake.url, flush=True)
        await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.host, arguments.port))


if __name__ == "__main__":
    main()
