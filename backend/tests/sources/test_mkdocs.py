"""Docs of MkDocs have the pages, addresses and anchors of the built site, and no syntax is left in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import mkdocs_config, open_source, python_slugs
from askdocs.types import Page, SourceSpec
from bench.built import Report
from tests.sources.built_sites import compared

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
SITE = FIXTURES / "mkdocs"
LOCALES = FIXTURES / "mkdocs-locales"

Docs = Callable[..., list[Page]]


@pytest.fixture(scope="module")
def report() -> Report:
    return compared(SourceSpec(SITE), SITE / "site.json")


@pytest.fixture
def docs(tmp_path: Path) -> Docs:
    """Reads pages with a configuration."""

    def read(config: str, **pages: str) -> list[Page]:
        (tmp_path / "mkdocs.yml").write_text(config)
        for name, text in pages.items():
            file = tmp_path / "docs" / f"{name.replace('__', '/')}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return list(open_source(SourceSpec(tmp_path)).pages)

    return read


def _text(page: Page) -> str:
    return "\n".join(block.text for section in page.sections for block in section.blocks)


def test_pages_and_addresses_are_those_of_the_site(report: Report) -> None:
    made_of_others = ["/docs/blog/archive/2025"]
    left_out_by_its_author = ["/docs/guide/hidden"]

    assert report.missing == made_of_others + left_out_by_its_author
    assert report.astray == []
    assert report.problems == []


def test_anchors_are_those_of_the_site(report: Report) -> None:
    excerpts = [url for url in report.unled if "/blog/#" in url]

    assert report.dead == []
    assert report.unled == excerpts


def test_no_syntax_is_left(report: Report) -> None:
    assert report.leftover == []


def test_what_extensions_write_is_read_as_readers_see_it() -> None:
    pages = {page.path: page for page in open_source(SourceSpec(SITE)).pages}
    syntax, start = _text(pages["guide/syntax.md"]), _text(pages["index.md"])

    assert "Press Ctrl+Alt+x to stop" in syntax
    assert "mind the flame" in syntax
    assert "burns paraffin at 200 °C, see the guide" in syntax
    assert "light --oil 3" in syntax
    assert "light --off" not in syntax
    assert syntax.count("Trim the wick every evening.") == 2
    assert "The class Lamp and a page." in syntax
    assert "*[LED]" not in syntax
    assert "Lantern lights a room" in start
    assert "- Quick\n  Burns within a minute.\n  Getting started" in start.replace("\n\n", "\n")
    assert "Thanks to" not in start
    assert pages["guide/untitled.md"].title == "Wicks and oil"


def test_site_url_is_the_base_unless_another_is_given() -> None:
    own = next(open_source(SourceSpec(SITE)).pages)
    given = next(open_source(SourceSpec(SITE, base_url="/")).pages)

    assert own.url == "https://lantern.example/docs/_under/"
    assert given.url == "/_under/"


def test_the_folder_of_the_pages_will_do() -> None:
    source = open_source(SourceSpec(LOCALES / "pages"))

    assert source.kind == "mkdocs"
    assert "/guide/oil.html" in {page.url for page in source.pages}


def test_locales_are_told_by_the_ends_of_names() -> None:
    report = compared(SourceSpec(LOCALES), LOCALES / "site.json")
    source = open_source(SourceSpec(LOCALES))

    assert (report.missing, report.astray, report.dead, report.unled) == ([], [], [], [])
    assert source.default_locale == "en"
    assert {(page.url, page.locale) for page in source.pages} >= {("/de/guide/oil.html", "de"), ("/", "en")}


@pytest.mark.parametrize(
    ("setting", "anchor"),
    [
        ("", "c-ete_e"),
        ("slugify: !!python/name:markdown.extensions.toc.slugify_unicode", "c-été_e"),
        ("slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}", "c--été_e"),
        ("slugify: !!python/object/apply:pymdownx.slugs.slugify {}", "C--Été_e"),
        ("slugify: !!python/name:pymdownx.slugs.uslugify_encoded", "c--%C3%A9t%C3%A9_e"),
        ('separator: "_"', "c-_ete_e"),
    ],
)
def test_slugs_are_made_as_the_toc_is_set_up(setting: str, anchor: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(
        f"markdown_extensions:\n  - toc:\n      {setting or 'permalink: true'}\n"
    )
    slugify = python_slugs.of_config(mkdocs_config.read(tmp_path))

    assert slugify("C- Été_e!") == anchor


def test_a_reference_of_mkdocstrings_is_named_and_told(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "api.md").write_text(
        "# API\n\n::: lamp.Light\n    options:\n      heading_level: 2\n\nMore.\n"
    )
    (tmp_path / "mkdocs.yml").write_text("plugins: [mkdocstrings]\n")
    source = open_source(SourceSpec(tmp_path))
    (page,) = source.pages

    assert _text(page) == "lamp.Light\nMore."
    assert source.problems == ["api.md: mkdocstrings writes what it says of an API only into the built site."]


def test_variants_of_a_file_are_included_as_code(docs: Docs, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one\ntwo\nthree\nfour\n")
    (page,) = docs(
        "markdown_extensions: {markdown_include_variants: null}", a="# A\n\n{* a.py ln[2:3] hl[2] *}\n"
    )

    (block,) = page.sections[0].blocks
    assert (block.text, block.language) == ("# …\n\ntwo\nthree\n\n# …", "python")


@pytest.mark.parametrize("name", ["/etc/hostname", "../../../../../../../../etc/hostname"])
def test_files_outside_of_the_project_are_not_included(docs: Docs, name: str) -> None:
    (page,) = docs("markdown_extensions: [pymdownx.snippets]", a=f'# A\n\nText.\n\n--8<-- "{name}"\n')

    assert _text(page) == "Text."


def test_files_that_include_each_other_end(docs: Docs) -> None:
    pages = docs("markdown_extensions: [pymdownx.snippets]", a='# A\n\n--8<-- "docs/a.md"\n')

    assert pages == []


def test_templates_stay_where_no_plugin_reads_them(docs: Docs) -> None:
    (page,) = docs("site_name: X", a="# A\n\nWrite `{{ x }}` or {{ x }}, and ++x++.\n")

    assert _text(page) == "Write {{ x }} or {{ x }}, and ++x++."


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ("a: [", "is not valid YAML"),
        ("- a", "is not a list of keys and values"),
        ("docs_dir: nowhere", "there is no such folder"),
        ("INHERIT: mkdocs.yml", "inherits from itself"),
    ],
)
def test_a_broken_configuration_is_told(docs: Docs, config: str, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        docs(config, a="# A")
