"""Answers a reader's question: history, retrieval, model, citations, log."""

from __future__ import annotations

import asyncio
import hashlib
import time
import unicodedata
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Literal

import orjson

from askdocs.answer import retrieve
from askdocs.answer.retrieve import Retrieval
from askdocs.db import messages
from askdocs.db.messages import AnswerRecord
from askdocs.errors import AskdocsError, ModelUnavailable
from askdocs.observability.logging import log
from askdocs.protocols import AnswerModel
from askdocs.runtime import Runtime
from askdocs.text import extractive, prompts, tokens
from askdocs.text.citations import CitationStream
from askdocs.types import (
    Answered,
    AnswerEvent,
    AnswerFailed,
    AnswerStatus,
    AnswerText,
    Ask,
    Chunk,
    Citation,
    Hit,
    ModelStop,
    ModelText,
    Prompt,
    Site,
    SourcesFound,
    Started,
    Turn,
)

_NEAREST_PAGES = 3


@dataclass(slots=True)
class _Draft:
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


async def answer(rt: Runtime, site: Site, ask: Ask) -> AsyncGenerator[AnswerEvent]:
    """Answer `ask`: `Started`, then `SourcesFound`, then `AnswerText`s, then `Answered` or `AnswerFailed`.

    The turn is in the log before the last event is out. Closing the generator early cancels the model's call
    and logs what was said so far as aborted. Raises, before the first event only, `DatabaseUnavailable`.
    """
    draft = _Draft()
    token, message_id = ask.session or rt.new_token(), rt.new_id()
    _, turns = await rt.db.run(
        messages.open_turn,
        site.id,
        token=token,
        question=ask.question,
        question_id=rt.new_id(),
        answer_id=message_id,
        ask=ask,
        now=rt.now(),
        history_turns=rt.settings.answers.history_turns,
    )
    try:
        yield Started(message_id, token)
        async with aclosing(_compose(rt, site, ask, turns, draft)) as events:
            async for event in events:
                if isinstance(event, AnswerText):
                    draft.lap("first_token_ms")
                yield event
    except Exception as error:
        draft.status, draft.error = "failed", f"{type(error).__name__}: {error}"
        known = isinstance(error, AskdocsError)
        log.warning("answer_failed", message_id=message_id, error=draft.error, exc_info=not known)
    except BaseException:
        # The reader left, perhaps with a whole answer composed that was not sent to its end.
        draft.status = "aborted"
        raise
    finally:
        draft.lap("total_ms")
        await rt.finish(_close(rt, site, message_id, draft))
    if draft.status == "failed":
        yield AnswerFailed(message_id, "The answer broke off. Please try again.", draft.error)
        return
    yield Answered(
        message_id=message_id,
        session=token,
        status=draft.status,
        mode=draft.mode,
        confidence=round(draft.retrieval.confidence, 3),
        citations=draft.citations,
        release=_release(rt, draft),
    )


async def _compose(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], draft: _Draft
) -> AsyncGenerator[AnswerEvent]:
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
    if draft.retrieval.confidence < answers.min_confidence:
        text = _offer_nearest(ask, draft)
        yield SourcesFound(tuple(draft.hits))
        yield AnswerText(text)
        return
    draft.hits = prompts.fit(draft.retrieval.hits, budget=answers.prompt_tokens, estimate=tokens.estimate)
    key = _cache_key(rt, ask, draft) if rt.model and not turns else None
    if key and (kept := await rt.cache.get(key)):
        for event in _replay(kept, draft):
            yield event
        return
    if rt.model is None:
        text = _quote(ask, draft)
        yield SourcesFound(tuple(draft.hits))
    else:
        yield SourcesFound(tuple(draft.hits))
        prompt = prompts.build(ask, draft.hits, turns, product=site.name)
        async with aclosing(_generate(rt, rt.model, prompt, draft)) as texts:
            async for piece in texts:
                yield AnswerText(piece)
        if draft.mode == "model":
            if key and draft.status == "answered":
                await rt.cache.set(key, _keep(draft), ttl=answers.cache_ttl)
            return
        text = _quote(ask, draft)
    yield AnswerText(text)


async def _generate(rt: Runtime, model: AnswerModel, prompt: Prompt, draft: _Draft) -> AsyncGenerator[str]:
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
            async with asyncio.timeout(rt.settings.answers.fallback_after):
                begun = await _first_text(events, draft)
        except (ModelUnavailable, TimeoutError) as error:
            begun, reason = None, "slow" if isinstance(error, TimeoutError) else "unavailable"
            rt.model_trouble = reason
            log.warning("model_did_not_begin", model=model.model, reason=reason, error=str(error))
        if begun is None:
            rt.metrics.fallbacks.labels(reason=reason).inc()
            return
        draft.mode, rt.model_trouble = "model", ""
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


async def _first_text(events: AsyncGenerator[ModelText | ModelStop], draft: _Draft) -> str | None:
    async for event in events:
        if isinstance(event, ModelStop):
            draft.stop = event
        elif event.text:
            return event.text
    return None


def _say(draft: _Draft, reader: CitationStream, text: str) -> str:
    draft.text.append(text)
    draft.citations = reader.citations
    return text


def _quote(ask: Ask, draft: _Draft) -> str:
    """The passages themselves, as an answer; the nearest pages if not a word of the question is in them."""
    quoted = extractive.compose(ask.question, draft.hits, language=_language(ask, draft.hits))
    reader = CitationStream(draft.hits, terms=tokens.terms)
    text = reader.feed(quoted or "") + reader.close()
    if not reader.citations:
        return _offer_nearest(ask, draft)
    draft.mode, draft.status, draft.citations = "extractive", "answered", reader.citations
    draft.text.append(text)
    return text


def _offer_nearest(ask: Ask, draft: _Draft) -> str:
    """Nothing fits: say so, and name the nearest pages."""
    pages: dict[str, Hit] = {}
    for hit in draft.retrieval.hits:
        pages.setdefault(hit.chunk.path, hit)
    draft.hits = list(pages.values())[:_NEAREST_PAGES]
    draft.text.append(extractive.nothing(draft.hits, language=_language(ask, draft.hits)))
    draft.status = "unanswered"
    return draft.text[-1]


def _language(ask: Ask, hits: Sequence[Hit]) -> str:
    return ask.locale or (hits[0].chunk.language if hits else "")


def _cache_key(rt: Runtime, ask: Ask, draft: _Draft) -> str | None:
    if not rt.settings.answers.cache_ttl or draft.retrieval.revision is None or rt.model is None:
        return None
    revision = draft.retrieval.revision
    scope = retrieve.scope(revision, version=ask.version, locale=ask.locale)
    question = " ".join(unicodedata.normalize("NFKC", ask.question).casefold().split())
    parts = [scope, rt.model.model, prompts.VERSION, ask.page_title, question]
    return f"answer:{hashlib.sha256(orjson.dumps(parts)).hexdigest()}"


def _keep(draft: _Draft) -> bytes:
    return orjson.dumps(
        {
            "text": "".join(draft.text),
            "citations": draft.citations,
            "hits": [(hit.chunk, hit.score) for hit in draft.hits],
            "model": draft.model,
        }
    )


def _replay(kept: bytes, draft: _Draft) -> list[AnswerEvent]:
    answer = orjson.loads(kept)
    draft.hits = [
        Hit(Chunk(**fields | {"heading": tuple(fields["heading"])}), score)
        for fields, score in answer["hits"]
    ]
    draft.citations = tuple(Citation(**citation) for citation in answer["citations"])
    draft.text.append(answer["text"])
    draft.model, draft.mode, draft.status = answer["model"], "model", "answered"
    return [SourcesFound(tuple(draft.hits)), AnswerText(answer["text"])]


def _release(rt: Runtime, draft: _Draft) -> dict[str, str | int | None]:
    """What produced this answer, so that it can be explained later."""
    revision = draft.retrieval.revision
    return {**rt.release, "revision": revision.number if revision else None, "prompt": prompts.VERSION}


async def _close(rt: Runtime, site: Site, message_id: str, draft: _Draft) -> None:
    usage = draft.stop or ModelStop("stop")
    if "first_token_ms" in draft.timings:
        rt.metrics.time_to_first_token.observe(draft.timings["first_token_ms"] / 1000)
    rt.metrics.answers.labels(status=draft.status, mode=draft.mode).inc()
    rt.metrics.tokens.labels(kind="prompt").inc(usage.prompt_tokens)
    rt.metrics.tokens.labels(kind="output").inc(usage.output_tokens)
    record = AnswerRecord(
        text="".join(draft.text),
        status=draft.status,
        mode=draft.mode,
        confidence=draft.retrieval.confidence,
        citations=draft.citations,
        sources=[
            {"path": hit.chunk.path, "url": hit.chunk.link, "title": hit.chunk.breadcrumb, "score": hit.score}
            for hit in draft.hits
        ],
        usage={"prompt_tokens": usage.prompt_tokens, "output_tokens": usage.output_tokens},
        timings=draft.timings,
        release=_release(rt, draft),
        model=draft.model if draft.mode == "model" else "",
    )
    try:
        await rt.db.run(messages.close_turn, site.id, message_id=message_id, record=record, now=rt.now())
    except AskdocsError as error:
        # The log line is then the only copy of what the reader was told.
        log.error("answer_not_stored", message_id=message_id, error=str(error), record=asdict(record))
        draft.status, draft.error = "failed", f"{type(error).__name__}: {error}"
