"""What a theme puts on every page is no page's text."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.sources import open_source
from askdocs.types import Page, SourceSpec, markdown

MONTHS = ("January", "May", "December")


def build(root: Path, count: int, *, said: int = 0) -> list[Page]:
    """A site of as many pages, of which `said` say the same of their own."""
    for number in range(count):
        own = "<p>Needs a key.</p>" if number < said else ""
        theme = f"<p>Was this page helpful?</p><p>Last updated {number} {MONTHS[number % 3]} 2026</p>"
        text = f"<h1>Page {number}</h1><p>Text of {'it' * number}.</p>{own}<h2 id=u>Usage</h2><pre>run</pre>"
        (root / f"{number:03}.html").write_text(f"<main>{text}<h2>Feedback</h2>{theme}</main>")
    return list(open_source(SourceSpec(root, kind="html")).pages)


def prose(page: Page) -> str:
    return "\n".join(markdown(section.blocks) for section in page.sections)


def test_lines_of_almost_all_pages_are_left_out(tmp_path: Path) -> None:
    pages = build(tmp_path, 90)

    assert len(pages) == 90
    assert all("helpful" not in prose(page) and "updated" not in prose(page) for page in pages)
    assert {section.heading for page in pages for section in page.sections} == {(), ("Usage",)}
    assert prose(pages[3]) == "Text of ititit.\n```\nrun\n```"


@pytest.mark.parametrize("count", [1, 19])
def test_few_pages_tell_nothing(tmp_path: Path, count: int) -> None:
    assert all("Was this page helpful?" in prose(page) for page in build(tmp_path, count))


def test_what_many_pages_say_is_kept(tmp_path: Path) -> None:
    pages = build(tmp_path, 40, said=30)

    assert sum("Needs a key." in prose(page) for page in pages) == 30


def test_pages_that_cannot_be_read_are_told_once(tmp_path: Path) -> None:
    build(tmp_path, 30)
    (tmp_path / "000.html").write_text("")
    source = open_source(SourceSpec(tmp_path, kind="html"))

    assert len(list(source.pages)) == 29
    assert len(source.skipped) == 1
