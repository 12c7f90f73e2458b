"""A folder of Markdown is read as readers see it."""

from __future__ import annotations

from pathlib import Path

from askdocs.sources import open_source
from askdocs.types import Block, Page


def read(tmp_path: Path, text: str) -> Page:
    (tmp_path / "page.md").write_text(text)
    (page,) = open_source(tmp_path).pages
    return page


def test_page_is_split_at_its_headings(tmp_path: Path) -> None:
    page = read(tmp_path, "# Title\n\nIntro.\n\n## Part {#own}\n\nText.\n\n### Deeper\n\nMore.")
    assert page.title == "Title"
    assert [(s.anchor, s.heading) for s in page.sections] == [
        ("", ()),
        ("own", ("Part",)),
        ("deeper", ("Part", "Deeper")),
    ]
    assert page.sections[0].blocks == (Block("Intro."),)


def test_code_is_a_block_of_its_language(tmp_path: Path) -> None:
    page = read(tmp_path, '```js title="a.js" {1}\nlet a\n\n  b\n```\n')
    assert page.sections[0].blocks == (Block("a.js"), Block("let a\n\n  b", "js"))
