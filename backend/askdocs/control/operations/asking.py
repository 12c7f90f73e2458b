"""Questions, asked and searched for."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from askdocs.answer import chat, retrieve
from askdocs.control.events import Event
from askdocs.control.lookup import find_site, unpublished
from askdocs.db import sites
from askdocs.errors import Unavailable
from askdocs.runtime import Runtime
from askdocs.types import Answered, AnswerFailed, AnswerText, Ask, Hit, SourcesFound, Started


async def search(
    rt: Runtime, *, site: str, question: str, limit: int = 10, version: str = "", locale: str = ""
) -> AsyncGenerator[Event]:
    """One event {"result": {"hits": […], "confidence": …, "revision": …}}; hits as `hit_fields`."""
    found = await find_site(rt, site)
    retrieval = await retrieve.search(
        rt, found, question, version=version, locale=locale, limit=limit, exactly=True
    )
    if retrieval.revision is None:
        raise unpublished(site)
    yield {
        "result": {
            "hits": [hit_fields(hit) for hit in retrieval.hits],
            "confidence": retrieval.confidence,
            "revision": retrieval.revision.number,
        }
    }


async def ask(
    rt: Runtime, *, site: str, question: str, version: str = "", locale: str = "", page_url: str = ""
) -> AsyncGenerator[Event]:
    """Events {"sources": […]}, {"text": …}, and at the end {"result": answer}."""
    found = await find_site(rt, site)
    store = await rt.db.run(sites.store, found.id)
    if store.live_revision is None:
        raise unpublished(site)
    sources: list[dict[str, Any]] = []
    text: list[str] = []
    question_asked = Ask(question, page_url=page_url, version=version, locale=locale)
    async with aclosing(chat.answer(rt, found, question_asked)) as events:
        async for event in events:
            match event:
                case Started():
                    pass
                case SourcesFound(hits):
                    sources = [hit_fields(hit) for hit in hits]
                    yield {"sources": sources}
                case AnswerText(delta):
                    text.append(delta)
                    yield {"text": delta}
                case AnswerFailed(message=message, cause=cause):
                    raise Unavailable(f"The answer broke off. {cause}" if cause else message)
                case Answered():
                    quoted = event.mode == "extractive" and rt.model is not None
                    trouble = rt.model.trouble if quoted and rt.model else ""
                    answer = {"answer": "".join(text), "sources": sources, "trouble": trouble}
                    yield {"result": {**answer, **asdict(event)}}


def hit_fields(hit: Hit) -> dict[str, Any]:
    """A hit as scripts see it."""
    chunk = hit.chunk
    return {
        "path": chunk.path,
        "url": chunk.link,
        "anchor": chunk.anchor,
        "title": chunk.title,
        "heading": " > ".join(chunk.heading),
        "version": chunk.version,
        "locale": chunk.locale,
        "score": round(hit.score, 4),
        "text": chunk.text,
    }
