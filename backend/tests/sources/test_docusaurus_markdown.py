"""The Markdown of a Docusaurus site has the addresses, anchors, versions and locales of the built one."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.sources import open_source
from askdocs.types import Page, SourceSpec
from bench.built import Report
from tests.sources.built_sites import compared

SITE = Path(__file__).parents[1] / "fixtures" / "sources" / "docusaurus-markdown"


@pytest.fixture(scope="module")
def report() -> Report:
    return compared(SourceSpec(SITE), SITE / "site.json")


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.path: page for page in open_source(SourceSpec(SITE)).pages}


def _text(page: Page) -> str:
    return "\n".join(block.text for section in page.sections for block in section.blocks)


def test_addresses_are_those_of_the_site(report: Report) -> None:
    made_of_others = {"/site/blog", "/site/blog/archive"}

    assert report.astray == []
    assert {url for url in report.missing if not url.startswith("/site/de")} == made_of_others
    assert [problem.partition(",")[0] for problem in report.problems] == [
        "docusaurus-markdown: the site has not been built with docusaurus-plugin-askdocs"
    ]


def test_anchors_are_those_of_the_site(report: Report) -> None:
    assert (report.dead, report.unled) == ([], [])


def test_no_syntax_is_left(report: Report) -> None:
    assert report.leftover == []


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("docs/intro.md", "/site/guide/next/"),
        ("docs/01-start/index.md", "/site/guide/next/start/"),
        ("docs/01-start/01_install.md", "/site/guide/next/start/install"),
        ("docs/02-lamps/lamps/lamps.md", "/site/guide/next/lamps/lamps/"),
        ("docs/tips/3-tip.md", "/site/guide/next/tips/renamed"),
        ("docs/tips/placed.md", "/site/guide/next/tips/other/place"),
        ("docs/tips/2025-01-02-news.md", "/site/guide/next/tips/2025-01-02-news"),
        ("docs/tips/7.0-old.md", "/site/guide/next/tips/7.0-old"),
        ("community/team.md", "/site/community/team"),
        ("blog/2025-03-04-first/index.md", "/site/blog/2025/03/04/first"),
        ("blog/second.md", "/site/blog/second"),
        ("src/pages/about.md", "/site/about"),
    ],
)
def test_addresses_are_made_as_each_plugin_makes_them(path: str, url: str, pages: dict[str, Page]) -> None:
    assert pages[path].url == url


def test_versions_and_locales_are_told(pages: dict[str, Page]) -> None:
    source = open_source(SourceSpec(SITE))
    told = {path: (page.version, page.locale) for path, page in pages.items()}

    assert (source.default_version, source.default_locale) == ("2.0.0", "en")
    assert told["docs/intro.md"] == ("current", "en")
    assert told["versioned_docs/version-1.0.0/intro.md"] == ("1.0.0", "en")
    assert told["i18n/de/docusaurus-plugin-content-docs/version-2.0.0/intro.md"] == ("2.0.0", "de")
    assert told["community/team.md"] == ("", "en")


def test_posts_of_the_blog_are_told(pages: dict[str, Page]) -> None:
    posts = [path for path, page in pages.items() if page.kind == "blog"]

    assert [path for path in pages if "blog" in path] == posts


def test_markdown_that_a_page_imports_is_part_of_it(pages: dict[str, Page]) -> None:
    text = _text(pages["docs/02-lamps/1-oil.mdx"])

    assert "Trim the wick." in text
    assert "Shared text." in text
    assert "Paraffin:\nClean." in text


def test_patterns_are_relative_to_the_site() -> None:
    source = open_source(SourceSpec(SITE, include=("docs/",), exclude=("tips/",)))

    assert {page.path.split("/")[0] for page in source.pages} == {"docs"}
    assert source.total == 5


@pytest.mark.parametrize(("setting", "url"), [("", "/docs/a"), ("true", "/docs/a/"), ("false", "/docs/a")])
def test_a_trailing_slash_is_as_it_is_set(setting: str, url: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nText.\n")
    slash = f"trailingSlash: {setting}," if setting else ""
    (tmp_path / "docusaurus.config.js").write_text(f"module.exports = {{ {slash} title: 'x' }};")

    assert [page.url for page in open_source(SourceSpec(tmp_path)).pages] == [url]


def test_settings_that_code_makes_are_told(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nText.\n")
    (tmp_path / "docusaurus.config.js").write_text(
        "module.exports = { title: 'x', baseUrl: process.env.BASE };"
    )
    source = open_source(SourceSpec(tmp_path))

    assert [page.url for page in source.pages] == ["/docs/a"]
    assert "code makes baseUrl of the configuration" in source.problems[1]


def test_docs_may_be_beside_the_site(tmp_path: Path) -> None:
    site, docs = tmp_path / "website", tmp_path / "docs"
    site.mkdir()
    docs.mkdir()
    (site / "package.json").write_text("{}")
    (site / "docusaurus.config.js").write_text(
        "module.exports = { title: 'x', presets: [['classic', { docs: { path: '../docs' }, blog: false }]] };"
    )
    (docs / "a.md").write_text("import B from './_b.md';\n\n<B />\n")
    (docs / "_b.md").write_text("Text.\n")
    (page,) = open_source(SourceSpec(site)).pages

    assert (page.url, _text(page)) == ("/docs/a", "Text.")


def test_files_that_import_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.mdx").write_text("import B from './_b.mdx';\n\nText.\n\n<B />\n")
    (tmp_path / "docs" / "_b.mdx").write_text("import B from './_b.mdx';\n\n<B />\n<B />\n")
    (tmp_path / "docusaurus.config.js").write_text("module.exports = { title: 'x' };")
    source = open_source(SourceSpec(tmp_path))

    assert list(source.pages) == []
    assert source.skipped == ["docs/a.mdx"]
