"""Composes an answer from what was found: written by the model, or quoted word for word."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from askdocs.answer.retrieve import Retrieval
from askdocs.errors import ModelSlow, ModelUnavailable
from askdocs.observability.logging import log
from askdocs.protocols import AnswerModel
from askdocs.runtime import Runtime
from askdocs.text import extractive, prompts, tokens
from askdocs.text.citations import CitationStream
from askdocs.text.prompts import Material
from askdocs.types import AnswerStatus, Ask, Citation, Hit, ModelStop, ModelText, Prompt, Site, Turn

_NEAREST_PAGES = 3


@dataclass(slots=True)
class Draft:
    """An answer while it comes about. What is known of it when it ends, however it ends, is logged."""

    started: float = field(default_factory=time.perf_counter)
    retrieval: Retrieval = field(default_factory=lambda: Retrieval((), 0.0, None))
    hits: Sequence[Hit] = ()
    text: list[str] = field(default_factory=list)
    citations: tuple[Citation, ...] = ()
    status: AnswerStatus = "aborted"
    mode: Literal["model", "extractive", "none"] = "none"
    model: str = ""
    stop: ModelStop | None = None
    timings: dict[str, int] = field(default_factory=dict)
    error: str = ""

    def lap(self, name: str) -> None:
        """Note the milliseconds since the question came, unless they are noted."""
        self.timings.setdefault(name, round((time.perf_counter() - self.started) * 1000))


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
    return prompts.fit(material, budget=budget)


async def generate(rt: Runtime, model: AnswerModel, prompt: Prompt, draft: Draft) -> AsyncGenerator[str]:
    """Stream the model's answer through citations into the draft.

    Yields nothing, and leaves the draft's mode alone, when the model does not begin in time or at all. Raises
    `ModelUnavailable` when it breaks off after it has begun.
    """
    reader = CitationStream(draft.hits, terms=tokens.terms)
    called = time.perf_counter()
    draft.model = model.model
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
        if text := reader.feed(begun):
            yield _say(draft, reader, text)
        async for event in events:
            if isinstance(event, ModelStop):
                draft.stop = event
            elif text := reader.feed(event.text):
                yield _say(draft, reader, text)
    if text := reader.close():
        yield _say(draft, reader, text)
    rt.metrics.model_seconds.observe(time.perf_counter() - called)
    if draft.stop is None or draft.stop.reason == "safety":
        raise ModelUnavailable("The model stopped before the answer was complete.")
    draft.status = "answered" if draft.citations else "unanswered"


async def _first_text(events: AsyncGenerator[ModelText | ModelStop], draft: Draft) -> str | None:
    async for event in events:
        if isinstance(event, ModelStop):
            draft.stop = event
        elif event.text:
            return event.text
    return None


def _say(draft: Draft, reader: CitationStream, text: str) -> str:
    draft.text.append(text)
    draft.citations = reader.citations
    return text


def quote(ask: Ask, draft: Draft) -> str:
    """The passages themselves, as an answer; the nearest pages if not a word of the question is in them."""
    quoted = extractive.compose(ask.question, draft.hits, language=_language(ask, draft))
    reader = CitationStream(draft.hits, terms=tokens.terms)
    text = reader.feed(quoted or "") + reader.close()
    if not reader.citations:
        return offer_nearest(ask, draft)
    draft.mode, draft.status, draft.citations = "extractive", "answered", reader.citations
    draft.text.append(text)
    return text


def offer_nearest(ask: Ask, draft: Draft) -> str:
    """Nothing fits: say so, and name the nearest pages."""
    pages: dict[str, Hit] = {}
    for hit in draft.retrieval.hits:
        pages.setdefault(hit.chunk.path, hit)
    draft.hits = list(pages.values())[:_NEAREST_PAGES]
    draft.text.append(extractive.nothing(draft.hits, language=_language(ask, draft)))
    draft.status = "unanswered"
    return draft.text[-1]


def _language(ask: Ask, draft: Draft) -> str:
    """The docs' locale that is shown, else what the reader's browser says, else that of the best passage."""
    scope = draft.retrieval.scope
    return (scope and scope.locale) or ask.locale or (draft.hits[0].chunk.language if draft.hits else "")
