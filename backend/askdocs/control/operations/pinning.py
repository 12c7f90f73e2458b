"""Reviewed answers, checked against what is live."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from askdocs.answer import pinned
from askdocs.answer.pinned import Review
from askdocs.control.events import Event
from askdocs.control.lookup import find_site, no_pin, unpublished
from askdocs.db import pins
from askdocs.runtime import Runtime


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
        raise unpublished(site)
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
