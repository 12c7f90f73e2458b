"""Gemini: embeddings through Google's SDK, answers streamed over the connections that the SDK uses.

Both share one aiohttp session. Answers are read from it directly, by Gemini's REST API, and not through the
SDK's models, for two reasons, measured with google-genai 3.3: its objects cost 132 µs of CPU per streamed
chunk where reading the events costs 7, and closing its generator leaves the request running until the
garbage is collected.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import orjson

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.gemini_wire import Json, clean, content, finish_reason, read_events, refusal, texts
from askdocs.text import tokens
from askdocs.types import ModelStop, ModelText, Prompt, Vector

if TYPE_CHECKING:
    import aiohttp
    from google import genai

Task = Literal["RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"]
Sleep = Callable[[float], Awaitable[None]]

_URL = "https://generativelanguage.googleapis.com"
_VERSION = "v1beta"
_CONNECT_TIMEOUT = 10.0
_KEEP_ALIVE = 90.0

_LARGEST_BATCH = 100
_NOTHING = "-"
"""What is embedded in place of an empty text, which Gemini refuses."""

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_PATIENCE = 120.0
"""Longest wait before another attempt to embed: quotas that refill later are for the caller to deal with."""

_QUERY_TIMEOUT = 3.0
"""A reader is better served now, by keywords, than well in a minute."""

_GRACE = 0.5
"""Seconds that a stream may stay open after its last event."""

_SAFETY = [
    # The default thresholds stop answers about killing processes and exploiting caches.
    {"category": f"HARM_CATEGORY_{category}", "threshold": "BLOCK_ONLY_HIGH"}
    for category in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
]


class GeminiClient:
    """The connections to Gemini. Nothing is imported or opened before the first use, or `warm`."""

    def __init__(self, api_key: str, *, base_url: str | None = None) -> None:
        self._api_key = api_key
        self._url = (base_url or _URL).rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._sdk: genai.Client | None = None
        self._making = asyncio.Lock()

    async def warm(self) -> None:
        await asyncio.to_thread(_import_transport)
        self._open_session()

    async def sdk(self) -> genai.Client:
        """The SDK on this client's connections. Importing it takes a second or two, once."""
        await self.warm()
        async with self._making:
            if self._sdk is None:
                self._sdk = await asyncio.to_thread(self._make_sdk, self._open_session())
            return self._sdk

    async def events(self, model: str, request: Json, *, idle_timeout: float) -> AsyncGenerator[Json]:
        """The events of one streamed answer. Closing the generator ends the request at once.

        `idle_timeout` bounds the seconds without a byte, not the whole. Errors: `ModelUnavailable`,
        `ModelMisconfigured`, also after events.
        """
        aiohttp = _import_transport()
        try:
            async with await self._post(model, request, idle_timeout) as response:
                if response.status != 200:
                    raise refusal(response.status, await _read_json(response), response.headers, model)
                events = read_events(response.content.iter_any())
                async with aclosing(events):
                    async for event in events:
                        if "error" in event:
                            raise refusal(event["error"].get("code", 500), event, {}, model)
                        yield event
        except TimeoutError as error:
            raise ModelUnavailable(f"Gemini sent nothing for {idle_timeout:g} seconds.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ModelUnavailable(f"The connection to Gemini broke: {error}") from error

    async def close(self) -> None:
        sdk, session = self._sdk, self._session
        self._sdk = self._session = None
        if sdk is not None:
            await sdk.aio.aclose()
            sdk.close()
        if session is not None:
            await session.close()

    async def _post(self, model: str, request: Json, idle_timeout: float) -> aiohttp.ClientResponse:
        aiohttp = _import_transport()
        post = partial(
            self._open_session().post,
            f"{self._url}/{_VERSION}/models/{model}:streamGenerateContent?alt=sse",
            data=orjson.dumps(request),
            headers={
                "x-goog-api-key": self._api_key,
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",  # compressed, a token might wait for the next one
            },
            timeout=aiohttp.ClientTimeout(sock_connect=_CONNECT_TIMEOUT, sock_read=idle_timeout),
        )
        try:
            return await post()
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # Gemini has closed a connection that idled here. The next one is new, or the trouble is real.
            return await post()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            aiohttp = _import_transport()
            # As many connections as there are readers: aiohttp's limit of 100 would make the next one wait.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=self._url == _URL)
        return self._session

    def _make_sdk(self, session: aiohttp.ClientSession) -> genai.Client:
        from google import genai
        from google.genai import types

        options = types.HttpOptions(
            base_url=self._url,
            api_version=_VERSION,
            aiohttp_client=session,
            # One attempt, or the SDK waits up to ten seconds by itself when a connection fails.
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        return genai.Client(api_key=self._api_key, vertexai=False, http_options=options)


class GeminiEmbedder:
    """Embeds in batches, and tries again where Gemini asks for patience."""

    def __init__(
        self,
        client: GeminiClient,
        *,
        model: str,
        dimensions: int,
        batch_size: int = _LARGEST_BATCH,
        timeout: float = 30.0,
        attempts: int = 5,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.model = model
        self.dimensions = dimensions
        self._client = client
        self._batch_size = min(batch_size, _LARGEST_BATCH)
        self._timeout = timeout
        self._attempts = attempts
        self._sleep = sleep
        # The second generation takes longer texts, and is told its task in them rather than by a parameter.
        self._second = "embedding-2" in model
        self._longest = 8192 if self._second else 2048

    async def warm(self) -> None:
        await self._client.sdk()

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        batches = [np.empty((0, self.dimensions), np.float32)]
        for start in range(0, len(texts), self._batch_size):
            batch = texts[start : start + self._batch_size]
            batches.append(await self._embed_patiently(batch, "RETRIEVAL_DOCUMENT"))
        return np.concatenate(batches)

    async def embed_query(self, text: str) -> Vector:
        await self._client.sdk()  # its import, should nobody have warmed this, is not Gemini's fault
        try:
            async with asyncio.timeout(min(_QUERY_TIMEOUT, self._timeout)):
                vector: Vector = (await self._embed_patiently([text], "RETRIEVAL_QUERY"))[0]
                return vector
        except TimeoutError as error:
            raise ModelUnavailable("Gemini took too long to embed the question.") from error

    async def close(self) -> None:
        await self._client.close()

    async def _embed_patiently(self, texts: Sequence[str], task: Task) -> Vector:
        for attempt in range(1, self._attempts):
            try:
                return await self._embed(texts, task)
            except ModelMisconfigured:
                raise
            except ModelUnavailable as error:
                delay = max(_delay(attempt), error.retry_after or 0)
                if delay > (_PATIENCE if task == "RETRIEVAL_DOCUMENT" else _QUERY_TIMEOUT):
                    raise
                await self._sleep(delay)
        return await self._embed(texts, task)

    async def _embed(self, texts: Sequence[str], task: Task) -> Vector:
        sdk = await self._client.sdk()
        from google.genai import errors, types

        contents = [types.Content(parts=[types.Part(text=self._prepare(text, task))]) for text in texts]
        config = types.EmbedContentConfig(
            output_dimensionality=self.dimensions, task_type=None if self._second else task
        )
        try:
            async with asyncio.timeout(self._timeout):
                response = await sdk.aio.models.embed_content(
                    model=self.model, contents=contents, config=config
                )
        except errors.APIError as error:
            headers = getattr(error.response, "headers", {})
            raise refusal(error.code, error.details, headers, self.model) from error
        except TimeoutError as error:
            raise ModelUnavailable(f"Gemini did not embed within {self._timeout:g} seconds.") from error
        except (_import_transport().ClientError, OSError, ValueError) as error:
            raise ModelUnavailable(f"The connection to Gemini broke: {error}") from error
        return self._read([embedding.values or [] for embedding in response.embeddings or []], len(texts))

    def _prepare(self, text: str, task: Task) -> str:
        text = clean(text)
        while (length := tokens.estimate(text)) > self._longest:
            text = text[: len(text) * self._longest // length]
        text = text if text.strip() else _NOTHING
        if not self._second:
            return text
        return (
            f"task: search result | query: {text}"
            if task == "RETRIEVAL_QUERY"
            else f"title: none | text: {text}"
        )

    def _read(self, rows: Sequence[Sequence[float]], count: int) -> Vector:
        if len(rows) != count:
            raise ModelUnavailable(f"Gemini returned {len(rows)} vectors for {count} texts.")
        if any(len(row) != self.dimensions for row in rows):
            raise ModelMisconfigured(
                f"{self.model} returned {len(rows[0])} dimensions where {self.dimensions} were asked for.",
                fix="Set embeddings.dimensions to a number that the model offers.",
            )
        vectors = np.array(rows, np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise ModelUnavailable("Gemini returned a vector without a direction.")
        normalized: Vector = vectors / lengths  # only vectors that were not shortened come with length 1
        return normalized


class GeminiModel:
    """Writes answers. Nothing is tried twice: the caller knows what to do for a reader instead."""

    def __init__(
        self,
        client: GeminiClient,
        *,
        model: str,
        temperature: float = 0.2,
        max_output_tokens: int = 1024,
        thinking_budget: int = 0,
        idle_timeout: float = 20.0,
    ) -> None:
        self.model = model
        self._client = client
        self._idle_timeout = idle_timeout
        self._generation: dict[str, Any] = {"temperature": temperature, "maxOutputTokens": max_output_tokens}
        if not model.startswith(("gemini-1", "gemini-2.0")):  # they refuse a request that speaks of thinking
            self._generation["thinkingConfig"] = {"thinkingBudget": thinking_budget}

    async def warm(self) -> None:
        await self._client.warm()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        """Texts, then one `ModelStop`. Closing the generator ends the request at once."""
        usage: Json = {}
        reason = ""
        events = self._client.events(self.model, self._request(prompt), idle_timeout=self._idle_timeout)
        async with aclosing(events):
            async for event in events:
                usage = event.get("usageMetadata") or usage
                for text in texts(event):
                    yield ModelText(text)
                if reason := finish_reason(event):
                    break
            else:
                raise ModelUnavailable("Gemini ended the stream in the middle of the answer.")
            # Read to the end, so that the connection can serve the next question.
            with suppress(ModelUnavailable, TimeoutError):
                async with asyncio.timeout(_GRACE):
                    async for event in events:
                        usage = event.get("usageMetadata") or usage
        yield ModelStop(
            "stop" if reason == "STOP" else "length" if reason == "MAX_TOKENS" else "safety",
            prompt_tokens=usage.get("promptTokenCount") or 0,
            output_tokens=(usage.get("candidatesTokenCount") or 0) + (usage.get("thoughtsTokenCount") or 0),
        )

    async def close(self) -> None:
        await self._client.close()

    def _request(self, prompt: Prompt) -> Json:
        contents = []
        for turn in prompt.turns:
            if turn.question.strip() and turn.answer.strip():  # an empty part would be refused
                contents += [content("user", turn.question), content("model", turn.answer)]
        return {
            "contents": [*contents, content("user", prompt.question)],
            "systemInstruction": {"parts": [{"text": clean(prompt.system)}]},
            "safetySettings": _SAFETY,
            "generationConfig": self._generation,
        }


def _delay(attempt: int) -> float:
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311  it spreads load, it hides nothing


async def _read_json(response: aiohttp.ClientResponse) -> Any:
    try:
        return orjson.loads(await response.read())
    except ValueError:
        return {}


def _import_transport() -> Any:
    try:
        import aiohttp
    except ImportError as error:
        raise ModelMisconfigured("Gemini needs the package aiohttp.", fix="Run `make setup`.") from error
    return aiohttp
