"""Operations on a site by name: each is a stream of JSON events, the last of which is its result."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from askdocs.answer import chat, pinned, retrieve
from askdocs.answer.pinned import Review
from askdocs.control import snapshots
from askdocs.control.events import Event
from askdocs.control.lookup import find_site
from askdocs.control.reporting import reported
from askdocs.db import pins, sites
from askdocs.errors import NotFound, Unavailable
from askdocs.evaluation import explain as explanation
from askdocs.evaluation import labels
from askdocs.evaluation import observe as observation
from askdocs.index import run
from askdocs.runtime import Runtime
from askdocs.sources import open_source
from askdocs.tenancy import origins as tenant_origins
from askdocs.tenancy import sites as tenants
from askdocs.text import codec
from askdocs.types import (
    Actor,
    Answered,
    AnswerFailed,
    AnswerText,
    Ask,
    Hit,
    Site,
    SourcesFound,
    SourceSpec,
    Started,
    Turn,
)

Operation = Callable[..., AsyncGenerator[Event]]


async def index(
    rt: Runtime,
    *,
    site: str,
    sources: Sequence[Mapping[str, Any]],
    whole: bool = False,
    key: str = "",
    origins: Sequence[str] = (),
    force: bool = False,
    strict: bool = False,
    take_over: bool = False,
    dry_run: bool = False,
) -> AsyncGenerator[Event]:
    """Events {"progress": {…}} and at the end {"result": summary}. Left early, the publish is undone.

    `sources` are the fields of their `SourceSpec`s. A site that is not there yet is made, or in a dry run
    thought of, if `origins` are given, with this `key`; of one that is there it is said which it lacks.

    Raises `Unavailable` when the process that publishes is stopped meanwhile.
    """
    found = await _site_with(rt, site, origins, key, dry_run=dry_run)
    lacking = tenant_origins.lacking(found, origins)
    specs = [SourceSpec.revive(fields) for fields in sources]
    opened = await asyncio.to_thread(lambda: [open_source(spec) for spec in specs])
    options = run.Options(whole=whole, force=force, strict=strict, take_over=take_over)
    flow = run.preview if dry_run else run.index
    publish = partial(flow, rt, found, opened, options)
    async with aclosing(reported(rt, lambda report: publish(report=report))) as events:
        async for event in events:
            if "result" in event and lacking:
                summary = event["result"]
                summary["problems"] = (*summary["problems"], _lacking(found, lacking))
            yield event


async def search(
    rt: Runtime, *, site: str, question: str, limit: int = 10, version: str = "", locale: str = ""
) -> AsyncGenerator[Event]:
    """One event {"result": {"hits": […], "confidence": …, "revision": …}}; each hit for `revive_hit`."""
    found = await find_site(rt, site)
    retrieval = await retrieve.search(
        rt, found, question, version=version, locale=locale, limit=limit, exactly=True
    )
    if retrieval.revision is None:
        raise _unpublished(site)
    yield {
        "result": {
            "hits": [{"chunk": codec.encode(hit.chunk), "score": hit.score} for hit in retrieval.hits],
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
        raise _unpublished(site)
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


async def observe(
    rt: Runtime,
    *,
    site: str,
    question: str,
    version: str = "",
    locale: str = "",
    page_url: str = "",
    turns: Sequence[tuple[str, str]] = (),
    answered: bool = False,
) -> AsyncGenerator[Event]:
    """One event {"result": …} for `Observation.revive`: what an evaluation is told. `turns` were before."""
    found = await find_site(rt, site)
    asked = Ask(question, page_url=page_url, version=version, locale=locale)
    before = [Turn(*turn) for turn in turns]
    yield {"result": asdict(await observation.observe(rt, found, asked, before, answered=answered))}


async def explain(
    rt: Runtime,
    *,
    site: str,
    question: str,
    version: str = "",
    locale: str = "",
    page_url: str = "",
    turns: Sequence[tuple[str, str]] = (),
    limit: int = 10,
) -> AsyncGenerator[Event]:
    """One event {"result": …} for `Explanation.revive`. `turns` were before."""
    found = await find_site(rt, site)
    asked = Ask(question, page_url=page_url, version=version, locale=locale)
    before = [Turn(*turn) for turn in turns]
    yield {"result": asdict(await explanation.explain(rt, found, asked, before, limit=limit))}


async def astray(rt: Runtime, *, site: str, places: Sequence[tuple[str, str]]) -> AsyncGenerator[Event]:
    """One event {"result": {"places": […]}}: those of the paths and anchors that are not published."""
    found = await find_site(rt, site)
    named = [(path, anchor) for path, anchor in places]
    yield {"result": {"places": await labels.astray(rt, found, named)}}


async def snapshot(
    rt: Runtime, *, collections: Sequence[str], scopes: Sequence[tuple[str, str, int]], folder: str
) -> AsyncGenerator[Event]:
    """One event {"result": …} with the fields of `snapshots.Taken`."""
    taken = await snapshots.take(rt.vectors, collections=collections, scopes=scopes, folder=Path(folder))
    yield {"result": taken.fields()}


async def pin(
    rt: Runtime,
    *,
    site: str,
    questions: Sequence[str],
    text: str,
    cited: Sequence[tuple[str, str]],
    reviewed_by: str,
    version: str = "",
    locale: str = "",
    replacing: str = "",
) -> AsyncGenerator[Event]:
    """One event {"result": {"id": …}}. The answer takes the place of the pin `replacing`, if one is named."""
    found = await find_site(rt, site)
    revision = await rt.live.get(found.id)
    if revision is None:
        raise _unpublished(site)
    given = Review(
        questions=tuple(questions),
        text=text,
        cited=tuple((path, anchor) for path, anchor in cited),
        version=version,
        locale=locale,
        reviewed_on=rt.now().date(),
        reviewed_by=reviewed_by,
    )
    content = await pinned.review(rt, found, revision, given)
    if not replacing:
        pin_id = await rt.db.run(pins.add, found.id, content=content, now=rt.now())
    elif await rt.db.run(pins.replace, found.id, pin_id=replacing, content=content):
        pin_id = replacing
    else:
        raise no_pin(site, replacing)
    yield {"result": {"id": pin_id}}


async def delete_site(rt: Runtime, *, site: str, operator: str) -> AsyncGenerator[Event]:
    """One event {"result": {"is_whole": …}}: whether nothing of it is left, nor of a publish under way."""
    found = await find_site(rt, site)
    yield {"result": {"is_whole": await tenants.remove(rt, found, actor=Actor("operator", "", operator))}}


OPERATIONS: Mapping[str, Operation] = {
    "delete_site": delete_site,
    "index": index,
    "search": search,
    "ask": ask,
    "observe": observe,
    "pin": pin,
    "explain": explain,
    "astray": astray,
    "snapshot": snapshot,
}


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


def revive_hit(fields: Mapping[str, Any]) -> Hit:
    """The hit that an operation sent as fields, perhaps through JSON."""
    return Hit(codec.decode(fields["chunk"]), fields["score"])


async def _site_with(rt: Runtime, name: str, origins: Sequence[str], key: str, *, dry_run: bool) -> Site:
    if not origins or await rt.db.run(sites.by_name, name) is not None:
        return await find_site(rt, name)
    if dry_run:
        return Site(id="", name=name, key=key, origins=tuple(origins), created_at=rt.now())
    return await rt.db.run(sites.add, name, origins=origins, key=key or None)


def _lacking(site: Site, origins: Sequence[str]) -> str:
    wanted = " ".join(f"--origin {origin}" for origin in (*site.origins, *origins))
    return (
        f"{site.name}: questions from {', '.join(origins)} are refused, since the site does not list "
        f"that origin. Run: askdocs site set-origins {site.name} {wanted}"
    )


def no_pin(site: str, pin_id: str) -> NotFound:
    return NotFound(f"{site} has no pinned answer {pin_id}.", fix=f"Run: askdocs pin list --site {site}")


def _unpublished(site: str) -> NotFound:
    return NotFound(f"{site} has nothing published yet.", fix=f"Run: askdocs index PATH --site {site}")
