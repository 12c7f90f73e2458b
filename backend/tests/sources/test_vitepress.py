"""Docs of VitePress have the pages, addresses and anchors of the built site, and none of its syntax."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.types import Page, SourceSpec
from bench.built import Report
from tests.sources.built_sites import compared

SITE = Path(__file__).parents[1] / "fixtures" / "sources" / "vitepress"

Docs = Callable[..., list[Page]]


@pytest.fixture(scope="module")
def report() -> Report:
    return compared(SourceSpec(SITE), SITE / "site.json")


@pytest.fixture
def docs(tmp_path: Path) -> Docs:
    """Reads pages with a configuration."""

    def read(config: str = "title: ''", **pages: str) -> list[Page]:
        (tmp_path / ".vitepress").mkdir(exist_ok=True)
        (tmp_path / ".vitepress" / "config.js").write_text(f"export default {{ {config} }}")
        for name, text in pages.items():
            (tmp_path / f"{name}.md").write_text(text)
        return list(open_source(SourceSpec(tmp_path)).pages)

    return read


def _text(page: Page) -> str:
    return "\n".join(block.text for section in page.sections for block in section.blocks)


def test_pages_and_addresses_are_those_of_the_site(report: Report) -> None:
    left_out_by_its_author = ["/docs/hidden"]

    assert report.missing == left_out_by_its_author
    assert report.astray == []
    assert report.problems == []


def test_anchors_are_those_of_the_site(report: Report) -> None:
    assert (report.dead, report.unled) == ([], [])


def test_no_syntax_is_left(report: Report) -> None:
    assert report.leftover == []


def test_what_vue_and_containers_write_is_read_as_readers_see_it() -> None:
    pages = {page.path: page for page in open_source(SourceSpec(SITE)).pages}
    page = pages["guide/syntax.md"]
    text = _text(page)
    blocks = [block for section in page.sections for block in section.blocks]

    assert page.title == "All of the syntax"
    assert "There are 3 lamps, and {{ n }} stays." in text
    assert "Seen text" in text
    assert "Pick a lamp" in text
    assert "STOP now" in text
    assert "ref(0)" not in text
    assert "alert(1)" in text
    assert [(block.text, block.language) for block in blocks if block.text.startswith("const")] == [
        ("const a = 1\nconst b = 2", "js"),
        ("const a: number = 1", "ts"),
    ]
    assert [block.text for block in blocks if "light --o" in block.text] == [
        "light --oil 3",
        "light --oil 3\nlight --off",
    ]
    assert text.count("Trim the wick every evening.") == 2


def test_a_home_page_has_its_hero_and_features() -> None:
    home = next(page for page in open_source(SourceSpec(SITE)).pages if page.path == "index.md")

    assert home.title == "Lantern"
    assert _text(home).startswith("Light for every room\nOil or LED\n- Quick: Burns within a minute.")
    assert "- Safe: Goes out when it falls." in _text(home)


def test_addresses_have_the_style_and_the_base_of_the_configuration() -> None:
    pages = {page.path: page for page in open_source(SourceSpec(SITE)).pages}
    styled = {
        page.path: page for page in open_source(SourceSpec(SITE, base_url="/x", url_style="html")).pages
    }

    assert pages["guide/syntax.md"].url == "https://lantern.example/docs/guide/syntax"
    assert pages["guide/index.md"].url == "https://lantern.example/docs/guide/"
    assert styled["guide/syntax.md"].url == "/x/guide/syntax.html"


def test_addresses_are_of_files_without_clean_urls(docs: Docs) -> None:
    assert [page.url for page in docs(a="# A\n\nText.", index="# I\n\nText.")] == ["/a.html", "/"]


def test_locales_are_folders_with_their_languages() -> None:
    source = open_source(SourceSpec(SITE))

    assert source.default_locale == "en-US"
    assert {page.path: page.locale for page in source.pages}["de/guide/index.md"] == "de"


def test_a_section_is_included_by_its_heading(docs: Docs) -> None:
    part = "# P\n\n## One\n\n1\n\n### In it\n\n2\n\n## Two\n\n3\n"
    page, _ = docs(a="# A\n\n<!--@include: ./b.md#one-->\n", b=part)

    assert [section.anchor for section in page.sections] == ["one", "in-it"]


def test_what_v_pre_keeps_is_kept(docs: Docs) -> None:
    (page,) = docs(a="# A\n\n::: v-pre\nKept {{ x }}.\n:::\n\nNot {{ x }}.\n")

    assert _text(page) == "Kept {{ x }}.\nNot ."


@pytest.mark.parametrize(
    "text", ["<<< /etc/hostname", "<!--@include: ../../../../../../../../etc/hostname-->"]
)
def test_files_outside_of_the_project_are_not_included(docs: Docs, text: str) -> None:
    (page,) = docs(a=f"# A\n\nText.\n\n{text}\n")

    assert "\n".join(_text(page).split()) == "Text."


def test_files_that_include_each_other_end(docs: Docs) -> None:
    assert docs(a="# A\n\n<!--@include: ./a.md-->\n") == []


def test_pages_that_code_makes_are_told(tmp_path: Path) -> None:
    (tmp_path / ".vitepress").mkdir()
    (tmp_path / ".vitepress" / "config.js").write_text("export default { title: 'x' }")
    (tmp_path / "[name].md").write_text("# Name\n\nText.")
    source = open_source(SourceSpec(tmp_path))

    assert list(source.pages) == []
    assert source.skipped == ["[name].md"]


def test_rewrites_that_code_makes_are_refused(docs: Docs) -> None:
    with pytest.raises(SourceError, match="makes its rewrites in code"):
        docs("rewrites: (id) => id.slice(1), title: 'x'", a="# A\n\nText.")
