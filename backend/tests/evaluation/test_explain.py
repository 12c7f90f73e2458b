"""Why sections rank where they do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest

from askdocs.config import load
from askdocs.db import sites
from askdocs.evaluation.explain import Explanation, explain
from askdocs.index import run
from askdocs.runtime import Runtime, open_runtime
from askdocs.sources import open_source
from askdocs.types import Ask, Site, SourceSpec

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rt(tmp_path: Path) -> AsyncIterator[Runtime]:
    """With the docs of three pages."""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in (
        ("cache", "Answers are kept for an hour."),
        ("ports", "It listens on 8000."),
        ("zoo", "Zebras."),
    ):
        (docs / f"{name}.md").write_text(f"# {name.title()}\n\n{text}")
    async with open_runtime(load("test", home=tmp_path / "home")) as rt:
        await run.index(rt, await site(rt), [open_source(SourceSpec(docs))])
        yield rt


async def site(rt: Runtime) -> Site:
    found = await rt.db.run(sites.by_name, "docs")
    assert found is not None
    return found


async def test_score_is_the_sum_of_its_parts(rt: Runtime) -> None:
    explained = await explain(rt, await site(rt), Ask("how long are answers kept in the cache"))

    first = explained.ranked[0]

    assert (first.found.path, first.moved) == ("cache.md", 0.0)
    assert first.parts["dense"] > 0
    assert first.parts["sparse"] > 0
    assert sum(first.parts.values()) == pytest.approx(first.found.score, abs=0.002)
    assert first.terms == ("answer", "kept", "cach")
    assert {one.name for one in explained.features} == {"nearest", "coverage", "lead", "missing"}


async def test_part_of_the_page_that_it_was_asked_on_is_told(rt: Runtime) -> None:
    explained = await explain(rt, await site(rt), Ask("what is it for?", page_url="https://docs.test/ports/"))

    first = explained.ranked[0]

    assert first.found.path == "ports.md"
    assert first.parts["page"] > 0
    assert sum(first.parts.values()) == pytest.approx(first.found.score, abs=0.002)


async def test_terms_that_the_docs_lack_are_told(rt: Runtime) -> None:
    explained = await explain(rt, await site(rt), Ask("zebras and giraffes"))

    known = {term.term: term.known for term in explained.terms}

    assert known == {"zebra": True, "giraff": False}
    assert explained.terms[1].idf > explained.terms[0].idf


async def test_misspelt_word_is_shown_with_what_it_stands_for(rt: Runtime) -> None:
    explained = await explain(rt, await site(rt), Ask("are anwsers kept"))

    assert [(term.term, term.meant) for term in explained.terms] == [("anwser", "answer"), ("kept", "")]
    assert explained.ranked[0].terms == ("anwser", "kept")


async def test_explanation_survives_the_way_through_json(rt: Runtime) -> None:
    explained = await explain(rt, await site(rt), Ask("ports"))

    assert Explanation.revive(asdict(explained)) == explained
