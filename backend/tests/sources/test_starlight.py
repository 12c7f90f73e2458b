"""Docs of Starlight have the pages, addresses and anchors of the built site, and none of its syntax."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.types import Page, SourceSpec
from bench.built import Report
from tests.sources.built_sites import compared

SITE = Path(__file__).parents[1] / "fixtures" / "sources" / "starlight"


@pytest.fixture(scope="module")
def report() -> Report:
    return compared(SourceSpec(SITE), SITE / "site.json")


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.path: page for page in open_source(SourceSpec(SITE)).pages}


def _text(page: Page) -> str:
    return "\n".join(block.text for section in page.sections for block in section.blocks)


def test_pages_and_addresses_are_those_of_the_site(report: Report) -> None:
    not_translated = ["/docs/de/elsewhere/moved", "/docs/de/guides/oil-and-wicks"]

    assert report.missing == not_translated
    assert report.astray == []
    assert report.problems == []


def test_anchors_are_those_of_the_site(report: Report) -> None:
    assert (report.dead, report.unled) == ([], [])


def test_no_syntax_is_left(report: Report) -> None:
    assert report.leftover == []


def test_components_are_read_as_readers_see_them(pages: dict[str, Page]) -> None:
    page = pages["guides/Oil and Wicks.mdx"]
    text = _text(page)
    code = {
        block.text: block.language for section in page.sections for block in section.blocks if block.is_code
    }

    assert "Here is Oil and wicks," in text
    assert "Note\nA note." in text
    assert "Hot glass\nDo not touch." in text
    assert "Tip\nA tip." in text
    assert "Fire\nKeep away." in text
    assert "Paraffin:\nClean.\nLamp oil:\nCheap." in text
    assert "- src\n  - lamp.ts the lamp" in text
    assert "Guides\nAll of them." in text.replace("\n\n", "\n")
    assert "Trim the wick every evening." in text
    assert "It takes Array<{ oil: number }>." in text
    assert code == {"lantern --open": "sh", "light(3);": "js"}


def test_a_splash_page_has_its_tagline(pages: dict[str, Page]) -> None:
    assert pages["index.mdx"].title == "Lantern"
    assert _text(pages["index.mdx"]).startswith("A lamp for every room.")


def test_site_and_base_are_those_of_the_configuration(pages: dict[str, Page]) -> None:
    assert pages["guides/index.md"].url == "https://lantern.example/docs/guides/"
    assert next(open_source(SourceSpec(SITE, base_url="/")).pages).url == "/de/guides/"


def test_locales_are_folders_with_their_languages(pages: dict[str, Page]) -> None:
    assert open_source(SourceSpec(SITE)).default_locale == "en"
    assert (pages["guides/index.md"].locale, pages["de/guides/index.md"].locale) == ("en", "de")


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ("", "/a-b/"),
        ("trailingSlash: 'never',", "/a-b"),
        ("build: { format: 'file' },", "/a-b.html"),
        ("base: 'x/',", "/x/a-b/"),
    ],
)
def test_addresses_have_the_style_of_the_configuration(config: str, url: str, tmp_path: Path) -> None:
    docs = tmp_path / "src" / "content" / "docs"
    docs.mkdir(parents=True)
    (docs / "A B.md").write_text("---\ntitle: A\n---\n\nText.\n")
    integrations = "integrations: [starlight({ title: 'x' })]"
    (tmp_path / "astro.config.mjs").write_text(f"export default defineConfig({{ {config} {integrations} }})")
    source = open_source(SourceSpec(tmp_path))

    assert source.kind == "starlight"
    assert [page.url for page in source.pages] == [url]


def test_the_folder_of_the_pages_will_do() -> None:
    source = open_source(SourceSpec(SITE / "src" / "content" / "docs"))

    assert (source.kind, source.total) == ("starlight", 7)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "astro.config.mjs").write_text("export default { integrations: [starlight({})] }")

    with pytest.raises(SourceError, match="there is no such folder"):
        open_source(SourceSpec(tmp_path, kind="starlight"))
