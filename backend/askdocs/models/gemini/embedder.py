"""Gemini's embeddings, through Google's SDK."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import numpy as np

from askdocs.errors import ModelMisconfigured, ModelUnavailable
from askdocs.models.gemini.client import GeminiClient, import_transport
from askdocs.models.gemini.platforms import auth_failure
from askdocs.models.gemini.wire import clean
from askdocs.text import tokens
from askdocs.types import Vector

Task = Literal["RETRIEVAL_DOCUMENT", "RETRIEVAL_QUERY"]
Sleep = Callable[[float], Awaitable[None]]

_IN_FLIGHT = 8
"""Requests for documents at a time where each takes one text only, as on Vertex AI."""

_NOTHING = "-"
"""What is embedded in place of an empty text, which Gemini refuses."""

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_PATIENCE = 120.0
"""Longest wait before another attempt to embed: quotas that refill later are for the caller to deal with."""

_QUERY_TIMEOUT = 3.0
"""A reader is better served now, by keywords, than well in a minute."""


class GeminiEmbedder:
    """Embeds in batches, and tries again where Gemini asks for patience."""

    def __init__(
        self,
        client: GeminiClient,
        *,
        model: str,
        dimensions: int,
        batch_size: int = 100,
        timeout: float = 30.0,
        attempts: int = 5,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.model = model
        self.dimensions = dimensions
        self._client = client
        self._batch_size = min(batch_size, client.platform.batch(model))
        self._timeout = timeout
        self._attempts = attempts
        self._sleep = sleep
        # The second generation takes longer texts, and is told its task in them rather than by a parameter.
        self._second = "embedding-2" in model
        self._longest = 8192 if self._second else 2048

    async def warm(self) -> None:
        await self._client.sdk()

    async def embed_documents(self, texts: Sequence[str]) -> Vector:
        size = self._batch_size
        free = asyncio.Semaphore(_IN_FLIGHT if size == 1 else 1)

        async def embed(batch: Sequence[str]) -> Vector:
            async with free:
                return await self._embed_patiently(batch, "RETRIEVAL_DOCUMENT")

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(embed(texts[start : start + size]))
                    for start in range(0, len(texts), size)
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return np.concatenate(
            [np.empty((0, self.dimensions), np.float32), *(task.result() for task in tasks)]
        )

    async def embed_query(self, text: str) -> Vector:
        await self._client.load_sdk()
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
        from google.auth.exceptions import GoogleAuthError
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
            raise self._client.refusal(error.code, error.details, headers, self.model) from error
        except GoogleAuthError as error:
            raise auth_failure(error) from error
        except TimeoutError as error:
            raise ModelUnavailable(f"Gemini did not embed within {self._timeout:g} seconds.") from error
        except (import_transport().ClientError, OSError) as error:
            raise ModelUnavailable(f"The connection to Gemini broke: {error}") from error
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            # The SDK reads a reply as if it had the shape it should have, and stumbles over any other.
            raise ModelUnavailable(f"Gemini sent no embeddings: {str(error)[:300]}") from error
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


def _delay(attempt: int) -> float:
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
    return random.uniform(longest / 2, longest)  # noqa: S311  it spreads load, it hides nothing
