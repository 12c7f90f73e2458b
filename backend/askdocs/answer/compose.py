"""Composes an answer: finds passages, then takes a kept answer, has the model write one, or quotes them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from askdocs.answer import kept, retrieve
from askdocs.answer.kept import KeptAnswer
from askdocs.answer.retrieve import Retrieval
from askdocs.errors import ModelSlow, ModelUnavailable
from askdocs.observability.logging import log
from askdocs.protocols import AnswerModel
from askdocs.runtime import Runtime
from askdocs.text import extractive, prompts, tokens
from askdocs.text.citations import CitationStream
from askdocs.text.links import LinkFilter
from askdocs.text.prompts import Material
from askdocs.types import (
    AnswerMode,
    AnswerStatus,
    AnswerText,
    Ask,
    Citation,
    Hit,
    ModelStop,
    ModelText,
    Prompt,
    Site,
    SourcesFound,
    Turn,
)

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
    mode: AnswerMode = "none"
    model: str = ""
    stop: ModelStop | None = None
    timings: dict[str, int] = field(default_factory=dict)
    error: str = ""

    def lap(self, name: str) -> None:
        """Note the milliseconds since the question came, unless they are noted."""
        self.timings.setdefault(name, round((time.perf_counter() - self.started) * 1000))


async def compose(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], draft: Draft
) -> AsyncGenerator[SourcesFound | AnswerText]:
    """The sources, then the text, while the draft is filled in.

    Errors: those of retrieval, and `ModelUnavailable` when the model breaks off after it has begun.
    """
    answers = rt.settings.answers
    draft.retrieval = await retrieve.search(
        rt,
        site,
        ask.question,
        version=ask.version,
        locale=ask.locale,
        limit=answers.passages,
        turns=turns,
    )
    draft.lap("retrieval_ms")
    if not draft.retrieval.hits or draft.retrieval.confidence < answers.min_confidence:
        text = _offer_nearest(ask, draft)
        yield SourcesFound(tuple(draft.hits))
        yield AnswerText(text)
        return
    material = _gather(site, ask, turns, draft.retrieval, budget=answers.prompt_tokens)
    draft.hits = material.hits
    if rt.model is None:
        text = _quote(site, ask, draft)
        yield SourcesFound(tuple(draft.hits))
        yield AnswerText(text)
        return
    yield SourcesFound(material.hits)
    async with aclosing(_written(rt, site, rt.model, material, draft)) as texts:
        async for text in texts:
            yield AnswerText(text)
    if draft.mode == "none":
        yield AnswerText(_quote(site, ask, draft))


def _gather(site: Site, ask: Ask, turns: Sequence[Turn], found: Retrieval, *, budget: int) -> Material:
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


async def _written(
    rt: Runtime, site: Site, model: AnswerModel, material: Material, draft: Draft
) -> AsyncGenerator[str]:
    """The answer that is kept for this material, or else the model's, which is then kept.

    One with a history is nobody else's, and one that was cut is worth another try.
    """
    ttl, scope = rt.settings.answers.cache_ttl, draft.retrieval.scope
    key = kept.key(scope, model.model, material) if ttl and scope and not material.turns else ""
    if key and (answer := kept.load(await rt.cache.get(key))):
        draft.citations, draft.model = answer.citations, answer.model
        draft.mode, draft.status = "model", "answered"
        draft.text.append(answer.text)
        yield answer.text
        return
    async with aclosing(_generate(rt, site, model, prompts.build(material), draft)) as texts:
        async for text in texts:
            yield text
    draft.lap("model_ended_ms")
    if key and draft.status == "answered" and draft.stop and draft.stop.reason == "stop":
        answer = KeptAnswer("".join(draft.text), draft.citations, draft.model)
        await rt.cache.set(key, kept.dump(answer), ttl=ttl)


class _Reader:
    """What is let out of an answer's text: checked citations, and links to its sources or its site."""

    def __init__(self, site: Site, hits: Sequence[Hit]) -> None:
        self._citations = CitationStream(hits, terms=tokens.terms)
        self._links = LinkFilter([*site.origins, *(hit.chunk.link for hit in hits)])

    @property
    def citations(self) -> tuple[Citation, ...]:
        return self._citations.citations

    def feed(self, delta: str) -> str:
        return self._links.feed(self._citations.feed(delta))

    def close(self) -> str:
        return self._links.feed(self._citations.close()) + self._links.close()


async def _generate(
    rt: Runtime, site: Site, model: AnswerModel, prompt: Prompt, draft: Draft
) -> AsyncGenerator[str]:
    """Stream the model's answer, as far as it may be said, into the draft.

    Yields nothing, and leaves the draft's mode alone, when the model does not begin in time or at all. Raises
    `ModelUnavailable` when it breaks off after it has begun.
    """
    reader = _Reader(site, draft.hits)
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
        if text := reader.feed(begun):
            yield _say(draft, reader, text)
        try:
            async for event in events:
                if isinstance(event, ModelStop):
                    draft.stop = event
                elif text := reader.feed(event.text):
                    yield _say(draft, reader, text)
        except ModelUnavailable:
            if text := reader.close():  # The last word was held back, since it could have begun a link.
                yield _say(draft, reader, text)
            raise
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


def _say(draft: Draft, reader: _Reader, text: str) -> str:
    draft.text.append(text)
    draft.citations = reader.citations
    return text


def _quote(site: Site, ask: Ask, draft: Draft) -> str:
    """The passages themselves, as an answer; the nearest pages if not a word of the question is in them."""
    quoted = extractive.compose(ask.question, draft.hits, language=_language(ask, draft))
    reader = _Reader(site, draft.hits)
    text = reader.feed(quoted or "") + reader.close()
    if not reader.citations:
        return _offer_nearest(ask, draft)
    draft.mode, draft.status, draft.citations = "extractive", "answered", reader.citations
    draft.text.append(text)
    return text


def _offer_nearest(ask: Ask, draft: Draft) -> str:
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
