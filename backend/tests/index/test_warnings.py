"""What is wrong with many pages is told once."""

from __future__ import annotations

from askdocs.index.warnings import grouped


def test_equal_sentences_are_counted_with_examples() -> None:
    mended = [f"{name}.md: bytes that are not UTF-8 were replaced." for name in "abc"]

    assert grouped(mended) == ["3 pages: bytes that are not UTF-8 were replaced, such as a.md, b.md."]


def test_sentence_of_one_page_stays_as_it_is() -> None:
    assert grouped(["a.md: the page holds no text, so it was skipped."]) == [
        "a.md: the page holds no text, so it was skipped."
    ]


def test_sentences_that_differ_in_names_and_numbers_are_one() -> None:
    problems = [
        "a.md: b.md has the same URL, /a, so it was skipped.",
        "c.md: the front matter is not valid YAML (line 3), so it was ignored.",
        "d.md: e/f.md has the same URL, https://x.org/d, so it was skipped.",
        "g.md: the front matter is not valid YAML (line 17), so it was ignored.",
        "h.md: the include 'x y.md' was not found.",
        "i.md: the include 'z.md' was not found.",
    ]

    assert grouped(problems) == [
        "2 pages, such as a.md: b.md has the same URL, /a, so it was skipped.",
        "2 pages, such as c.md: the front matter is not valid YAML (line 3), so it was ignored.",
        "2 pages, such as h.md: the include 'x y.md' was not found.",
    ]
