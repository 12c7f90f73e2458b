"""How much a question leans on the one before it."""

from __future__ import annotations

import pytest

from askdocs.text import followups, tokens
from askdocs.text.bm25 import Statistics

STATISTICS = Statistics(100, 2000, 20.0, {"typescript": 4, "server": 30, "proxi": 6, "minif": 3, "build": 40})


def share(question: str) -> float:
    return followups.context_share(question, tokens.terms(question), STATISTICS)


@pytest.mark.parametrize(
    "question",
    [
        "and in TypeScript?",
        "What about Windows?",
        "how do I turn it off?",
        "can I restrict it to the build as well",
        "Is there a suffix for the opposite too?",
        "und auf Windows?",
        "Wie sieht es mit TypeScript aus?",
        "geht es auch ohne Server?",
    ],
)
def test_question_that_goes_on_is_told_by_its_words(question: str) -> None:
    assert followups.goes_on(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do I turn off minification?",
        "Handling errors and warnings of the proxy",
        "Which port does the server use?",
        "Wie schalte ich die Minifizierung aus?",
    ],
)
def test_question_that_stands_alone_shows_no_sign(question: str) -> None:
    assert not followups.goes_on(question)


def test_question_that_says_nothing_itself_is_all_context() -> None:
    assert share("and why?") == 1.0
    assert share("How?") == 1.0


def test_question_leans_on_the_one_before_the_less_it_says_and_the_more_it_refers_back() -> None:
    assert share("and on the server?") > share("and in TypeScript with the proxy server?") > 0.1
    assert (
        share("and on the server?") > 0.5 > share("Use of a server") > share("Use of a server for TypeScript")
    )
    assert share("TypeScript proxy server build minification") < 0.05
