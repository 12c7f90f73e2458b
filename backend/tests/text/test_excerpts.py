"""A hit shows the line that says most about the words, as plain text."""

from __future__ import annotations

import pytest

from askdocs.text.excerpts import LENGTH, Matches, excerpt, mark
from askdocs.types import Block

KEY, ROTATE = Block("Keys open doors."), Block("Rotate `keys` every month, with the rotate command.")
LONG = Block(f"{'Padding comes before it. ' * 20}The key turns here. {'And more comes after. ' * 20}")


def wanted(*words: str) -> Matches:
    return lambda word: word.lower() in words


def test_line_with_most_of_the_words_is_shown_and_marked() -> None:
    found = excerpt([KEY, ROTATE], wanted("rotate", "keys"))
    assert found.text == "Rotate keys every month, with the rotate command."
    assert [found.text[start:end] for start, end in found.marks] == ["Rotate", "keys", "rotate"]


def test_first_line_stands_in_where_none_has_a_word() -> None:
    assert excerpt([KEY, ROTATE], wanted("window")).text == "Keys open doors."


def test_prose_comes_before_code_that_says_the_same() -> None:
    code = Block("first\nrotate keys", language="bash")
    assert excerpt([code, ROTATE], wanted("rotate", "keys")).text.startswith("Rotate")
    assert excerpt([code, KEY], wanted("rotate", "keys")).text == "rotate keys"


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (Block("- **One** `item`", kind="item"), "One item"),
        (Block("  2. Second", kind="item"), "Second"),
        (Block("| Name | Value |\n|---|---|", kind="head"), "Name · Value"),
        (Block("| key | 3 |", kind="row"), "key · 3"),
        (Block("two\n  lines"), "two lines"),
    ],
)
def test_signs_of_markdown_are_not_shown(block: Block, text: str) -> None:
    assert excerpt([block], wanted("nothing")).text == text


def test_long_line_is_cut_round_its_first_word() -> None:
    found = excerpt([LONG], wanted("key"))
    assert len(found.text) <= LENGTH + 2
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    ((start, end),) = found.marks
    assert found.text[start:end] == "key"


def test_section_without_text_shows_nothing() -> None:
    assert excerpt([], wanted("key")).text == ""


def test_parts_of_a_name_are_one_word() -> None:
    assert mark("set min_confidence: 0.5", wanted("min_confidence")) == ((4, 18),)
