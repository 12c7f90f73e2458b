"""Answers a reader's question: opens the turn, streams what is composed, closes the turn in the log."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict

from askdocs.answer import compose, opening, traced
from askdocs.answer.draft import Draft
from askdocs.db import messages
from askdocs.db.messages import AnswerRecord
from askdocs.errors import AskdocsError
from askdocs.observability import trace_context
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import prompts
from askdocs.types import (
    Answered,
    AnswerEvent,
    AnswerFailed,
    AnswerText,
    Ask,
    ModelStop,
    Site,
    Started,
)


async def answer(rt: Runtime, site: Site, ask: Ask) -> AsyncGenerator[AnswerEvent]:
    """Answer `ask`: `Started`, then `SourcesFound`, then `AnswerText`s, then `Answered` or `AnswerFailed`.

    The turn is in the log before the last event is out. Closing the generator early cancels the model's call
    and logs what was said so far as aborted. Raises, before the first event only, `DatabaseUnavailable`.
    """
    draft = Draft()
    token, message_id = ask.session or rt.session_tokens.make(site.id), rt.new_id()
    ask, turns = await opening.open_turn(rt, site, ask, token=token, message_id=message_id)
    try:
        yield Started(message_id, token)
        async with aclosing(compose.compose(rt, site, ask, turns, draft)) as events:
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
        await rt.tasks.finish(_close(rt, site, message_id, draft))
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
        release=_release(rt, site, draft),
        support=draft.support,
        version=draft.version,
        language=draft.language,
        reviewed_on=draft.reviewed_on,
        limited=draft.limited,
    )


def _release(rt: Runtime, site: Site, draft: Draft) -> dict[str, str | int | None]:
    """What produced this answer, so that it can be explained later."""
    revision = draft.retrieval.revision
    prompt = prompts.version(rt.options(site).instructions)
    return {**rt.release, "revision": revision.number if revision else None, "prompt": prompt}


def _sources(draft: Draft) -> list[dict[str, str | float]]:
    """The passages, and what is cited of all that filled the prompt beside them."""
    cited = {citation.index for citation in draft.citations}
    kept = (
        hit
        for number, hit in enumerate(draft.hits, 1)
        if number <= len(draft.retrieval.hits) or number in cited
    )
    return [
        {"path": hit.chunk.path, "url": hit.chunk.link, "title": hit.chunk.breadcrumb, "score": hit.score}
        for hit in kept
    ]


async def _close(rt: Runtime, site: Site, message_id: str, draft: Draft) -> None:
    stop = draft.stop or ModelStop("stop")
    if rt.tracer is not None:
        whole, parts = traced.steps(draft, site=site.name, message_id=message_id)
        rt.tracer.record(whole, parts, parent=trace_context.current.get())
    if "first_token_ms" in draft.timings:
        rt.metrics.time_to_first_token.observe(draft.timings["first_token_ms"] / 1000)
    rt.metrics.answers.labels(status=draft.status, mode=draft.mode).inc()
    rt.metrics.tokens.labels(kind="prompt").inc(stop.prompt_tokens)
    rt.metrics.tokens.labels(kind="output").inc(stop.output_tokens)
    record = AnswerRecord(
        text="".join(draft.text),
        status=draft.status,
        mode=draft.mode,
        confidence=draft.retrieval.confidence,
        citations=draft.citations,
        sources=_sources(draft),
        usage=asdict(draft.stop) if draft.stop else {},
        timings=draft.timings,
        release=_release(rt, site, draft),
        model=draft.model if draft.mode == "model" or draft.is_declined else "",
    )
    if not rt.keeps(site):
        return
    try:
        await rt.db.run(messages.close_turn, site.id, message_id=message_id, record=record, now=rt.now())
    except AskdocsError as error:
        # The log line is then the only copy of what the reader was told.
        log.error("answer_not_stored", message_id=message_id, error=str(error), record=asdict(record))
        draft.status, draft.error = "failed", f"{type(error).__name__}: {error}"
