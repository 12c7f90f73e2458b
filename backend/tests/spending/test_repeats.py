"""The same question over and over is told from questions that many ask, however it is varied."""

from __future__ import annotations

import random

import pytest

from askdocs.spending.repeats import Repeats
from askdocs.text import questions, tokens

DOCS = (
    "Rotate the keys of a site every month with the rotate command. Install it on Windows with the package."
)
KNOWN = set(tokens.terms(DOCS))
QUESTION = "How do I rotate the keys of my site every month?"


def gist(question: str) -> frozenset[str]:
    return questions.gist(question, KNOWN.__contains__)


@pytest.mark.parametrize(
    "varied",
    [
        "How do I rotate the keys of my site every month? 17",
        "[request 9812] How do I rotate the keys of my site every month?",
        "how do i ROTATE the keys of my site, every month!!!",
        "How do I rotate the keys of my site every month? xkcdqwzp",
        "How do I rotate the keys of my site every month? 3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "Rotating keys of the site every month: how?",
    ],
)
def test_varied_question_has_the_same_gist(varied: str) -> None:
    assert gist(varied) == gist(QUESTION)


@pytest.mark.parametrize(
    "other",
    [
        "How do I install it on Windows?",
        "How do I install the site?",
        "Rotate keys every month on Windows?",
        "?",
        "17",
    ],
)
def test_other_question_has_another_gist(other: str) -> None:
    assert gist(other) != gist(QUESTION)


def asked(repeats: Repeats, *asking: str, session: str | None = None, before: str = "") -> list[bool]:
    after = gist(before) if before else frozenset()
    return [repeats.is_one("site", gist(one), after=after, session=session) for one in asking]


def test_loop_is_noticed_after_as_many_as_are_allowed() -> None:
    repeats = Repeats(per_session=100, per_site=3)
    assert asked(repeats, *[QUESTION] * 5) == [False] * 3 + [True] * 2


def test_loop_in_one_session_is_noticed_sooner_and_is_its_own_fault() -> None:
    repeats = Repeats(per_session=2, per_site=10)
    assert asked(repeats, *[QUESTION] * 4, session="a") == [False, False, True, True]
    assert asked(repeats, QUESTION, session="b") == [False]


def test_loop_that_changes_one_word_each_time_is_noticed() -> None:
    chance, words = random.Random(7), sorted(KNOWN)
    repeats = Repeats(per_session=100, per_site=20)
    varied = [f"{QUESTION} {chance.choice(words)}" for _ in range(60)]

    assert asked(repeats, *varied).count(False) <= 20


def test_short_question_means_what_it_follows() -> None:
    repeats = Repeats(per_session=100, per_site=1)
    befores = ["How do I install it?", "How do I rotate keys?", "What is a site?"]

    assert [asked(repeats, "And on Windows?", before=one) for one in befores] == [[False]] * 3


def test_another_site_and_another_hour_count_anew() -> None:
    now = 0.0
    repeats = Repeats(per_session=100, per_site=1, clock=lambda: now)
    assert asked(repeats, QUESTION, QUESTION) == [False, True]
    assert not repeats.is_one("other", gist(QUESTION), after=frozenset(), session=None)
    now = 3601.0
    assert asked(repeats, QUESTION) == [False]


def test_different_questions_are_never_too_many() -> None:
    chance, words = random.Random(7), [f"word{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(300)]
    repeats = Repeats(per_session=5, per_site=10)
    asking = [frozenset(chance.sample(words, 8)) for _ in range(2000)]

    assert not any(repeats.is_one("site", one, after=frozenset(), session="a") for one in asking)
