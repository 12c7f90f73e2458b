"""Composes an answer: finds passages, then takes a kept answer, has the model write one, or quotes them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from askdocs.answer import quoted, retrieve, written
from askdocs.answer.draft import Draft
from askdocs.runtime import Runtime
from askdocs.types import AnswerText, Ask, Site, SourcesFound, Turn


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
        text = quoted.offer_nearest(ask, draft)
        yield SourcesFound(tuple(draft.hits))
        yield AnswerText(text)
        return
    material = written.gather(site, ask, turns, draft.retrieval, budget=answers.prompt_tokens)
    draft.hits = material.hits
    if rt.model is None:
        text = quoted.quote(site, ask, draft)
        yield SourcesFound(tuple(draft.hits))
        yield AnswerText(text)
        return
    yield SourcesFound(material.hits)
    async with aclosing(written.write(rt, site, rt.model, material, draft)) as texts:
        async for text in texts:
            yield AnswerText(text)
    if draft.mode == "none":
        yield AnswerText(quoted.quote(site, ask, draft))
