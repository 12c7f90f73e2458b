"""The least that stands between a reader and Gemini: passes the model's stream on, byte for byte.

`python -m bench.relay --upstream URL --port N`, from `backend/`. What Askdocs costs more is what retrieval,
citations, the log, the stream's format and its framework cost.
"""

from __future__ import annotations

import argparse
from typing import Any

import aiohttp
import orjson
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from tests.fakes.gemini import API_KEY

_PATH = "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
_HEADERS = {"x-goog-api-key": API_KEY, "content-type": "application/json"}
_OPENING: Any = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/event-stream")],
}


class Relay:
    """An ASGI application: what Gemini says to a POSTed question; nothing, at once, to anything else."""

    def __init__(self, upstream: str) -> None:
        self._url = upstream + _PATH
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"
        question = await _read(receive)
        await send(_OPENING)
        if scope["method"] == "POST":
            body = orjson.dumps({"contents": [{"role": "user", "parts": [{"text": question}]}]})
            async with self._open().post(self._url, data=body, headers=_HEADERS) as response:
                async for chunk in response.content.iter_any():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._session


async def _read(receive: ASGIReceiveCallable) -> str:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    return str(orjson.loads(body)["question"]) if body else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    uvicorn.run(
        Relay(arguments.upstream), port=arguments.port, log_config=None, access_log=False, lifespan="off"
    )


if __name__ == "__main__":
    main()
