import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text.citations import CitationStream
from tests.builders import hit


def terms(text: str) -> Sequence[str]:
    return re.findall(r"\w{3,}", text.lower())


HITS = [
    hit("Run the installer twice. Then restart the machine.\n\n```sh\nmake install\n```"),
    hit("The cache keeps answers for one hour.", anchor="cache"),
]


def run(answer: str, *, size: int = 1000) -> CitationStream:
    stream = CitationStream(HITS, terms=terms)
    parts = [stream.feed(answer[at : at + size]) for at in range(0, len(answer), size)]
    parts.append(stream.close())
    assert "".join(parts) == stream.text
    return stream


def test_mark_is_tied_to_the_sentence_that_carries_the_claim() -> None:
    stream = run("You should restart the machine [1].")

    (citation,) = stream.citations
    assert (citation.index, citation.url, citation.heading) == (1, "/guide#install", "Install")
    assert citation.quote == "Then restart the machine."
    assert stream.text == "You should restart the machine [1]."


@pytest.mark.parametrize(
    "mark", ["[1, 2]", "[1; 2]", "[^1][^2]", "【1】【2】", "[1][2]", "[1,2,9]", "[ 1 , 2 ]"]
)
def test_every_way_to_write_marks_becomes_one(mark: str) -> None:
    stream = run(f"The installer and the cache keep answers {mark}.")

    assert stream.text == "The installer and the cache keep answers [1][2]."


def test_mark_of_no_passage_is_dropped_with_its_space() -> None:
    stream = run("Run the installer [7]. Cache [0].")

    assert stream.text == "Run the installer. Cache."
    assert stream.citations == ()


def test_mark_whose_passage_says_nothing_of_the_claim_is_dropped() -> None:
    stream = run("Bananas grow quickly [2].")

    assert stream.text == "Bananas grow quickly."


def test_claim_in_another_script_is_believed_without_a_quote() -> None:
    stream = run("キャッシュは一時間保持されます [2]。")

    assert [citation.quote for citation in stream.citations] == [""]


def test_claim_in_another_language_is_believed_as_far_as_its_numbers_are_right() -> None:
    passage = (
        "The server keeps the answers of the readers in its cache for 60 minutes, and then it asks again."
    )
    stream = CitationStream([hit(passage)], terms=terms)

    stream.feed(
        "Die Antworten werden 60 Minuten aufgehoben [1]. Sie werden nicht 90 Minuten aufgehoben [1].\n"
    )

    assert stream.text == (
        "Die Antworten werden 60 Minuten aufgehoben [1]. Sie werden nicht 90 Minuten aufgehoben.\n"
    )


def test_second_mark_of_a_line_is_checked_against_its_own_claim() -> None:
    stream = run("Run the installer [1]. The cache keeps answers one hour [2].")

    assert stream.citations[1].quote == "The cache keeps answers for one hour."
    assert run("Run the installer [1]. Bananas [1].").text == "Run the installer [1]. Bananas."


def test_mark_on_its_own_line_cites_for_the_line_before() -> None:
    assert run("Run the installer.\n\n[1]").citations[0].quote == "Run the installer twice."


@pytest.mark.parametrize(
    "answer",
    [
        "Use `items[1]` to run.",
        "```py\nitems[1] = [2]\n```\n",
        "~~~\n[1]\n~~~\n",
        "``a ` [1]``",
        "    ```\nrun [x](y) [link]\n",
        "[ ] todo and [note] and [a-1]",
    ],
)
def test_code_and_other_brackets_are_left_alone(answer: str) -> None:
    assert run(answer).text == answer


def test_unclosed_code_span_ends_with_its_paragraph() -> None:
    stream = run("A stray ` tick.\n\nRun the installer [1].")

    assert len(stream.citations) == 1


def test_text_passes_at_once_when_no_mark_can_begin() -> None:
    stream = CitationStream(HITS, terms=terms)

    assert stream.feed("Run the installer ") == "Run the installer"
    assert stream.feed("[") == ""
    assert stream.feed("1] and") == " [1] and"


PIECES = [
    "run the installer",
    " ",
    "[1]",
    "[9]",
    "[",
    "]",
    "1, 2",
    "`",
    "```",
    "\n",
    "~~~",
    "【2】",
    "^",
    ".",
]


@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join), st.integers(1, 5))
def test_any_split_of_the_stream_gives_the_same_answer(answer: str, size: int) -> None:
    whole, split = run(answer), run(answer, size=size)

    assert whole.text == split.text
    assert whole.citations == split.citations


@pytest.mark.parametrize(
    "answer",
    [
        "1. Do:\n\n    ```js\n    a[0] = b[1]\n\n    c[2] = d[9]\n    ```",
        "- ```\n  a[0]\n\n  b[9]\n  ```",
        "> ```\n> a[0]\n>\n> b[9]\n> ```",
        "```\na[0]\n``` b[9]\n```",
        "~~~ `\na[9]\n~~~",
    ],
)
def test_code_is_left_alone_wherever_it_stands(answer: str) -> None:
    for size in range(1, 20):
        assert run(answer, size=size).text == answer


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("Bananas \\[2\\] grow.", "Bananas grow."),
        ("Bananas ［9］ grow.", "Bananas grow."),
        ("`a`[9]`b[9]`", "`a` `b[9]`"),
        ("\\` [9] `", "\\`  `"),
        ("Bananas \\[9\\](a)", "Bananas(a)"),
        ("```a`b [9]", "```a`b [9]"),
    ],
)
def test_mark_is_none_for_us_where_it_is_none_for_readers(answer: str, left: str) -> None:
    for size in range(1, 20):
        assert run(answer, size=size).text == left


@pytest.mark.parametrize("mark", ["`", "~"])
def test_endless_run_of_code_marks_is_not_held_back(mark: str) -> None:
    """Looking through what is held, again for each piece, would take a time that grows with its square."""
    stream = CitationStream([], terms=terms)

    emitted = "".join(stream.feed(mark) for _ in range(4000))

    assert len(emitted) > 1900
    assert emitted + stream.close() == mark * 4000


def test_each_mark_has_its_own_quote() -> None:
    passage = "Run the installer twice. Then restart the machine.\n\n- Ports: 80 and 443\n- Users: one"
    stream = CitationStream([hit(passage)], terms=terms)

    stream.feed("Restart the machine [1]. First run the installer [1].\n\n- Ports: 80 and 443 [1]\n")

    assert [(each.occurrence, each.quote) for each in stream.citations] == [
        (0, "Then restart the machine."),
        (1, "Run the installer twice."),
        (2, "Ports: 80 and 443"),
    ]
    assert stream.support == "supported"


def test_row_is_quoted_as_its_cells() -> None:
    passage = "| Option | Default |\n| --- | --- |\n| timeout | 30 s |\n| retries | 3 |"
    stream = CitationStream([hit(passage)], terms=terms)

    stream.feed("| timeout | 30 s [1] |\nIt makes 3 retries [1].\n")

    assert [each.quote for each in stream.citations] == ["timeout 30 s", "retries 3"]


def test_mark_after_code_cites_a_line_of_it() -> None:
    stream = run("Install it:\n\n```sh\nmake install\n```\n\n[1]")

    assert [each.quote for each in stream.citations] == ["make install"]


def test_answer_that_lost_a_mark_is_supported_partly() -> None:
    assert run("Run the installer [1]. Bananas grow quickly [2].").support == "partly"
    assert run("Bananas grow quickly [2].").support == "unsupported"


def test_mark_in_doubt_is_held_until_it_is_settled() -> None:
    stream = CitationStream(HITS, terms=terms, doubts=1)

    assert stream.feed("Reboot your computer [1] and relax.") == "Reboot your computer"
    assert stream.doubt is not None
    restart = next(span for span in stream.doubt.candidates if "restart" in span.text)
    assert stream.settle(restart) == " [1] and relax."
    assert stream.citations[0].quote == "Then restart the machine."


def test_doubts_beyond_those_that_are_allowed_are_settled_by_words() -> None:
    stream = CitationStream(HITS, terms=terms, doubts=1)

    stream.feed("Reboot your computer [1]. Have lunch [1].")
    stream.settle(None)

    assert stream.text + stream.close() == "Reboot your computer. Have lunch."


def test_quote_that_is_cut_is_cited_with_its_whole_sentence() -> None:
    passage = "The limit of the queue is what a worker takes in a minute. The limit is what a worker takes."
    stream = CitationStream([hit(passage)], terms=terms)

    stream.feed("The limit of the queue is what a worker takes … [1]\n")

    assert stream.citations[0].quote == "The limit of the queue is what a worker takes in a minute."
