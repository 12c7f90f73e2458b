"""A question, and the one before it or what it is about, to what the vector store is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askdocs.answer import paid
from askdocs.errors import ModelUnavailable
from askdocs.observability.logging import log
from askdocs.runtime import Runtime
from askdocs.text import bm25, followups, languages, tokens
from askdocs.text.bm25 import Statistics
from askdocs.text.languages import ENGLISH
from askdocs.types import HybridQuery, Revision, Site, SparseVector, Turn, Vector

_FOLLOWS_UP = 0.5
"""A question that leans on the one before it by more than this share is judged by the words of both."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors, of shape (d,), of a question alone and together with the one before it.

    None for a question that could not be embedded, and where there is none before.
    """

    alone: Vector | None
    together: Vector | None


@dataclass(frozen=True, slots=True)
class Query:
    """`leaning` is the share, 0 to 1, of its meaning that the question leaves to what surrounds it.

    `terms` are those that an answer is judged by, made of the question as text of `language`.
    """

    hybrid: HybridQuery
    terms: Sequence[str]
    language: str = ENGLISH
    leaning: float = 0.0


async def embed(rt: Runtime, site: Site, question: str, before: str) -> Embedded:
    """Both vectors. A model that is away, or that there is no budget for, is counted: the search is then by
    words alone."""
    return Embedded(
        *await asyncio.gather(
            _embed(rt, site, question),
            _embed(rt, site, f"{before}\n{question}") if before else _nothing(),
        )
    )


def build(
    rt: Runtime,
    revision: Revision,
    statistics: Statistics,
    question: str,
    before: str,
    vectors: Embedded,
    *,
    locale: str = "",
    pages: str = "",
    about: bool = False,
) -> Query:
    """`before` is the question before, or the excerpt that the question is `about`. `locale` is the reader's,
    which tells the language of a question that does not show its own. `pages` is the language of the pages to
    search where that is another one: "" where it is the question's."""
    language = languages.guess(question) or languages.primary(locale) or ENGLISH
    pages = pages or language
    own, context = (_terms(text, language, pages) for text in (question, before))
    # Words that the docs lack, as those of another language, say nothing of what an excerpt is asked for;
    # after another question they may be of a subject that the docs do not have.
    narrowing = filter(statistics.knows, own) if about else own
    leaning = followups.context_share(question, narrowing, statistics)
    share = leaning if before else 0.0
    dense = _mixed(vectors.alone, vectors.together, share) if is_comparable(rt, revision) else None
    sparse, ceiling = bm25.query_vector(
        own,
        statistics,
        context=context,
        share=share,
        spelling=rt.settings.retrieval.spelling,
        particles=tokens.particles(question),
    )
    return Query(
        hybrid(rt, dense, sparse, ceiling),
        own + context if share > _FOLLOWS_UP else own,
        pages,
        leaning,
    )


def _terms(text: str, language: str, pages: str) -> list[str]:
    """Of the words that tell something in the text's language, what they are in that of the pages: names,
    options and commands are the same in both."""
    if language == pages:
        return tokens.terms(text, language)
    telling = (word for word in text.split() if tokens.terms(word, language))
    return [term for word in telling for term in tokens.terms(word, pages)]


def last_question(turns: Sequence[Turn]) -> str:
    """With what it was about."""
    if not turns:
        return ""
    last = turns[-1]
    return f"{last.question}\n{last.excerpt.text}" if last.excerpt else last.question


async def _embed(rt: Runtime, site: Site, query: str) -> Vector | None:
    if not await paid.may_embed(rt, site, [query]):
        return None
    try:
        return await rt.embedder.embed_query(query)
    except ModelUnavailable as error:
        log.warning("question_not_embedded", error=str(error))
        rt.metrics.fallbacks.labels(reason="embedding").inc()
        return None


async def _nothing() -> None:
    return None


def is_comparable(rt: Runtime, revision: Revision) -> bool:
    """Whether questions are embedded as the revision's chunks were; vectors of two models are never mixed."""
    if (revision.model, revision.dimensions) == (rt.embedder.model, rt.embedder.dimensions):
        return True
    log.warning("revision_of_another_model", revision=revision.number, model=revision.model)
    return False


def _mixed(alone: Vector | None, together: Vector | None, share: float) -> Vector | None:
    """The question's vector, drawn by `share` towards that of both questions."""
    if alone is None or together is None:
        return alone
    mixed = (1 - share) * alone + share * together
    return np.asarray(mixed / np.linalg.norm(mixed), np.float32)


def hybrid(rt: Runtime, dense: Vector | None, vector: SparseVector, ceiling: float) -> HybridQuery:
    """Weights that put both scores on a scale of 0 to 1: a dot product can reach at most `ceiling`."""
    weights = rt.settings.retrieval
    sparse_share = weights.sparse_weight if dense is not None else 1.0
    return HybridQuery(
        dense=dense,
        sparse=vector,
        dense_weight=weights.dense_weight,
        sparse_weight=sparse_share / ceiling if ceiling else 0.0,
        candidates=weights.candidates,
    )
