"""Answers without a model: the passages themselves, or the pages that come nearest."""

from __future__ import annotations

from askdocs.answer.checked import CheckedText
from askdocs.answer.draft import Draft
from askdocs.text import extractive
from askdocs.types import Ask, Hit, Site

_NEAREST_PAGES = 3


def quote(site: Site, ask: Ask, draft: Draft) -> str:
    """The passages themselves, as an answer; the nearest pages if not a word of the question is in them."""
    passages = draft.hits[: len(draft.retrieval.hits)]  # what is beside them was not found, or comes late
    quoted = extractive.compose(ask.question, passages, language=_language(ask, draft))
    checked = CheckedText(site, draft.hits)
    text = checked.feed(quoted or "") + checked.close()
    if not checked.citations:
        return offer_nearest(ask, draft)
    draft.mode, draft.status = "extractive", "answered"
    draft.citations, draft.support = checked.citations, checked.support
    draft.text.append(text)
    return text


def offer_nearest(ask: Ask, draft: Draft) -> str:
    """Nothing fits: say so, and name the nearest pages."""
    pages: dict[str, Hit] = {}
    for hit in draft.retrieval.hits:
        pages.setdefault(hit.chunk.path, hit)
    draft.hits = list(pages.values())[:_NEAREST_PAGES]
    draft.text.append(extractive.nothing(draft.hits, language=_language(ask, draft)))
    draft.status = "unanswered"
    return draft.text[-1]


def _language(ask: Ask, draft: Draft) -> str:
    """The docs' locale that is shown, else what the reader's browser says, else that of the best passage."""
    scope = draft.retrieval.scope
    return (scope and scope.locale) or ask.locale or (draft.hits[0].chunk.language if draft.hits else "")
