"""Answers that the model writes."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from askdocs.answer.checked import CheckedText
from askdocs.answer.draft import Draft
from askdocs.answer.retrieve import Retrieval
from askdocs.errors import ModelSlow, ModelUnavailable
from askdocs.observability.logging import log
from askdocs.protocols import AnswerModel
from askdocs.runtime import Runtime
from askdocs.text import prompts
from askdocs.text.prompts import Material
from askdocs.types import Ask, ModelStop, ModelText, Prompt, Site, Turn


def gather(site: Site, ask: Ask, turns: Sequence[Turn], found: Retrieval, *, budget: int) -> Material:
    """What the prompt is made of, within `budget` tokens. Of what the client says of itself only the page's
    URL is used, to find the page among the hits."""
    scope, revision = found.scope, found.revision
    material = Material(
        product=site.name,
        question=ask.question,
        hits=found.hits,
        turns=tuple(turns),
        version=scope.version or "" if scope and revision and len(revision.versions) > 1 else "",
        page=prompts.page_title(ask.page_url, found.hits),
    )
    return prompts.fit(material, budget=budget, beside=found.beside)


async def write(
    rt: Runtime, site: Site, model: AnswerModel, prompt: Prompt, draft: Draft
) -> AsyncGenerator[str]:
    """Stream the model's answer, as far as it may be said, into the draft.

    Yields nothing, and leaves the draft's mode alone, when the model does not begin in time or at all. Raises
    `ModelUnavailable` when it breaks off after it has begun.
    """
    checked = CheckedText(site, draft.hits)
    called = time.perf_counter()
    draft.model = model.model
    draft.lap("model_called_ms")
    async with aclosing(model.stream(prompt)) as events:
        reason = "refused"
        try:
            begun = await _first_text(events, draft)
        except ModelUnavailable as error:
            begun, reason = None, "slow" if isinstance(error, ModelSlow) else "unavailable"
            log.warning("model_did_not_begin", model=model.model, reason=reason, error=str(error))
        if begun is None:
            rt.metrics.fallbacks.labels(reason=reason).inc()
            return
        draft.mode = "model"
        if text := checked.feed(begun):
            yield _say(draft, checked, text)
        try:
            async for event in events:
                if isinstance(event, ModelStop):
                    draft.stop = event
                elif text := checked.feed(event.text):
                    yield _say(draft, checked, text)
        except ModelUnavailable:
            if text := checked.close():  # The last word was held back, since it could have begun a link.
                yield _say(draft, checked, text)
            raise
    if text := checked.close():
        yield _say(draft, checked, text)
    draft.lap("model_ended_ms")
    rt.metrics.model_seconds.observe(time.perf_counter() - called)
    if draft.stop is None or draft.stop.reason == "safety":
        raise ModelUnavailable("The model stopped before the answer was complete.")
    draft.status = "answered" if draft.citations else "unanswered"
    draft.support = checked.support


async def _first_text(events: AsyncGenerator[ModelText | ModelStop], draft: Draft) -> str | None:
    async for event in events:
        if isinstance(event, ModelStop):
            draft.stop = event
        elif event.text:
            return event.text
    return None


def _say(draft: Draft, checked: CheckedText, text: str) -> str:
    draft.text.append(text)
    draft.citations = checked.citations
    return text
