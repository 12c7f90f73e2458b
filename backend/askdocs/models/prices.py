"""What tokens cost, as far as it is known: as configured, else by list prices of the models we know."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from askdocs.config import Settings
from askdocs.types import Amount


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in the currency of the budgets."""

    prompt: float
    output: float
    embedding: float

    def answer(self, prompt_tokens: int, output_tokens: int) -> Amount:
        micros = math.ceil(prompt_tokens * self.prompt + output_tokens * self.output)
        return Amount(prompt_tokens + output_tokens, micros)

    def dearest(self, settings: Settings) -> Amount:
        """About the most that an answer takes."""
        answers = settings.answers
        return self.answer(answers.prompt_tokens, answers.max_output_tokens)

    def embedded(self, tokens: int) -> Amount:
        return Amount(tokens, math.ceil(tokens * self.embedding))


_ANSWERS: Mapping[str, tuple[float, float]] = {
    "gemini-2.5-flash-lite": (0.10, 0.40),
    "gemini-2.5-flash": (0.30, 2.50),
    "gemini-2.5-pro": (1.25, 10.00),
    "gemini-2.0-flash-lite": (0.075, 0.30),
    "gemini-2.0-flash": (0.10, 0.40),
}
"""US dollars, by what a model's name begins with, the longest that fits: operate/costs.md has the sources."""

_DEAREST = (1.25, 10.00)
"""For a model that is not in the list: a budget is rather spent too early than passed."""

_EMBEDDINGS = 0.15


def of(settings: Settings) -> Prices:
    """The prices of the models that are configured. What runs on this machine costs nothing."""
    told, model = settings.prices, settings.answers.model
    known = max((name for name in _ANSWERS if model.startswith(name)), key=len, default="")
    prompt, output = _ANSWERS.get(known, _DEAREST)
    embedding = _EMBEDDINGS if settings.embedding_provider == "gemini" else 0.0
    return Prices(
        prompt=prompt if told.prompt is None else told.prompt,
        output=output if told.output is None else told.output,
        embedding=embedding if told.embedding is None else told.embedding,
    )
