"""What kind of page a page is, told by what it is made of."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from askdocs.sources import kinds, markdown
from askdocs.types import Block, Inline, PageKind, Section


def headed(*headings: str) -> list[Section]:
    return [Section("", (heading, "Fixes"), (Block("A fault is gone."),)) for heading in headings]


@pytest.mark.parametrize(
    "headings",
    [
        ("8.2.2 (2026-08-20)", "8.2.1", "v8.2.0-rc.1"),
        ("Latest Changes", "0.124.4", "0.124.3", "0.124.2"),
        ("Unreleased", "[1.1.0] - 2026-05-01", "[1.0.0] - 2026-01-31", "2025-12"),
        ("June 3, 2026", "1 May 2026", "March 2026"),
        ("Vite 6.1", "Vite 6.0", "Vite 5.4"),
    ],
)
def test_headings_that_are_releases_or_days_make_a_changelog(headings: Sequence[str]) -> None:
    assert kinds.of_content(headed(*headings), ["notes.md"]) == "changelog"


@pytest.mark.parametrize(
    "headings",
    [
        ("Upgrade", "3.0", "Before you begin", "Questions", "Help"),
        ("1.1 Scope", "1.2 Words", "1.3 Rules", "2.1 Keys"),
        ("2 factors", "10 things to know", "May the server restart?"),
        ("1.0", "2.0"),
    ],
)
def test_page_that_speaks_of_releases_among_others_is_docs(headings: Sequence[str]) -> None:
    assert kinds.of_content(headed(*headings), ["guide", "upgrade.md"]) == "docs"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("contribute/review.md", "contributing"),
        ("contributing.md", "contributing"),
        ("adr/0001-use-sqlite.md", "contributing"),
        ("guides/code-of-conduct.md", "contributing"),
        ("guide/distributed-tracing.md", "docs"),
        ("guide/padres.md", "docs"),
    ],
)
def test_pages_for_those_who_work_on_the_project_are_told_by_where_they_are(
    path: str, kind: PageKind
) -> None:
    assert kinds.of_content([Section("", (), (Block("Text."),))], path.split("/")) == kind


def linked(text: str, *, of: int) -> Block:
    return Block(text, kind="item", inlines=(Inline("link", 0, of, "/there"),))


def test_short_page_of_links_is_a_landing_page() -> None:
    cards = tuple(linked("Install it on your machine", of=20) for _ in range(6))

    assert kinds.of_content([Section("", (), cards)], ["index.md"]) == "landing"


def test_long_list_of_links_and_page_with_code_are_docs() -> None:
    directory = tuple(linked("Exporter of a database that you may have", of=30) for _ in range(100))
    code = (linked("Install it", of=10), Block("npm install", "bash"))

    assert kinds.of_content([Section("", (), directory)], ["exporters.md"]) == "docs"
    assert kinds.of_content([Section("", (), code)], ["index.md"]) == "docs"


def test_dated_page_of_an_author_is_a_post() -> None:
    def kind(matter: str) -> PageKind:
        page = markdown.parse_page("out.md", f"---\n{matter}\n---\n# Out now\n\nText.", lambda problem: None)
        assert page is not None
        return page.kind

    assert kind("date: 2026-01-31\nauthors: [ada]") == "blog"
    assert kind("date: 2026-01-31") == "docs"
