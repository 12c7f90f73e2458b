"""Asks one question as a reader's session would, and notes what came of it. Nothing is logged or kept."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from askdocs.answer import compose, retrieve, written
from askdocs.answer.draft import Draft
from askdocs.answer.retrieve import Retrieval
from askdocs.errors import ModelUnavailable, NotFound
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import prompts
from askdocs.types import AnswerText, Ask, Hit, Site, Turn

_SECTIONS = 40
"""Sections asked for to be ranked, so that ten distinct pages are among them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A section that was found; `title` is the path of headings that leads to it."""

    path: str
    anchor: str
    title: str
    url: str
    score: float

    @classmethod
    def of(cls, hit: Hit) -> Self:
        chunk = hit.chunk
        return cls(chunk.path, chunk.anchor, chunk.breadcrumb, chunk.link, round(hit.score, 4))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader would have been told. `cited` holds the (path, anchor) that each mark leads to."""

    text: str
    status: str
    mode: str
    support: str
    cited: tuple[tuple[str, str], ...]
    prompt_tokens: int
    output_tokens: int
    first_token_ms: int
    total_ms: int

    @property
    def declines(self) -> bool:
        return self.status == "unanswered"

    @property
    def failed(self) -> bool:
        """Whether the model broke off."""
        return self.status == "failed"


@dataclass(frozen=True, slots=True)
class Observation:
    """What became of one question. `found` is best first.

    `passages` are the texts that the prompt holds, in its order, each below its title. Below `threshold` the
    `confidence` is too little to answer; it rests on `features`, by name, of which there are none without
    hits. `search_ms` is the time of the search that an answer rests on. `fingerprint` is that of the
    embeddings, "" for a question that was searched for by its words alone.
    """

    found: tuple[Found, ...]
    passages: tuple[str, ...]
    confidence: float
    threshold: float
    search_ms: float
    revision: int
    answer: Answer | None = None
    fingerprint: str = ""
    features: Mapping[str, float] = field(default_factory=dict)

    @property
    def unsure(self) -> bool:
        """Whether nothing is answered, whatever the answer would be made of."""
        return not self.found or self.confidence < self.threshold

    @classmethod
    def revive(cls, fields: Mapping[str, Any]) -> Self:
        """From `asdict`, perhaps through JSON."""
        answer = fields["answer"]
        if answer is not None:
            answer = Answer(**{**answer, "cited": tuple((path, anchor) for path, anchor in answer["cited"])})
        found = tuple(Found(**one) for one in fields["found"])
        return cls(**{**fields, "found": found, "passages": tuple(fields["passages"]), "answer": answer})


async def observe(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn] = (), *, answered: bool = False
) -> Observation:
    """Search for the question, and with `answered` compose its answer too, past the cache of answers.

    As many of the `turns` count as in a chat session. Errors: those of composing, and `NotFound` where
    nothing is published.
    """
    most = rt.settings.answers.history_turns
    turns = turns[-most:] if most else ()
    turns = await played(rt, site, ask, turns)
    ranked = await _search(rt, site, ask, turns, limit=_SECTIONS)
    if ranked.revision is None:
        raise NotFound(
            f"{site.name} has nothing published yet.", fix=f"Run: askdocs index PATH --site {site.name}"
        )
    started = time.perf_counter()
    answers = rt.settings.answers
    room = answers.prompt_tokens * prompts.CHARS_PER_TOKEN
    read = await _search(rt, site, ask, turns, limit=answers.passages, room=room)
    search_ms = (time.perf_counter() - started) * 1000
    material = written.gather(rt, site, ask, turns, read, budget=answers.prompt_tokens)
    return Observation(
        found=tuple(map(Found.of, ranked.hits)),
        passages=tuple(f"{hit.chunk.breadcrumb}\n{hit.chunk.text}" for hit in material.hits),
        confidence=round(read.confidence, 4),
        threshold=read.calibration.decline,
        search_ms=round(search_ms, 2),
        revision=ranked.revision.number,
        answer=await _answer(rt, site, ask, turns) if answered else None,
        fingerprint="" if read.by_words_alone else ranked.revision.collection,
        features=asdict(read.features) if read.features else {},
    )


async def played(rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn]) -> Sequence[Turn]:
    """The last turn as if its answer had cited the best section that is found for its question."""
    if not turns or turns[-1].cited:
        return turns
    *before, last = turns
    found = await _search(rt, site, replace(ask, question=last.question), before, limit=1)
    return [*before, replace(last, cited=tuple(hit.chunk.link for hit in found.hits))]


async def _search(
    rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn], *, limit: int, room: int = 0
) -> Retrieval:
    return await retrieve.search(
        rt,
        site,
        ask.question,
        version=ask.version,
        locale=ask.locale,
        limit=limit,
        room=room,
        turns=turns,
        page_url=ask.page_url,
        excerpt=ask.excerpt.text if ask.excerpt else "",
    )


async def _answer(rt: Runtime, site: Site, ask: Ask, turns: Sequence[Turn]) -> Answer:
    fresh = rt.settings.answers.model_copy(update={"cache_ttl": 0})
    rt = replace(rt, settings=rt.settings.model_copy(update={"answers": fresh}))
    draft = Draft()
    try:
        async with aclosing(compose.compose(rt, site, ask, turns, draft)) as events:
            async for event in events:
                if isinstance(event, AnswerText):
                    draft.lap("first_token_ms")
    except ModelUnavailable as error:  # one of many questions: the others are asked all the same
        log.warning("answer_failed", question=ask.question, error=str(error))
        draft.status = "failed"
    draft.lap("total_ms")
    stop = draft.stop
    return Answer(
        text="".join(draft.text),
        status=draft.status,
        mode=draft.mode,
        support=draft.support,
        cited=tuple(_cited(draft)),
        prompt_tokens=stop.prompt_tokens if stop else 0,
        output_tokens=stop.output_tokens if stop else 0,
        first_token_ms=draft.timings.get("first_token_ms", draft.timings["total_ms"]),
        total_ms=draft.timings["total_ms"],
    )


def _cited(draft: Draft) -> list[tuple[str, str]]:
    """Where the marks lead: by the passages' links, since a citation carries no path."""
    hits = (*draft.retrieval.hits, *draft.hits)
    places = {hit.chunk.link: (hit.chunk.path, hit.chunk.anchor) for hit in hits}
    return [places.get(citation.url, (citation.url, "")) for citation in draft.citations]
