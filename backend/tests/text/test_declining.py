import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text.declining import MARKER, DeclineReader


def read(text: str, *, size: int = 1000) -> tuple[str, bool]:
    reader = DeclineReader()
    parts = [reader.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*parts, reader.close()]), reader.has_declined


@pytest.mark.parametrize(
    "text",
    [
        MARKER,
        f"{MARKER}\n",
        f"  \n{MARKER}.",
        f"**{MARKER}**",
        f"`{MARKER}`",
        f"```\n{MARKER}\n```",
        f"# {MARKER}",
        f"<!-- {MARKER} -->",
        MARKER.lower(),
        MARKER.replace("_", " ").capitalize(),
        MARKER.replace("_", "\\_"),
        MARKER.replace("_", "-"),
        "ＮＯ＿ＡＮＳＷＥＲ＿ＩＮ＿ＰＡＳＳＡＧＥＳ",
        f"{MARKER}\n\nThe passages cover keys and the cache.",
    ],
)
def test_marker_at_the_beginning_declines_however_it_is_written(text: str) -> None:
    for size in range(1, len(text) + 1):
        assert read(text, size=size) == ("", True)


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "No",
        "No answer",
        "No answers are kept for longer than an hour [1].",
        "no",
        "```sh\nnpm run build\n```",
        "# Not a problem",
        "The passages do not say.",
        "N" * 50,
        "_" * 100,
        "",
    ],
)
def test_answer_that_begins_otherwise_is_let_out_as_it_is(text: str) -> None:
    for size in range(1, len(text) + 2):
        assert read(text, size=size) == (text, False)


def test_nothing_is_held_back_once_it_cannot_be_the_marker() -> None:
    reader = DeclineReader()

    assert reader.feed("No") == ""
    assert reader.feed(", ") == ""
    assert reader.feed("it is") == "No, it is"
    assert reader.feed(" not.") == " not."


def test_no_more_is_held_back_than_the_marker_may_take() -> None:
    reader = DeclineReader()
    fed = 0
    while not reader.feed("*"):
        fed += 1

    assert fed < 2 * len(MARKER)


def test_marker_later_on_is_not_shown_and_declines_nothing() -> None:
    text = f"Every month [1]. {MARKER} And daily. {MARKER[:5]}{MARKER}{MARKER[5:]}NO_ANSWER"
    for size in range(1, len(text) + 1):
        assert read(text, size=size) == (
            f"Every month [1].   And daily. {MARKER[:5]} {MARKER[5:]}NO_ANSWER",
            False,
        )


@given(st.text("NO_ANSWER_IN_PASSAGES *.", max_size=60), st.integers(1, 9))
def test_how_the_text_is_cut_makes_no_difference(text: str, size: int) -> None:
    assert read(text, size=size) == read(text)
