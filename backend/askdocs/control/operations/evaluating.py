"""What an evaluation is told of single questions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict

from askdocs.control.events import Event
from askdocs.control.lookup import find_site
from askdocs.evaluation import explain as explanation
from askdocs.evaluation import labels
from askdocs.evaluation import observe as observation
from askdocs.runtime import Runtime
from askdocs.types import Ask, Turn


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
