"""What calls of models cost: asked of the budget before each of them, and told it afterwards."""

from __future__ import annotations

import math
from collections.abc import Sequence

from askdocs.runtime import Runtime
from askdocs.spending.budget import Reservation
from askdocs.text import prompts, tokens
from askdocs.types import Amount, ModelStop, Prompt, Site

_MARGIN = 1.25
"""By how much a model may count more tokens in a prompt than we estimate. A WordPiece tokenizer counts 7 %
more (operate/costs.md), Gemini's is not to be had."""


async def reserve_answer(rt: Runtime, site: Site, prompt: Prompt) -> Reservation | None:
    """The most that an answer to the prompt can take; None if the budget does not have it."""
    answers = rt.settings.answers
    most = answers.max_output_tokens + max(0, answers.thinking_budget)
    need = rt.prices.answer(math.ceil(prompts.size(prompt) * _MARGIN), most)
    return await _reserve(rt, site, need)


def taken(rt: Runtime, prompt: Prompt, *, said: Sequence[str], stop: ModelStop | None) -> Amount:
    """What an answer took, as the model counted it, else by estimate: it counts at the end of an answer only,
    which one that is cut off does not reach."""
    if stop is not None and stop.prompt_tokens:
        return rt.prices.answer(stop.prompt_tokens, stop.output_tokens)
    return rt.prices.answer(prompts.size(prompt), tokens.estimate("".join(said)))


async def may_embed(rt: Runtime, site: Site, texts: Sequence[str]) -> bool:
    """Whether the budget has what it costs to embed these; it is then spent."""
    if not rt.prices.embedding:
        return True
    need = rt.prices.embedded(sum(tokens.estimate(text) + 1 for text in texts))
    reserved = await _reserve(rt, site, need)
    if reserved is None:
        return False
    reserved.settle(need)
    rt.metrics.tokens.labels(kind="embedding").inc(need.tokens)
    return True


async def _reserve(rt: Runtime, site: Site, need: Amount) -> Reservation | None:
    reserved = await rt.budget.reserve(site.id, need, caps=rt.options(site).caps, now=rt.now())
    if reserved is None:
        rt.metrics.fallbacks.labels(reason="budget").inc()
    return reserved
