"""Opens a turn: masks what tells of a person in the question, then stores it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from askdocs import patterns
from askdocs.db import messages, sessions
from askdocs.db.database import Session
from askdocs.runtime import Runtime
from askdocs.text import masking
from askdocs.text.masking import Numbers, Patterns, Span
from askdocs.types import Ask, Excerpt, Site, Turn

_IN_ADDRESSES = ("email", "secret", "private")
"""Of what the address of a page may hold by accident. Docs may well stand on a server's bare IP address, and
versions and dates in paths are no phones."""


async def open_turn(
    rt: Runtime, site: Site, ask: Ask, *, token: str, message_id: str
) -> tuple[Ask, list[Turn]]:
    """The question as it is stored, and as everything after this sees it, and the turns before it.

    Where a site keeps nothing there is nothing before it, and nothing that it could take the place of.

    Raises `NotTheLastExchange` and `DatabaseUnavailable`.
    """
    mask = _masking(ask, patterns.finder(rt.options(site).masking_patterns))
    digest = partial(rt.session_tokens.digest, token)
    if not rt.keeps(site):
        return mask(Numbers(digest)) if mask else ask, []

    def opened(db: Session, site_id: str) -> tuple[Ask, list[Turn]]:
        asked = ask
        if mask is not None:
            known = sessions.marks(db, site_id, token=token)
            numbers = Numbers(digest, {kind: list(digests) for kind, digests in known.items()})
            asked = mask(numbers)
        _, turns = messages.open_turn(
            db,
            site_id,
            token=token,
            question=asked.question,
            question_id=rt.new_id(),
            answer_id=message_id,
            ask=asked,
            now=rt.now(),
            history_turns=rt.settings.answers.history_turns,
        )
        if mask is not None and numbers.known != known:
            sessions.keep_marks(db, site_id, token=token, marks=numbers.known)
        return asked, turns

    return await rt.db.run(opened, site.id)


def _masking(ask: Ask, own: Patterns | None) -> Callable[[Numbers], Ask] | None:
    """What masks the question once it is known how its conversation's marks are numbered; None if nothing in
    it is to be masked, as in nearly all."""
    excerpt = ask.excerpt or Excerpt("")
    texts = (ask.question, excerpt.text, ask.page_title, ask.page_url)
    found = [masking.find(text, own) for text in texts]
    found[-1] = [span for span in found[-1] if span.kind in _IN_ADDRESSES]
    if not any(found):
        return None
    return partial(_masked, ask, excerpt, found)


def _masked(ask: Ask, excerpt: Excerpt, found: Sequence[Sequence[Span]], numbers: Numbers) -> Ask:
    texts = (ask.question, excerpt.text, ask.page_title, ask.page_url)
    question, about, title, url = (
        masking.replace(text, spans, numbers.mark) for text, spans in zip(texts, found, strict=True)
    )
    marked = replace(excerpt, text=about) if ask.excerpt else None
    return replace(ask, question=question, excerpt=marked, page_title=title, page_url=url)
