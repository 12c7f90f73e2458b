"""Answers that the cache keeps for whoever asks the same while the pages they rest on stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from askdocs.answer.draft import Draft
from askdocs.answer.retrieve import Retrieval
from askdocs.cache.shared import answers_of
from askdocs.db import documents
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import codec, prompts, questions
from askdocs.types import Ask, Citation, Hit, Revision, Scope, Site, Support

SCHEMA: Literal[3] = 3
"""Of the entries. It is part of their keys too, so that processes of two releases do not overwrite each
other's: change it with any change of `KeptAnswer`."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What the model said, and what it was given.

    `sources` are the passages for `codec` with their scores, `documents` the content hashes of their pages by
    path. `revision` is the latest one that was found to hold the same. `expires_at` is in seconds since 1970.
    """

    text: str
    citations: tuple[Citation, ...]
    model: str
    confidence: float
    support: Support
    version: str
    language: str
    sources: tuple[tuple[dict[str, Any], float], ...]
    documents: dict[str, str]
    revision: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class _Entry:
    schema: Literal[3]
    answer: KeptAnswer


_ENTRIES = TypeAdapter(_Entry)


def key(rt: Runtime, site: Site, ask: Ask, scope: Scope) -> str:
    """The same for questions that may share an answer: all that an answer depends on besides the pages."""
    parts = [
        SCHEMA,
        prompts.version(rt.options(site).instructions),
        rt.release.get("config"),
        rt.model and rt.model.model,
        [site.id, site.name, scope.store_id, scope.version, scope.locale, ask.locale],
        prompts.page_path(ask.page_url),
        questions.normalize(ask.question),
        ask.excerpt,
    ]
    return f"{answers_of(site.id)}{hashlib.sha256(orjson.dumps(parts)).hexdigest()}"


async def recall(rt: Runtime, site: Site, key: str, revision: Revision, scope: Scope, draft: Draft) -> bool:
    """Fill the draft with the answer that is kept under the key, if its pages are still what they were.

    The database is asked once after each publish; the entry then holds for the new revision too.
    """
    answer = load(await rt.cache.get(key))
    if answer is None:
        return False
    if answer.revision != _name(revision):
        if await _hashes(rt, site, revision, list(answer.documents)) != answer.documents:
            return False
        answer = replace(answer, revision=_name(revision))
        await rt.cache.set(key, dump(answer), ttl=max(1.0, answer.expires_at - rt.now().timestamp()))
    try:
        hits = tuple(Hit(codec.decode(chunk), score) for chunk, score in answer.sources)
    except ValueError as error:
        log.warning("kept_answer_unreadable", error=str(error))
        return False
    draft.retrieval = Retrieval(hits, answer.confidence, revision, scope)
    draft.hits, draft.text, draft.citations = hits, [answer.text], answer.citations
    draft.mode, draft.status, draft.model = "model", "answered", answer.model
    draft.support, draft.version, draft.language = answer.support, answer.version, answer.language
    return True


async def keep(rt: Runtime, site: Site, key: str, draft: Draft) -> None:
    """Keep the answer in the draft, unless it is one that is worth another try: quoted, cut, not cited, or
    written while questions could not be embedded."""
    revision, ttl = draft.retrieval.revision, rt.settings.answers.cache_ttl
    whole = draft.stop is not None and draft.stop.reason == "stop" and not draft.retrieval.by_words_alone
    if revision is None or draft.mode != "model" or draft.status != "answered" or not whole:
        return
    paths = {hit.chunk.path for hit in draft.hits}
    answer = KeptAnswer(
        text="".join(draft.text),
        citations=draft.citations,
        model=draft.model,
        confidence=draft.retrieval.confidence,
        support=draft.support,
        version=draft.version,
        language=draft.language,
        sources=tuple((codec.encode(hit.chunk), hit.score) for hit in draft.hits),
        documents=await _hashes(rt, site, revision, sorted(paths)),
        revision=_name(revision),
        expires_at=rt.now().timestamp() + ttl,
    )
    await rt.cache.set(key, dump(answer), ttl=ttl)


def dump(answer: KeptAnswer) -> bytes:
    return orjson.dumps(_Entry(SCHEMA, answer))


def load(entry: bytes | None) -> KeptAnswer | None:
    """The answer that an entry of this schema holds. Any other entry is as good as none."""
    if entry is None:
        return None
    try:
        return _ENTRIES.validate_json(entry, strict=True).answer
    except ValidationError as error:
        log.warning("kept_answer_unreadable", faults=error.error_count())
        return None


def _name(revision: Revision) -> str:
    """Told apart from one of the same number in a database that was restored meanwhile."""
    published = revision.published_at.timestamp() if revision.published_at else 0
    return f"{revision.number}@{published}"


async def _hashes(rt: Runtime, site: Site, revision: Revision, paths: Sequence[str]) -> dict[str, str]:
    return await rt.db.run(
        documents.hashes, site.id, store_id=revision.store_id, revision=revision.number, paths=paths
    )
