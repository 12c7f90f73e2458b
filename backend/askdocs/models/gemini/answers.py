"""Gemini's answers, streamed, each within bounds of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from askdocs.errors import ModelSlow, ModelUnavailable
from askdocs.models.gemini.client import GeminiClient
from askdocs.models.gemini.wire import Event, Json, clean, content
from askdocs.observability.logging import log
from askdocs.types import ModelStop, ModelText, Prompt

_GRACE = 0.5
"""Seconds that a stream may stay open after its last event."""

_PACE = 0.03
"""Seconds between two reads of an answer that has begun: what comes meanwhile is one piece. To check and to
send a token takes as long as to check and to send a line, and a model may say a hundred a second."""

_LONGEST_PIECE = 2000
"""Characters that are handed on in one go. A model writes some 20 at a time; looking for citations in 2,000
takes about 0.5 ms, in which nobody else is served."""

_SAFETY = [
    # The default thresholds stop answers about killing processes and exploiting caches.
    {"category": f"HARM_CATEGORY_{category}", "threshold": "BLOCK_ONLY_HIGH"}
    for category in ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an answer may take: seconds until its first word, between words, and in all; characters in all."""

    begin_within: float = 8.0
    idle: float = 20.0
    seconds: float = 120.0
    chars: int = 40_000


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
        bounds: Bounds | None = None,
    ) -> None:
        self.model = model
        self.trouble = ""
        self._client = client
        self._bounds = bounds or Bounds()
        self._generation: dict[str, Any] = {"temperature": temperature, "maxOutputTokens": max_output_tokens}
        if not model.startswith(("gemini-1", "gemini-2.0")):  # they refuse a request that speaks of thinking
            self._generation["thinkingConfig"] = {"thinkingBudget": thinking_budget}

    async def warm(self) -> None:
        await self._client.warm()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelText | ModelStop]:
        """Texts, then one `ModelStop`. Closing the generator ends the request at once."""
        try:
            async with aclosing(self._client.events(self.model, self._request(prompt))) as events:
                answer = _Answer(events, self._bounds)
                while not answer.finish:
                    for number, piece in enumerate(_pieces(await answer.next())):
                        if number:
                            await asyncio.sleep(0)  # others are served between the pieces of a large event
                        if text := answer.take(piece):
                            self.trouble = ""
                            yield ModelText(text)
                if answer.capped:
                    log.warning("answer_capped", model=self.model, by=answer.capped, chars=answer.chars)
                else:
                    await answer.drain()
        except ModelUnavailable as error:
            self.trouble = "slow" if isinstance(error, ModelSlow) else "unavailable"
            raise
        yield answer.stop()

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


class _Answer:
    """An answer as far as it has come, and what is left of its bounds."""

    def __init__(self, events: AsyncGenerator[Event], bounds: Bounds) -> None:
        self.finish = ""
        self.capped = ""
        self.chars = 0
        self._events, self._bounds = events, bounds
        self._now = asyncio.get_running_loop().time
        self._ends = self._now() + bounds.seconds
        self._patience = bounds.idle
        self._begin = self._now() + bounds.begin_within
        self._usage = (0, 0)
        self._rests_until = 0.0

    async def next(self) -> Event:
        """The next event; one that says nothing when the time of the answer is over.

        Comments and empty events are silence. Errors: `ModelUnavailable`, `ModelSlow`.
        """
        if self.chars and (rest := self._rests_until - self._now()) > 0:
            await asyncio.sleep(rest)
        asked = self._now()
        due = min(self._ends, asked + self._patience if self.chars else self._begin)
        try:
            async with asyncio.timeout_at(due):
                event = await anext(self._events, None)
        except TimeoutError as error:
            self._give_up(due, error)
            return Event()
        if event is None:
            raise ModelUnavailable("Gemini ended the stream in the middle of the answer.")
        self._rests_until = self._now() + _PACE
        self._patience = self._bounds.idle if event.alive else self._patience - (self._now() - asked)
        self._usage = event.usage or self._usage
        self.finish = event.finish
        return event

    def _give_up(self, due: float, error: TimeoutError) -> None:
        if due == self._ends:
            self.finish, self.capped = "MAX_TOKENS", "seconds"
        elif due == self._begin:
            within = self._bounds.begin_within
            raise ModelSlow(f"Gemini has not begun to answer within {within:g} seconds.") from error
        else:
            raise ModelUnavailable(f"Gemini said nothing for {self._bounds.idle:g} seconds.") from error

    def take(self, piece: str) -> str:
        """What the answer's length leaves of a piece."""
        text = piece[: self._bounds.chars - self.chars]
        self.chars += len(text)
        if len(text) < len(piece):
            self.finish, self.capped = "MAX_TOKENS", "chars"
        return text

    async def drain(self) -> None:
        """Read to the end, so that the connection can serve the next question."""
        with suppress(ModelUnavailable, TimeoutError):
            async with asyncio.timeout(_GRACE):
                async for event in self._events:
                    self._usage = event.usage or self._usage

    def stop(self) -> ModelStop:
        prompt, output = self._usage
        return ModelStop(
            "stop" if self.finish == "STOP" else "length" if self.finish == "MAX_TOKENS" else "safety",
            prompt_tokens=prompt,
            output_tokens=output,
        )


def _pieces(event: Event) -> Iterator[str]:
    for start in range(0, len(event.text), _LONGEST_PIECE):
        yield event.text[start : start + _LONGEST_PIECE]
