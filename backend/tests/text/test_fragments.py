"""Addresses lead to the sentence that is cited, wherever else the page says the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from askdocs.sources.markdown import parse_page
from askdocs.text import chunking, codec, fragments, spans
from askdocs.text.spans import Span
from askdocs.types import Chunk


def chunks(markdown: str) -> list[Chunk]:
    page = parse_page("page.md", f"# Page\n\n{markdown}", lambda _: None)
    assert page is not None
    return [codec.decode(codec.encode(chunk)) for chunk in chunking.split(page, max_chars=500)]


def found(markdown: str) -> Iterator[Span]:
    for chunk in chunks(markdown):
        yield from spans.of(chunk.blocks)


def directives(markdown: str) -> list[str]:
    return [fragments.directive(span) for span in found(markdown)]


def test_short_sentence_is_named_whole() -> None:
    assert directives("Run the installer once a week.") == ["text=Run%20the%20installer%20once%20a%20week."]


def test_hyphens_commas_and_ampersands_are_encoded() -> None:
    assert directives("Re-run one, two & more of them.") == [
        "text=Re%2Drun%20one%2C%20two%20%26%20more%20of%20them."
    ]


def test_long_sentence_is_named_by_its_ends() -> None:
    sentence = "A variable whose name ends in _FILE names a file, from which the secret is read at the start."

    (directive,) = directives(sentence)

    assert unquote(directive) == "text=A variable whose name ends,is read at the start."


def test_marks_of_markdown_are_no_part_of_the_text() -> None:
    sentence = "Call `open_runtime()` **once** in [the lifespan](life.md) of the app."

    assert list(map(unquote, directives(sentence))) == [
        "text=Call open_runtime() once in the lifespan of the app."
    ]


def test_row_is_named_from_its_first_cell_to_its_last() -> None:
    table = "| Name | Meaning of it |\n| --- | --- |\n| `timeout` | How long a request may take |"

    assert list(map(unquote, directives(table))) == ["text=timeout,long a request may take"]


def test_pipe_in_code_is_part_of_its_cell() -> None:
    (span,) = found("| Name | Command |\n| --- | --- |\n| Errors | `logs backend \\| grep ERROR` |")

    assert span.cells == ("Errors", "logs backend | grep ERROR")


def test_image_in_a_cell_is_not_quoted() -> None:
    (span,) = found(
        "| Metric | Shape |\n| --- | --- |\n| heap size in use, in bytes, as a line | ![A gauge](gauge.png) |"
    )

    assert span.cells == ("heap size in use, in bytes, as a line",)


def test_item_is_named_without_its_marker() -> None:
    assert list(map(unquote, directives("1. Open the settings of the site"))) == [
        "text=Open the settings of the site"
    ]


def test_line_of_code_is_named_with_its_spaces() -> None:
    (directive,) = directives("```yaml\nanswers:   {passages: 12}\n```")

    assert unquote(directive) == "text=answers:   {passages: 12}"


def test_what_an_image_shows_is_no_text_of_the_page() -> None:
    (directive,) = directives("Press ![a gear](gear.png) to open the settings of the site.")

    assert unquote(directive) == "text=to open the settings of the site."


REPEATED = """
## First

- Type of the value: boolean.
- Default of the value: false.

## Second

- Type of the value: boolean.
- Default of the value: true.
"""


def test_sentence_that_the_page_repeats_is_told_apart_by_what_stands_beside_it() -> None:
    assert list(map(unquote, directives(REPEATED))) == [
        "text=Type of the value: boolean.",
        "text=Default of the value: false.",
        "text=Type of the value: boolean.,-Default of the value: true.",
        "text=Default of the value: true.",
    ]


def test_short_text_that_a_menu_may_repeat_is_named_with_its_surroundings() -> None:
    assert list(map(unquote, directives("Choose how to begin.\n\n- Quick start\n- By hand"))) == [
        "text=Choose how to begin.",
        "text=Choose how to begin.-,Quick start",
        "text=Quick start-,By hand",
    ]


def test_line_of_code_that_is_repeated_is_led_to_from_a_line_above() -> None:
    code = "```py\ndef answer(question):\n    return model.ask(question)\n```\n\n"
    led = directives(f"Answer at once, as this does:\n\n{code}Answer with more care here:\n\n{code}")

    assert unquote(led[-1]) == "text=Answer with more care here:,return model.ask(question)"


def test_what_nothing_tells_apart_leads_nowhere_rather_than_to_another_place() -> None:
    twice = "## A\n\nRead this before that.\n\n## A\n\nRead this before that.\n\n## A"

    assert directives(twice) == ["text=Read%20this%20before%20that.", ""]


@pytest.mark.parametrize(
    "text", ["İstanbul is ſtraße of Ω", "日本語の文章です。次の文章も長いです。", "ﬁ ﬂ ﬃ a b c d e f g"]
)
def test_any_script_is_found(text: str) -> None:
    assert all(directives(text))


def test_page_that_says_the_same_a_thousand_times_is_read_in_a_moment() -> None:
    start = time.process_time()

    assert len(directives("- The same is said here again.\n" * 3000)) == 3000
    assert time.process_time() - start < 5  # to look at each place for each of them would take a minute


def test_code_that_was_cut_and_put_together_keeps_what_tells_its_lines_apart() -> None:
    lines = [f"value_{number // 2} = read_the_setting('name of {number // 2}')" for number in range(60)]
    parts = chunks("```py\n" + "\n".join(lines) + "\n```")
    whole = chunking.passage(parts, parts[:1], max_chars=100_000)

    led = {fragments.directive(span) for part in parts for span in spans.of(part.blocks)}

    assert len(parts) > 1
    assert {fragments.directive(span) for span in spans.of(whole.blocks)} == led
