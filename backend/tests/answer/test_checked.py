"""What is let out of an answer agrees with what readers of Markdown make of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from askdocs.answer.checked import CheckedText
from askdocs.types import Site
from tests.builders import hit
from tests.text.test_links import TOKENS, dangers

SITE = Site("1", "docs", "key", ("https://docs.example",), datetime(2026, 1, 1, tzinfo=UTC))
HITS = [replace(hit("日本語の文。"), score=1.0), hit("日本語の文。")]
"""Passages in another script: whatever is claimed of them in English is believed, so that every mark of them
stays."""
MARKS = st.sampled_from(
    [
        "[1]",
        "[2]",
        "[9]",
        "【2】",
        "【9】",
        "[1, 9]",
        "\\[1\\]",
        "\\[9\\]",
        "［9］",
        "[1]: //evil.x",
        "[9](//x)",
        "[9]```",
    ]
)
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")  # as our widget


def check(text: str, *, size: int = 1000) -> tuple[str, list[int]]:
    checked = CheckedText(SITE, HITS)
    parts = [checked.feed(text[at : at + size]) for at in range(0, len(text), size)]
    said = "".join([*parts, checked.close()])
    return said, [citation.index for citation in checked.citations]


def marks(markdown: str) -> list[int]:
    """Those that a reader sees outside code."""

    def walk(tokens: list[Token]) -> str:
        return "".join(
            walk(token.children) if token.children else token.content if token.type == "text" else "\0"
            for token in tokens
        )

    return [int(number) for number in re.findall(r"\[(\d{1,3})\]", walk(READER.parse(markdown)))]


@settings(max_examples=600, deadline=None)
@given(st.lists(MARKS | TOKENS, max_size=16).map("".join))
@example("A ` b [9] c")
@example("\\` [9] `")
@example("```a|b\n[9]")
@example("``` a`b\n[9]")
@example("```\na\n``` x [9]\n```\n[9] [1]")
@example("- a\n\n      ```\n[9]")
@example("[a]【1】(//evil.x)")
@example("<[9]img src=x>")
@example("https: [9]//evil.x")
@example("[x](【2】)")
@example("[9]```![1\u200b[1](//x)]")
@example("<https://docs.example[2]|-->")
@example("&lbrack;9&rbrack;")
@example("[9]~~~\n[x](//evil.x) [9]")
def test_reader_sees_the_marks_that_are_cited_and_no_other(text: str) -> None:
    said, cited = check(text)

    assert marks(said) == cited
    assert not set(cited) - {1, 2}
    assert dangers(said) == []
