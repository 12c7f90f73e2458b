"""Which kinds of page a question asks for."""

from __future__ import annotations

import pytest

from askdocs.text import purposes


@pytest.mark.parametrize(
    "question",
    ["what changed in 2.1?", "Show me the release notes", "Was ist neu in Version 3?", "when was it removed"],
)
def test_question_for_news_asks_for_changelogs_and_posts(question: str) -> None:
    assert purposes.asked_for(question) == {"changelog", "blog"}


def test_question_how_the_project_works_asks_for_what_contributors_read() -> None:
    assert purposes.asked_for("how do I open a pull request") == {"contributing"}
    assert purposes.asked_for("warum nicht PostgreSQL?") == {"contributing"}


def test_most_questions_ask_for_the_docs_alone() -> None:
    assert purposes.asked_for("How do I run it on my machine?") == frozenset()
