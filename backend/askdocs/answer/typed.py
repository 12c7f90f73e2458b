"""Search as a reader types: words that may be unfinished, to the sections they stand in.

A search is not a question. Nothing is declined, nothing is logged, and no paid service is asked: while
somebody types that would be a call for each letter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from askdocs.answer import passages, query, ranking
from askdocs.answer.ranking import Circumstances
from askdocs.answer.retrieve import scope
from askdocs.runtime import Runtime
from askdocs.text import bm25, excerpts, languages, tokens
from askdocs.text.bm25 import Statistics
from askdocs.text.excerpts import Excerpt
from askdocs.types import Chunk, ScoredPoint, Site, SparseVector

_UNFINISHED = re.compile(r"\w+\Z")

_COMPLETIONS = 6
"""Words that an unfinished one may become. Those are the most frequent; a rarer one takes another letter."""

_POINTS = 96
"""Chunks that are looked at: as many as a question's search looks at."""

_PER_PAGE = 2
"""Sections of one page: a reader who looks for another page must see it."""

_PERHAPS = 0.1
"""What a longer word counts where the one that was typed is known already.

MRR of the right page among eight sections, of the 105 titles of our own docs as they are and cut after three
fifths, and of the first three words of 73 questions: .98, .76 and .80 at .1, .94, .74 and .79 at .4. Without
completions .98, .64 and .81.
"""

_NAMED = 0.3
"""Added to the score of a section whose title and headings are what was typed; less if they say more. The
same figures without this: .82, .57 and .75 (with .4 for longer words)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A section, with what stands in it about the words that were typed."""

    chunk: Chunk
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed: `terms` that are whole, what the unfinished word at the end may become, and that word
    itself where it may well be whole: where the docs hold it."""

    terms: tuple[str, ...]
    completions: tuple[str, ...] = ()
    last: str = ""

    @property
    def all(self) -> frozenset[str]:
        return frozenset((*self.terms, *self.completions))

    def share_of(self, heading: frozenset[str]) -> float:
        """How much of a heading's terms was typed, 0 to 1; 0 if it lacks any of what was."""
        if not heading.issuperset(self.terms):
            return 0.0
        if self.completions and heading.isdisjoint(self.completions):
            return 0.0
        return len(heading & self.all) / len(heading)


async def search(
    rt: Runtime, site: Site, typed: str, *, version: str = "", locale: str = "", limit: int = 8
) -> list[Found]:
    """The sections that fit best, at most two of a page. None where nothing is published, and for words of
    which the docs know none: what is like them in meaning is found by chance.

    Errors: those of the database and the vector store.
    """
    revision = await rt.live.get(site.id)
    if revision is None:
        return []
    statistics = await rt.statistics.get((site.id, revision.store_id, revision.number))
    within = scope(revision, version=version, locale=locale)
    language = languages.primary(within.locale or "") or languages.ENGLISH
    words = read(typed, statistics, language)
    if not any(map(statistics.knows, words.all)):
        return []
    dense = None
    if rt.settings.embedding_provider == "local" and query.is_comparable(rt, revision):
        dense = (await query.embed(rt, site, typed, "")).alone
    hybrid = query.hybrid(rt, dense, *_vector(words, statistics, spelling=rt.settings.retrieval.spelling))
    points = await rt.vectors.search(revision.collection, hybrid, within, limit=_POINTS)
    return list(islice(_found(points, words, language), limit))


def read(typed: str, statistics: Statistics, language: str) -> Words:
    """A word is unfinished while nothing follows it."""
    unfinished = _UNFINISHED.search(typed)
    if unfinished is None:
        return Words(tuple(tokens.terms(typed, language)))
    whole = tuple(tokens.terms(typed[: unfinished.start()], language))
    stems = tokens.terms(unfinished[0], language)
    beginning = stems[0] if stems else unfinished[0].lower()
    completions = statistics.vocabulary.completions(beginning, most=_COMPLETIONS)
    if not completions:
        return Words((*whole, *stems))
    last = beginning if beginning in statistics.frequencies else ""
    return Words(whole, tuple(dict.fromkeys((*filter(None, [last]), *completions))), last)


def _vector(words: Words, statistics: Statistics, *, spelling: float) -> tuple[SparseVector, float]:
    """Each word by its IDF, and the most that a section can reach: it holds one of those that the last word
    may become, as a rule."""
    sure = (*words.terms, words.last) if words.last else words.terms
    weight = _PERHAPS if words.last else 1.0
    perhaps = [term for term in words.completions if term != words.last]
    vector, total = bm25.query_vector(
        sure, statistics, context=perhaps, share=weight / (1 + weight), spelling=spelling
    )
    idf = [weight * statistics.idf(term) for term in perhaps if term not in words.terms]
    return vector, total - sum(idf) + (0.0 if words.last else max(idf, default=0.0))


def _found(points: Sequence[ScoredPoint], words: Words, language: str) -> Iterator[Found]:
    sections = [_raised(section, words, language) for section in ranking.sections(points)]
    ranked = ranking.move(sections, Circumstances())
    of_page: Counter[str] = Counter()
    for hit in passages.best(section.points for section in ranked):
        of_page[hit.chunk.path] += 1
        if of_page[hit.chunk.path] <= _PER_PAGE:
            yield Found(hit.chunk, _excerpt(hit.chunk, words, language))


def _raised(section: Sequence[ScoredPoint], words: Words, language: str) -> Sequence[ScoredPoint]:
    payload = section[0].payload
    headings = " ".join(map(str, (payload.get("title", ""), *(payload.get("heading") or ()))))
    share = words.share_of(frozenset(tokens.terms(headings, language)))
    if not share:
        return section
    return [replace(point, score=point.score + _NAMED * share) for point in section]


def _excerpt(chunk: Chunk, words: Words, language: str) -> Excerpt:
    wanted = words.all
    return excerpts.excerpt(chunk.blocks, lambda word: not wanted.isdisjoint(tokens.terms(word, language)))
