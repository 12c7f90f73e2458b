"""Composes an answer: a pinned one, a kept one, or else finds passages and has the model write one, or quotes
them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from askdocs.answer import kept, pinned, quoted, retrieve, written
from askdocs.answer.draft import Draft
from askdocs.runtime import Runtime
from askdocs.text import prompts, questions
from askdocs.types import AnswerText, Ask, Citation, Site, SourcesFound, Turn


async def compose(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], draft: Draft
) -> AsyncGenerator[SourcesFound | AnswerText]:
    """The sources, then the text, while the draft is filled in.

    What the model writes is kept for the next one who asks the same, and who asks it meanwhile hears the same
    answer. One with a history is nobody else's. Errors: those of retrieval, and `ModelUnavailable` when the
    model breaks off after it has begun.
    """
    if line := quoted.small_talk_reply(ask, draft):
        yield SourcesFound(())
        yield AnswerText(line)
        return
    revision = await rt.live.get(site.id)
    if revision is not None:
        scope = retrieve.scope(revision, version=ask.version, locale=ask.locale)
        may_share = (
            not turns and rt.model is not None and rt.settings.answers.cache_ttl > 0 and rt.keeps(site)
        )
        key = kept.key(rt, site, ask, scope) if may_share else ""
        if await pinned.find(rt, site, ask, revision, scope, draft) or (
            key and await kept.recall(rt, site, key, revision, scope, draft)
        ):
            yield SourcesFound(tuple(draft.hits))
            yield AnswerText("".join(draft.text))
            return
        if key:
            async with aclosing(_share(rt, site, ask, key, draft)) as events:
                async for event in events:
                    yield event
            return
    async with aclosing(_compose(rt, site, ask, turns, draft)) as events:
        async for event in events:
            yield event


async def _share(
    rt: Runtime, site: Site, ask: Ask, key: str, draft: Draft
) -> AsyncGenerator[SourcesFound | AnswerText]:
    """What is composed for all who ask this at the moment. Whoever began it accounts for what it took."""
    begins = not rt.flights.is_running(key)
    shared: Draft | None = None
    try:
        async with aclosing(rt.flights.follow(key, lambda: _compose_and_keep(rt, site, ask, key))) as events:
            async for event, citations, composed in events:
                shared = composed
                if isinstance(event, AnswerText):
                    draft.text.append(event.text)
                draft.citations = citations
                yield event
    finally:
        if shared is not None:
            draft.adopt(shared, whole=begins)


async def _compose_and_keep(
    rt: Runtime, site: Site, ask: Ask, key: str
) -> AsyncGenerator[tuple[SourcesFound | AnswerText, tuple[Citation, ...], Draft]]:
    """Each event with the citations as they then were, and the draft, which goes on."""
    draft = Draft()
    async with aclosing(_compose(rt, site, ask, (), draft)) as events:
        async for event in events:
            yield event, draft.citations, draft
    await kept.keep(rt, site, key, draft)


async def _compose(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], draft: Draft
) -> AsyncGenerator[SourcesFound | AnswerText]:
    answers = rt.settings.answers
    draft.retrieval = await retrieve.search(
        rt,
        site,
        ask.question,
        version=ask.version,
        locale=ask.locale,
        limit=answers.passages,
        room=0 if rt.model is None else answers.prompt_tokens * prompts.CHARS_PER_TOKEN,
        turns=turns,
        page_url=ask.page_url,
        excerpt=ask.excerpt.text if ask.excerpt else "",
    )
    draft.lap("retrieval_ms")
    if draft.retrieval.revision and draft.retrieval.scope:
        draft.speak_for(draft.retrieval.revision, draft.retrieval.scope)
    if draft.retrieval.is_declined:
        text = quoted.point_elsewhere(site, ask, draft) or await quoted.offer_nearest(rt, site, ask, draft)
        yield SourcesFound(())  # the text names the pages
        yield AnswerText(text)
        return
    material = written.gather(rt, site, ask, turns, draft.retrieval, budget=answers.prompt_tokens)
    draft.hits = material.hits
    if rt.model is None:
        text = await quoted.quote(rt, site, ask, draft)
        yield SourcesFound(tuple(draft.hits) if draft.mode == "extractive" else ())
        yield AnswerText(text + quoted.name_language(ask, draft))
        return
    if await _is_repeated(rt, site, ask, turns, draft):
        text = await _recall_or_quote(rt, site, ask, draft)
        yield SourcesFound(tuple(draft.hits) if draft.mode in ("extractive", "model") else ())
        yield AnswerText(text)
        return
    announced = not draft.retrieval.is_unsure  # else the model may well say that they do not answer
    if announced:
        yield SourcesFound(material.hits)
    async with aclosing(written.write(rt, site, rt.model, prompts.build(material), draft)) as texts:
        async for text in texts:
            if not announced:
                yield SourcesFound(material.hits)
                announced = True
            yield AnswerText(text)
    if draft.mode == "model":
        for notice in (quoted.cut_notice(ask, draft), quoted.name_language(ask, draft)):
            if notice:
                yield AnswerText(notice)
        return
    if draft.is_declined:
        text = await quoted.offer_nearest(rt, site, ask, draft)
    else:
        text = await quoted.quote(rt, site, ask, draft, announced=announced) + quoted.say_why(ask, draft)
    if not announced:
        yield SourcesFound(tuple(draft.hits) if draft.mode == "extractive" else ())
    yield AnswerText(text + quoted.name_language(ask, draft))


async def _is_repeated(rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], draft: Draft) -> bool:
    """Whether the same was asked so often that it is not put to the model once more."""
    revision = draft.retrieval.revision
    if revision is None:
        return False
    knows = (await rt.statistics.get((site.id, revision.store_id, revision.number))).knows
    before = questions.gist(turns[-1].question, knows) if turns else frozenset()
    gist = questions.gist(ask.question, knows)
    if not rt.repeats.is_one(site.id, gist, after=before, session=ask.session):
        return False
    draft.limited = "repeated"
    rt.metrics.fallbacks.labels(reason="repeated").inc()
    return True


async def _recall_or_quote(rt: Runtime, site: Site, ask: Ask, draft: Draft) -> str:
    """What is kept for whoever asks this first in a conversation, else quotes that say why."""
    revision, scope = draft.retrieval.revision, draft.retrieval.scope
    if revision and scope and rt.settings.answers.cache_ttl > 0:
        key = kept.key(rt, site, ask, scope)
        if await kept.recall(rt, site, key, revision, scope, draft):
            draft.limited = ""
            return "".join(draft.text)
    said = await quoted.quote(rt, site, ask, draft)
    return said + quoted.say_why(ask, draft) + quoted.name_language(ask, draft)
