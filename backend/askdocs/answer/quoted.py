"""Answers without a model: the passages themselves, the pages that come nearest, a kind word."""

from __future__ import annotations

from collections.abc import Iterable

from askdocs.answer import retrieve
from askdocs.answer.checked import CheckedText
from askdocs.answer.draft import Draft
from askdocs.runtime import Runtime
from askdocs.text import extractive, fences, languages, phrases, pieces, small_talk
from askdocs.text.extractive import Asked
from askdocs.text.links import LinkFilter
from askdocs.text.phrases import Phrases
from askdocs.text.visible import visible
from askdocs.types import Ask, Hit, Site

_NEAREST_PAGES = 3

_NEAR = 0.2
"""Score from which a page is worth a look to a reader whose question was not answered. On the four evaluation
sets 81 % of the pages that would have answered a question that was declined reach it, and 10 % of those that
come first for questions about the weather, football or cooking; with .15 it is 90 and 18 %."""


def small_talk_reply(ask: Ask, draft: Draft) -> str:
    """A kind line for a message that asks nothing of the docs, "" for any other, such as one about something
    that was marked on a page."""
    said = None if ask.excerpt else small_talk.read(ask.question)
    if said is None:
        return ""
    words = phrases.of(said.language, ask.locale)
    line = {
        "hello": words.hello,
        "thanks": words.thanks,
        "farewell": words.farewell,
        "introduction": words.introduction,
    }[said.kind]
    draft.mode, draft.status = "greeting", "answered"
    draft.text.append(line)
    return line


def cut_notice(ask: Ask, draft: Draft) -> str:
    """That the model's answer was cut by its length limit, below what was said; "" for a whole one."""
    if draft.stop is None or draft.stop.reason != "length":
        return ""
    fence = fences.left_open("".join(draft.text))
    draft.text.append(f"{fence}\n\n{_phrases(ask, draft).cut}")
    return draft.text[-1]


async def quote(rt: Runtime, site: Site, ask: Ask, draft: Draft, *, announced: bool = False) -> str:
    """The passages themselves, as an answer; the nearest pages if not a word of the question is in them.

    They are numbered in the order of the text, unless their numbers have been `announced`.
    """
    found = len(draft.retrieval.hits)
    passages, beside = draft.hits[:found], draft.hits[found:]  # which was not found, or comes late
    allowed = CheckedText(site, draft.hits).allows
    asked = await _asked(rt, site, ask, draft)
    quoted = extractive.compose(asked, passages, allow=allowed, renumber=not announced)
    hits = (*quoted.hits, *beside)
    checked = CheckedText(site, hits)
    text = checked.feed(quoted.text) + checked.close()
    if not checked.citations:
        return await offer_nearest(rt, site, ask, draft)
    draft.hits = hits
    draft.mode, draft.status = "extractive", "answered"
    draft.citations, draft.support = checked.citations, checked.support
    draft.text.append(text)
    return text


def point_elsewhere(site: Site, ask: Ask, draft: Draft) -> str:
    """That another version answers, with where; "" if none does."""
    there = draft.retrieval.other_version
    if there is None:
        return ""
    words = _phrases(ask, draft)
    sentence = words.since if there.is_since else words.elsewhere
    draft.hits = (there.hit,)
    draft.text.append(sentence.format(there.version, _link(site, there.hit)))
    draft.status = "unanswered"
    return draft.text[-1]


def say_why(ask: Ask, draft: Draft) -> str:
    """Why this is quoted where a model writes answers, below what is quoted; "" where nothing was limited."""
    if not draft.limited or draft.mode != "extractive":
        return ""
    words = _phrases(ask, draft)
    line = {"budget": words.budget, "repeated": words.repeated}[draft.limited]
    draft.text.append(f"\n\n*{line}*")
    return draft.text[-1]


def name_language(ask: Ask, draft: Draft) -> str:
    """What follows an answer from passages in another language than the reader's docs; "" for any other."""
    there = draft.retrieval.other_locale
    if there is None or draft.status != "answered":
        return ""
    words = phrases.of(ask.locale, languages.guess(ask.question))
    name = words.languages.get(languages.primary(there.locale), there.locale)
    draft.text.append("\n\n" + words.other_language.format(name))
    return draft.text[-1]


async def offer_nearest(rt: Runtime, site: Site, ask: Ask, draft: Draft) -> str:
    """Nothing answers: say so once, with the pages that come near, and with where else to ask."""
    words = _phrases(ask, draft)
    draft.hits = _near(draft.retrieval.hits)
    if not draft.hits:
        draft.hits = await _near_in_the_default_locale(rt, site, ask, draft)
    parts = [words.nothing]
    if draft.hits:
        asked = await _asked(rt, site, ask, draft)
        links = "\n".join(_offer(site, hit, asked, ask, draft) for hit in draft.hits)
        parts = [f"{words.nothing} {words.nearest}", links]
    if support := rt.options(site).support_url:
        parts.append(words.support.format(support))
    draft.text.append("\n\n".join(parts))
    draft.status = "unanswered"
    return draft.text[-1]


async def _asked(rt: Runtime, site: Site, ask: Ask, draft: Draft) -> Asked:
    """The question, with how much each term that was searched for tells by the store's statistics; one that
    the docs lack counts as the one that it may be a misspelling of."""
    revision, query = draft.retrieval.revision, draft.retrieval.asked
    excerpt = ask.excerpt.text if ask.excerpt else ""
    if revision is None or query is None:
        return Asked(ask.question, {}, excerpt=excerpt)
    statistics = await rt.statistics.get((site.id, revision.store_id, revision.number))
    terms = (statistics.vocabulary.nearest(term) or term for term in query.terms)
    weights = {term: statistics.idf(term) for term in terms}
    return Asked(ask.question, weights, query.language, excerpt)


def _near(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """The best hit of each page that comes near enough."""
    pages: dict[str, Hit] = {}
    for hit in hits:
        if hit.score >= _NEAR:
            pages.setdefault(hit.chunk.path, hit)
    return tuple(pages.values())[:_NEAREST_PAGES]


async def _near_in_the_default_locale(rt: Runtime, site: Site, ask: Ask, draft: Draft) -> tuple[Hit, ...]:
    """A page in another language is better than none."""
    revision, scope = draft.retrieval.revision, draft.retrieval.scope
    if revision is None or scope is None or scope.locale in (None, revision.default_locale):
        return ()
    found = await retrieve.search(
        rt,
        site,
        ask.question,
        version=ask.version,
        locale=revision.default_locale,
        limit=_NEAREST_PAGES,
        excerpt=ask.excerpt.text if ask.excerpt else "",
        exactly=True,
    )
    return _near(found.hits)


def _link(site: Site, hit: Hit) -> str:
    """The page's heading as a link, whatever stands in it."""
    filtered = LinkFilter([*site.origins, hit.chunk.link])
    label = pieces.label(visible(hit.chunk.breadcrumb.replace(" > ", " › ")))
    return filtered.feed(pieces.link(label, hit.chunk.link)) + filtered.close()


def _offer(site: Site, hit: Hit, asked: Asked, ask: Ask, draft: Draft) -> str:
    """An item with the page's heading as a link, its language where that is not the reader's, and what is
    said there of the matter."""
    words = _phrases(ask, draft)
    language = languages.primary(hit.chunk.language)
    is_foreign = language and language != languages.primary(draft.language_of(ask))
    name = words.languages.get(language, hit.chunk.language)
    filtered = LinkFilter([*site.origins, hit.chunk.link])
    glimpse = extractive.glimpse(asked, hit, allow=CheckedText(site, (hit,)).allows)
    said = filtered.feed(visible(glimpse)) + filtered.close()
    return f"- {_link(site, hit)}{f' ({name})' if is_foreign else ''}{f': {said}' if said else ''}"


def _phrases(ask: Ask, draft: Draft) -> Phrases:
    return phrases.of(draft.language_of(ask))
