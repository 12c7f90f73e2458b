"""Gemini's answers, streamed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

from askdocs.errors import ModelUnavailable
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.wire import Json, clean, content, finish_reason, texts
from askdocs.types import ModelStop, ModelText, Prompt

_GRACE = 0.5
"""Seconds that a stream may stay open after its last event."""

_SAFETY = [
    # The default thresholds stop answers about killing processes and exploiting caches.
    {"category": f"HARM_CATEGORY_{category}", "threshold": "BLOCK_ONLY_HIGH"}
    for category in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
]


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
