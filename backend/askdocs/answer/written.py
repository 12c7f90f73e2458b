"""Answers that the model writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from functools import partial

from askdocs.answer import meaning, paid
from askdocs.answer.checked import CheckedText
from askdocs.answer.draft import Draft
from askdocs.answer.retrieve import Retrieval
from askdocs.errors import ModelSlow, ModelUnavailable
from askdocs.observability.logging import log
from askdocs.protocols import AnswerModel
from askdocs.runtime import Runtime
from askdocs.text import prompts
from askdocs.text.declining import DeclineReader
from askdocs.text.prompts import Material
from askdocs.types import NOTHING, Ask, ModelStop, ModelText, Prompt, Site, Turn

_GRACE = 0.5
"""Seconds that a reader waits for the end of an answer that the model declined."""


def gather(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], found: Retrieval, *, budget: int
) -> Material:
    """What the prompt is made of, within `budget` tokens. Of what the client says of itself only the page's
    URL is used, to find the page among the hits."""
    scope, revision = found.scope, found.revision
    material = Material(
        product=site.name,
        question=ask.question,
        excerpt=ask.excerpt,
        hits=found.hits,
        turns=tuple(turns),
        version=scope.version or "" if scope and revision and len(revision.versions) > 1 else "",
        locale=scope.locale or "" if scope and revision and len(revision.locales) > 1 else "",
        is_unsure=found.is_unsure,
        notes=rt.options(site).instructions,
        page=prompts.page_title(ask.page_url, found.hits),
    )
    return prompts.fit(material, budget=budget, beside=found.beside)


async def write(
    rt: Runtime, site: Site, model: AnswerModel, prompt: Prompt, draft: Draft
) -> AsyncGenerator[str]:
    """Stream the model's answer, as far as it may be said, into the draft.

    Yields nothing, and leaves the draft's mode alone, when the model declines, when it does not begin in time
    or at all, and when there is no budget for it. Raises `ModelUnavailable` when it breaks off after it has
    begun.
    """
    reserved = await paid.reserve_answer(rt, site, prompt)
    if reserved is None:
        draft.limited = "budget"
        return
    try:
        async with aclosing(_write(rt, site, model, prompt, draft)) as texts:
            async for text in texts:
                yield text
    finally:
        taken = paid.taken(rt, prompt, said=draft.text, stop=draft.stop)
        reserved.settle(NOTHING if draft.is_free else taken)


async def _write(
    rt: Runtime, site: Site, model: AnswerModel, prompt: Prompt, draft: Draft
) -> AsyncGenerator[str]:
    checked, decline = CheckedText(site, draft.hits, doubts=meaning.DOUBTS), DeclineReader()
    called = time.perf_counter()
    draft.model = model.model
    draft.lap("model_called_ms")
    async with aclosing(model.stream(prompt)) as said, aclosing(_unless_declined(said, decline)) as events:
        reason = "refused"
        try:
            begun = await _first_text(events, draft)
        except ModelUnavailable as error:
            begun, reason = None, "slow" if isinstance(error, ModelSlow) else "unavailable"
            draft.is_free = error.is_free
            log.warning("model_did_not_begin", model=model.model, reason=reason, error=str(error))
        if decline.has_declined:
            draft.is_declined = True
            draft.lap("model_ended_ms")
            return
        if begun is None:
            rt.metrics.fallbacks.labels(reason=reason).inc()
            return
        draft.mode = "model"
        saying = partial(_say, rt, site, checked, draft)
        async with aclosing(saying(checked.feed(begun))) as texts:
            async for text in texts:
                yield text
        broken: ModelUnavailable | None = None
        try:
            async for event in events:
                if isinstance(event, ModelStop):
                    draft.stop = event
                    continue
                async with aclosing(saying(checked.feed(event.text))) as texts:
                    async for text in texts:
                        yield text
        except ModelUnavailable as error:
            broken = error
    # The last word was held back, since it could have begun a link.
    async with aclosing(saying(checked.feed(decline.close()) + checked.close())) as texts:
        async for text in texts:
            yield text
    if broken is not None:
        raise broken
    if draft.stop and draft.stop.reason == "length":
        log.info("answer_cut", model=model.model, output_tokens=draft.stop.output_tokens)
    draft.lap("model_ended_ms")
    rt.metrics.model_seconds.observe(time.perf_counter() - called)
    if draft.stop is None or draft.stop.reason == "safety":
        raise ModelUnavailable("The model stopped before the answer was complete.")
    draft.status = "answered" if draft.citations else "unanswered"
    draft.support = checked.support


async def _unless_declined(
    events: AsyncGenerator[ModelText | ModelStop], decline: DeclineReader
) -> AsyncGenerator[ModelText | ModelStop]:
    """What is said, and the end; of an answer that the model declines the end alone."""
    async for event in events:
        if isinstance(event, ModelStop):
            if event.reason != "safety" and (text := decline.close()):
                yield ModelText(text)
            yield event
        elif text := decline.feed(event.text):
            yield ModelText(text)
        if decline.has_declined:
            if stop := await _stop(events):
                yield stop
            return


async def _stop(events: AsyncGenerator[ModelText | ModelStop]) -> ModelStop | None:
    """The end of a stream, which tells what it cost, unless it does not come soon or more is said before."""
    with suppress(TimeoutError, ModelUnavailable):
        async with asyncio.timeout(_GRACE):
            async for event in events:
                if isinstance(event, ModelStop):
                    return event
                if event.text.strip():
                    break
    return None


async def _first_text(events: AsyncGenerator[ModelText | ModelStop], draft: Draft) -> str | None:
    async for event in events:
        if isinstance(event, ModelStop):
            draft.stop = event
        elif event.text:
            return event.text
    return None


async def _say(rt: Runtime, site: Site, checked: CheckedText, draft: Draft, text: str) -> AsyncGenerator[str]:
    """The text up to a mark that is in doubt, and what follows it once that is settled."""
    while True:
        if text:
            draft.text.append(text)
            draft.citations = checked.citations
            yield text
        if (doubt := checked.doubt) is None:
            return
        text = checked.settle(await meaning.support(rt, site, doubt))
