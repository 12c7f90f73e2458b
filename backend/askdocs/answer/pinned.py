"""Answers that people reviewed and pinned to a question, each until a section that it cites changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from askdocs.answer import passages
from askdocs.answer.checked import CheckedText
from askdocs.answer.draft import Draft
from askdocs.answer.retrieve import Retrieval
from askdocs.db import documents
from askdocs.db.documents import Document
from askdocs.db.pins import PinContent, PinnedSource
from askdocs.errors import InputError
from askdocs.runtime import Runtime
from askdocs.text import chunking, questions
from askdocs.types import Ask, Chunk, Hit, Revision, Scope, Site

_MARK = re.compile(r"\[(\d+)\]")
_LONGEST_SECTION = 20_000
"""Characters of a section that a citation is checked against."""


@dataclass(frozen=True, slots=True)
class Review:
    """What people put down. `cited` are (path, anchor) of the sections that [1], [2] and so on stand for; a
    version or locale of "" stands for all."""

    questions: tuple[str, ...]
    text: str
    cited: tuple[tuple[str, str], ...]
    version: str
    locale: str
    reviewed_on: date
    reviewed_by: str


async def find(rt: Runtime, site: Site, ask: Ask, revision: Revision, scope: Scope, draft: Draft) -> bool:
    """Fill the draft with the answer that is pinned to the question. Of several the oldest one counts.

    A question about something that was marked on a page is another one, whatever its words are.
    """
    if ask.excerpt is not None:
        return False
    pins = await rt.pins.get((site.id, revision.store_id, revision.number))
    if not pins:
        return False
    asked = questions.signature(ask.question)
    for pin in pins:
        content = pin.content
        if (
            not pin.changed
            and content.version in ("", scope.version)
            and content.locale in ("", scope.locale)
            and asked in map(questions.signature, content.questions)
        ):
            _fill(draft, content, revision, scope)
            return True
    return False


async def review(rt: Runtime, site: Site, revision: Revision, given: Review) -> PinContent:
    """What is pinned of a review, with its citations checked against the live docs.

    Raises `InputError` for a section that is not there, for a mark that names none, and for a claim that the
    section it cites does not support.
    """
    _refuse_loose_marks(given)
    paths = sorted({path for path, _ in given.cited})
    pages = await rt.db.run(
        documents.find, site.id, store_id=revision.store_id, revision=revision.number, paths=paths
    )
    places = [_place(path, anchor, pages.get(path)) for path, anchor in given.cited]
    hits = await _passages(rt, revision, places)
    checked = CheckedText(site, hits)
    text = checked.feed(given.text) + checked.close()
    if text != given.text:
        raise InputError(_difference(given, text), fix="Cite the section that says it, or say what it says.")
    return PinContent(
        questions=given.questions,
        text=text,
        sources=tuple(_source(place, hit.chunk) for place, hit in zip(places, hits, strict=True)),
        citations=checked.citations,
        version=given.version,
        locale=given.locale,
        reviewed_on=given.reviewed_on,
        reviewed_by=given.reviewed_by,
    )


def _fill(draft: Draft, content: PinContent, revision: Revision, scope: Scope) -> None:
    hits = tuple(Hit(_chunk(source, content), 1.0) for source in content.sources)
    draft.retrieval = Retrieval(hits, 1.0, revision, scope)
    draft.hits, draft.text, draft.citations = hits, [content.text], content.citations
    draft.mode, draft.status, draft.support = "pinned", "answered", "supported"
    draft.speak_for(revision, scope)
    draft.reviewed_on = content.reviewed_on.isoformat()


def _chunk(source: PinnedSource, content: PinContent) -> Chunk:
    """A source without its text, which nobody asks of an answer that is written."""
    return Chunk(
        path=source.path,
        url=source.url,
        anchor=source.anchor,
        title=source.title,
        heading=source.heading,
        version=content.version,
        locale=content.locale,
        language=content.locale,
        section=0,
        position=0,
        blocks=(),
    )


def _refuse_loose_marks(given: Review) -> None:
    marks = {int(number) for number in _MARK.findall(given.text)}
    loose = sorted(marks - set(range(1, len(given.cited) + 1)))
    if loose or not marks:
        what = f"The mark [{loose[0]}] cites nothing" if loose else "The answer has no mark such as [1]"
        raise InputError(
            f"{what}; it cites {len(given.cited)} sections.",
            fix="[1] stands for the first --cite, and so on.",
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """A section of a page, by its anchor and by the number that its chunks carry."""

    page: Document
    anchor: str
    number: int


def _place(path: str, anchor: str, page: Document | None) -> _Place:
    if page is None:
        raise InputError(
            f"The live docs have no page {path}.",
            fix="`askdocs search QUESTION --json` shows what there is.",
        )
    if page.sections is None:
        raise InputError(
            f"{path} was indexed by an older release, which kept nothing of its sections.",
            fix="Index it anew: any change of the page will do.",
        )
    if anchor not in page.sections:
        known = ", ".join(f"#{one}" for one in page.sections if one) or "none"
        raise InputError(f"{path} has no section #{anchor}.", fix=f"Its sections: {known}.")
    return _Place(page, anchor, int(page.sections[anchor][0]))


async def _passages(rt: Runtime, revision: Revision, places: Sequence[_Place]) -> list[Hit]:
    """The cited sections, whole and in the order of the marks."""
    wanted: dict[str, set[int]] = {}
    for place in places:
        wanted.setdefault(place.page.path, set()).add(place.number)
    scope = Scope(revision.store_id, revision.number)
    found = passages.by_section(await rt.vectors.sections(revision.collection, scope, wanted))
    return [Hit(_whole(place, found.get((place.page.path, place.number), [])), 1.0) for place in places]


def _whole(place: _Place, chunks: Sequence[Chunk]) -> Chunk:
    if not chunks:
        raise InputError(f"{place.page.path}#{place.anchor} has no text that could be cited.")
    return chunking.passage(chunks, chunks, max_chars=_LONGEST_SECTION)


def _source(place: _Place, chunk: Chunk) -> PinnedSource:
    page = place.page
    return PinnedSource(
        path=page.path,
        anchor=place.anchor,
        url=page.url,
        title=page.title,
        heading=chunk.heading,
        section_hash=page.hash_of(place.anchor),
        page_hash=page.content_hash,
    )


def _difference(given: Review, text: str) -> str:
    """Which mark or link the check took away."""
    for number in map(int, dict.fromkeys(_MARK.findall(given.text))):
        if given.text.count(f"[{number}]") > text.count(f"[{number}]"):
            path, anchor = given.cited[number - 1]
            return f"What [{number}] stands for is not said in {path}{anchor and f'#{anchor}'}."
    return "The answer links to a place outside the docs."
