"""What the questions about this project's docs are labelled with is there.

They are asked beside the browser tests, which index the built site anyway.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from askdocs.evaluation import figures
from askdocs.evaluation import questions as labelled
from askdocs.evaluation.questions import Question
from askdocs.sources import open_source
from askdocs.types import Page, SourceSpec, markdown

WEBSITE = Path(__file__).parents[3] / "website"
DOCS = WEBSITE / "docs"
LOADED = labelled.load(WEBSITE / "eval" / "questions.yaml")


def questions() -> list[Question]:
    """Their labels name pages of the built site, whose sources are read here: a build takes a minute."""
    return [
        replace(one, gold=frozenset((source_of(path), anchor) for path, anchor in one.gold))
        for one in LOADED.questions
    ]


def source_of(path: str) -> str:
    return path.removeprefix("docs/next/").removesuffix("/index.html") + ".md"


QUESTIONS = questions()


def test_questions_are_many_and_some_have_no_answer() -> None:
    unanswerable = [question for question in QUESTIONS if not question.answerable]

    assert len(QUESTIONS) >= 60
    assert len(unanswerable) >= 0.15 * len(QUESTIONS)
    assert sum(bool(question.turns) for question in QUESTIONS) >= 5
    assert sum(bool(question.facts) for question in QUESTIONS) >= 50


def test_every_right_section_is_there() -> None:
    known = {
        (page.path, section.anchor)
        for page in open_source(SourceSpec(DOCS)).pages
        for section in page.sections
    }

    missing = {question.text: question.gold - known for question in QUESTIONS if question.gold - known}

    assert missing == {}, "name the sections that answer these questions now"


def test_every_fact_stands_on_a_right_page() -> None:
    pages = {page.path: page for page in open_source(SourceSpec(DOCS)).pages}

    astray = {}
    for question in QUESTIONS:
        held = "\n".join(text(pages[path]) for path, _ in question.gold)
        if lacking := figures.missing(question.facts, held):
            astray[question.text] = lacking

    assert astray == {}, "name facts that these pages hold now"


def text(page: Page) -> str:
    return "\n".join(markdown(section.blocks) for section in page.sections)
