"""The connections to Gemini, which the SDK and the answers share.

Answers are read from Gemini's REST API directly and not through the SDK's models, for two reasons, measured
with google-genai 3.3: its objects cost 132 µs of CPU per streamed chunk where reading the events costs 7, and
closing its generator leaves the request running until the garbage is collected.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.models.gemini.platforms import Platform
from askdocs.models.gemini.wire import Event, Json, read_events, refusal, status_of

if TYPE_CHECKING:
    import aiohttp
    from google import genai

_CONNECT_TIMEOUT = 10.0
_KEEP_ALIVE = 90.0
_LONGEST_ERROR = 100_000
"""Bytes of a refusal that are read; Gemini's have some 500."""


class GeminiClient:
    """The connections to Gemini. Nothing is imported or opened before the first use, or `warm`."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._session: aiohttp.ClientSession | None = None
        self._sdk: genai.Client | None = None
        self._making = asyncio.Lock()

    async def warm(self) -> None:
        await asyncio.to_thread(import_transport)
        self._open_session()
        await self.platform.warm()

    async def load_sdk(self) -> None:
        """Import it, which takes a second or two, once, and is not Gemini's fault."""
        if self._sdk is None:
            await asyncio.to_thread(import_transport)
            await asyncio.to_thread(importlib.import_module, "google.genai")

    async def sdk(self) -> genai.Client:
        """The SDK on this client's connections."""
        await self.load_sdk()
        async with self._making:
            if self._sdk is None:
                self._sdk = await self.platform.make_sdk(self._open_session())
            return self._sdk

    async def events(self, model: str, request: Json) -> AsyncGenerator[Event]:
        """The events of one streamed answer. Closing the generator ends the request at once.

        How long it may take is for the caller to bound. Errors: `ModelUnavailable` and its kinds, also after
        events.
        """
        aiohttp = import_transport()
        begun = False
        try:
            async with await self._post(model, request) as response:
                if response.status != 200:
                    raise self.refusal(response.status, await _read_json(response), response.headers, model)
                begun = True
                async with aclosing(read_events(response.content.iter_any())) as events:
                    async for event in events:
                        if event.error:
                            raise self.refusal(status_of(event.error), event.error, {}, model)
                        yield event
        except ModelUnavailable as error:
            error.is_free = not begun
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            broken = ModelUnavailable(f"The connection to Gemini broke: {error}")
            broken.is_free = not begun
            raise broken from error

    def refusal(self, status: int, body: Any, headers: Mapping[str, str], model: str) -> ModelUnavailable:
        return refusal(status, body, headers, model, self.platform.remedies)

    async def close(self) -> None:
        sdk, session = self._sdk, self._session
        self._sdk = self._session = None
        if sdk is not None:
            await sdk.aio.aclose()
            sdk.close()
        if session is not None:
            await session.close()

    async def _post(self, model: str, request: Json) -> aiohttp.ClientResponse:
        aiohttp = import_transport()
        url, credential = await self.platform.target(model)
        post = partial(
            self._open_session().post,
            url,
            data=orjson.dumps(request),
            headers={
                **credential,
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",  # compressed, a token might wait for the next one
            },
            timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT_TIMEOUT),
            allow_redirects=False,  # the key or token would travel along
        )
        try:
            return await post()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # Gemini has closed a connection that idled here. The next one is new, or the trouble is real.
            return await post()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            aiohttp = import_transport()
            # As many connections as there are readers: aiohttp's limit of 100 would make the next one wait.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE)
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=self.platform.base_url is None
            )
        return self._session


async def _read_json(response: aiohttp.ClientResponse) -> Any:
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > _LONGEST_ERROR:
            return {}
    try:
        return orjson.loads(body)
    except ValueError:
        return {}


def import_transport() -> Any:
    try:
        import aiohttp
    except ImportError as error:
        raise ModelMisconfigured("Gemini needs the package aiohttp.", fix="Run `make setup`.") from error
    return aiohttp
