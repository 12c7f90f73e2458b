"""Drafts of questions from headings and from the log."""

from __future__ import annotations

from pathlib import Path

import yaml

from askdocs.db.feedback import LikedAnswer
from askdocs.evaluation import drafts, questions
from askdocs.types import Block, Page, Section


def page(path: str, title: str, *headings: str) -> Page:
    text = (Block("Text."),)
    intro = Section("", (), text)
    return Page(path, f"/{path}", title, (intro, *(Section(h.lower(), (h,), text) for h in headings)))


PAGES = [
    page("a.md", "Install", "Run it", "Next"),
    page("b.md", "Ports", "Options", "Next", "Which are free?"),
]


def test_every_page_comes_before_the_second_heading_of_any() -> None:
    found = drafts.from_headings(PAGES, limit=4)

    questions = ["How do I install?", "Ports", "How do I run it?", "Ports: Options"]
    assert [draft["question"] for draft in found] == questions
    assert [draft["gold"] for draft in found] == [["a.md"], ["b.md"], ["a.md#run it"], ["b.md#options"]]


def test_title_that_begins_like_a_verb_is_no_instruction() -> None:
    (found,) = drafts.from_headings([page("a.md", "Build Options")], limit=9)

    assert found["question"] == "Build Options"


def test_headings_of_several_pages_and_without_text_are_passed_over() -> None:
    empty = Page("c.md", "/c", "Empty", (Section("", (), ()),))

    found = drafts.from_headings([*PAGES, empty], limit=99)

    ids = ["a.md", "b.md", "a.md#run it", "b.md#options", "b.md#which are free?"]
    assert [draft["id"] for draft in found] == ids
    assert found[-1]["question"] == "Which are free?"


def test_log_gives_what_was_asked_most_often_first_and_each_once() -> None:
    liked = [
        LikedAnswer("How long?", (("a.md", "x"), ("b.md", ""))),
        LikedAnswer("On  Slack?", (("a.md", ""),)),
    ]

    found = drafts.from_log(["Voice?", "On Slack?", "On\nSlack?"], liked)

    assert [(draft["question"], draft["gold"]) for draft in found] == [
        ("On Slack?", []),
        ("Voice?", []),
        ("How long?", ["a.md#x", "b.md"]),
    ]


def test_what_is_rendered_is_read_as_drafts(tmp_path: Path) -> None:
    file = tmp_path / "q.yaml"
    file.write_text(
        drafts.render([*drafts.from_headings(PAGES, limit=9), *drafts.from_log(["Wie: #1?"], [])])
    )

    loaded = questions.load(file).questions

    assert all(one.draft for one in loaded)
    assert loaded[0].gold == {("a.md", "")}
    assert (loaded[-1].text, loaded[-1].answerable) == ("Wie: #1?", False)
    assert list(yaml.safe_load(file.read_text())) == ["questions"]
