"""A book of mdBook has the chapters, addresses and anchors of the built one, and shows what that shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.sources.generators import find
from askdocs.types import Page, SourceSpec
from bench.built import Report
from tests.sources.built_sites import compared

BOOK = Path(__file__).parents[1] / "fixtures" / "sources" / "mdbook"


@pytest.fixture(scope="module")
def report() -> Report:
    return compared(SourceSpec(BOOK), BOOK / "site.json")


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.path: page for page in open_source(SourceSpec(BOOK)).pages}


def _code(page: Page) -> list[str]:
    return [block.text for section in page.sections for block in section.blocks if block.is_code]


def _text(page: Page) -> str:
    return "\n".join(block.text for section in page.sections for block in section.blocks)


def _write(folder: Path, **files: str) -> Path:
    (folder / "src").mkdir()
    for name, text in {"SUMMARY": "- [A](a.md)", **files}.items():
        (folder / "src" / f"{name}.md").write_text(text)
    (folder / "book.toml").write_text("[book]\ntitle = 'A'\n")
    return folder


def test_chapters_and_addresses_are_those_of_the_book(report: Report) -> None:
    assert (report.found, report.missing, report.astray, report.problems) == (7, [], [], [])


def test_anchors_are_those_of_the_book(report: Report) -> None:
    a_term_which_is_no_section = ["/lamps/install.html#wick"]

    assert (report.anchors, report.dead) == (20, [])
    assert report.unled == a_term_which_is_no_section


def test_book_is_told_from_its_settings_or_its_chapters() -> None:
    assert find(BOOK, SourceSpec(BOOK)) == find(BOOK / "src", SourceSpec(BOOK / "src")) == "mdbook"
    assert next(page.url for page in open_source(SourceSpec(BOOK / "src")).pages) == "/lamps/"


def test_titles_are_those_of_the_summary(pages: dict[str, Page]) -> None:
    assert pages["lamps/oil/whale.md"].title == "Whale [old]"
    assert pages["install.md"].title == "Install a lamp"


def test_lines_that_only_the_compiler_reads_are_left_out(pages: dict[str, Page]) -> None:
    rust, editable, python, other, *_ = _code(pages["code of lamps.md"])

    assert rust == (
        "let lamp = Lamp::new();\n# not hidden\n#[derive(Debug)]\n#![allow(dead_code)]\n#foo\nlamp.light();"
    )
    assert (editable, python, other) == ("let shown = 2;", "lamps.light()", "plain")


def test_lines_anchors_and_playgrounds_are_included(pages: dict[str, Page]) -> None:
    lines, anchor, main, playground, rest, whole = _code(pages["code of lamps.md"])[4:]

    assert lines == "// ANCHOR: fill\nfn fill(lamp: &Lamp) {"
    assert anchor == "fn fill(lamp: &Lamp) {\n    pour(lamp);\n}"
    assert main == "fn main() {\n    fill(&Lamp);\n}"
    assert playground == whole == (BOOK / "listings" / "lamp.rs").read_text().strip()
    assert rest == "// ANCHOR: main\nfn main() {\n    fill(&Lamp);\n}\n// ANCHOR_END: main"


def test_includes_within_what_is_included_are_resolved_and_escaped_ones_are_text(
    pages: dict[str, Page],
) -> None:
    assert "Every lamp has a wick. And a burner." in _text(pages["README.md"])
    assert "As in {{#include file.rs}} here." in _text(pages["install.md"])


def test_links_lead_to_the_chapters(pages: dict[str, Page]) -> None:
    links = [
        one.url
        for section in pages["README.md"].sections
        for block in section.blocks
        for one in block.inlines
    ]

    assert links == ["/lamps/install.html#fill-it", "/lamps/lamps/"]


def test_what_is_not_there_or_outside_of_the_book_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "book").mkdir()
    book = _write(tmp_path / "book", a="Before {{#include ../../secret.txt}}{{#include gone.md}} after.")
    source = open_source(SourceSpec(book))

    (page,) = source.pages

    assert "secret" not in _text(page)
    assert len(source.problems) == 2


def test_files_that_include_one_another_are_skipped(tmp_path: Path) -> None:
    source = open_source(SourceSpec(_write(tmp_path, a="{{#include a.md}}")))

    assert list(source.pages) == []
    assert "without end" in source.problems[0]


def test_book_without_a_summary_says_what_to_mend(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_text("[book]\nsrc = 'text'\n")

    with pytest.raises(SourceError, match=r"There is no SUMMARY\.md"):
        open_source(SourceSpec(tmp_path))
