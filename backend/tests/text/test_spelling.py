"""A misspelt word finds the one that it stands for, and no word is taken for another without need."""

from __future__ import annotations

import pytest

from askdocs.text.spelling import Vocabulary

VOCABULARY = Vocabulary(
    {
        "yield": 9,
        "websocket": 5,
        "product": 4,
        "produce": 8,
        "receiv": 3,
        "free": 20,
        "file": 30,
        "pushgateway": 2,
    }
)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("yeild", "yield"),
        ("websoket", "websocket"),
        ("produt", "product"),
        ("recev", "receiv"),
        ("wbsockett", "websocket"),
    ],
)
def test_word_is_found_by_what_it_was_mistyped_as(misspelt: str, meant: str) -> None:
    assert VOCABULARY.nearest(misspelt) == meant


def test_of_words_as_near_the_more_frequent_counts() -> None:
    assert VOCABULARY.nearest("produc") == "produce"


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("pro", ["produce", "product"]),
        ("f", ["file", "free"]),
        ("receiving", ["receiv"]),
        ("yield", ["yield"]),
        ("xyz", []),
        ("filesystem", ["file"]),
    ],
)
def test_beginning_is_completed_to_the_most_frequent_terms(beginning: str, found: list[str]) -> None:
    assert VOCABULARY.completions(beginning, most=2) == found


@pytest.mark.parametrize("word", ["yield", "five", "gateway", "yeild2", "ebsocket", "wbsoket", ""])
def test_known_short_far_and_made_up_words_stay_what_they_are(word: str) -> None:
    assert VOCABULARY.nearest(word) is None
