"""The content of a Hugo site has the pages, addresses and anchors of the built site, and no syntax."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.sources.generators import find
from askdocs.sources.hugo_addresses import Named, expand, read_date
from askdocs.sources.hugo_config import glob
from askdocs.sources.hugo_slugs import HugoSlugs
from askdocs.types import Page, SourceSpec, markdown
from bench.built import Report
from tests.sources.built_sites import compared

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sources"
SITE, UGLY = FIXTURES / "hugo", FIXTURES / "hugo-ugly"


@pytest.fixture(scope="module")
def report() -> Report:
    return compared(SourceSpec(SITE), SITE / "site.json")


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    return {page.path: page for page in open_source(SourceSpec(SITE)).pages}


def site(root: Path, **texts: str) -> dict[str, Page]:
    """The pages of a site with these files, `__` standing for "/" and `_dot_` for "."."""
    for name, text in texts.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path = path if path.suffix in (".toml", ".yaml", ".json") else path.with_name(f"{path.name}.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {page.path: page for page in open_source(SourceSpec(root, kind="hugo")).pages}


def prose(page: Page) -> str:
    return "\n\n".join(markdown(section.blocks) for section in page.sections)


def test_pages_and_addresses_are_those_of_the_site(report: Report) -> None:
    assert (report.missing, report.astray, report.problems) == ([], [], [])


def test_anchors_are_those_of_the_site(report: Report) -> None:
    assert (report.dead, report.unled) == ([], [])
    assert report.leftover == []


def test_ugly_addresses_and_languages_in_names_are_those_of_the_site() -> None:
    report = compared(SourceSpec(UGLY), UGLY / "site.json")

    assert report.missing == ["/fr/docs"]  # Hugo lists what nobody has written
    assert (report.astray, report.dead, report.unled, report.problems) == ([], [], [], [])


def test_addresses_end_as_the_site_has_them() -> None:
    urls = {page.path: page.url for page in open_source(SourceSpec(UGLY)).pages}

    assert urls["docs/One.md"] == "https://lantern.example/docs/One.html"
    assert urls["docs/One.fr.md"] == "https://lantern.example/fr/docs/One.html"
    assert urls["docs/_index.md"] == "https://lantern.example/docs/"
    assert urls["docs/own.md"] == "https://lantern.example/own/place/"
    assert urls["news/_index.md"] == "https://lantern.example/latest/"


def test_base_url_of_the_settings_comes_before_that_of_the_site() -> None:
    spec = SourceSpec(SITE, base_url="/preview", url_style="clean")

    assert {page.url for page in open_source(spec).pages} >= {"/preview/", "/preview/docs/set-up"}


def test_a_folder_of_the_content_is_read_as_part_of_its_site() -> None:
    pages = {page.path: page for page in open_source(SourceSpec(SITE / "content" / "en" / "docs")).pages}

    assert pages["install.md"].url == "https://lantern.example/base/docs/set-up/"
    assert "Press the button." in prose(pages["install.md"])
    assert "shared/end.md" not in pages


def test_languages_are_the_locales(pages: dict[str, Page]) -> None:
    assert (pages["de/docs/install.md"].locale, pages["de/docs/install.md"].language) == ("de", "de")
    assert pages["en/docs/install.md"].locale == "en"
    assert open_source(SourceSpec(SITE)).default_locale == "en"
    assert prose(pages["de/_index.md"]) == "Willkommen bei Das Werkzeug."


def test_readers_see_what_shortcodes_enclose(pages: dict[str, Page]) -> None:
    text = prose(pages["en/docs/install.md"])

    assert "Warning\nClose the lid. It is hot." in text
    assert "1. Choose a system:\n  Linux:" in text
    assert "```bash\napt install tool\n```" in text
    assert "macOS:\n  Use Homebrew.\n2. Go on in a new terminal." in text
    assert "The panel\n\nWhat the panel shows.\n\nAll of it\nA hidden line." in text
    assert "| The Tool | It rocks on. |\n| b | Last row |" in text
    assert 'Write {{< param "x" >}} in a page' in text
    assert '```md\n{{% include "a.md" %}}\nThe Tool\n```' in text


def test_links_lead_to_pages(pages: dict[str, Page]) -> None:
    linked = [
        one.url
        for name in ("en/_index.md", "en/docs/_index.md")
        for section in pages[name].sections
        for block in section.blocks
        for one in block.inlines
    ]

    base = "https://lantern.example/base/docs"
    assert linked == [f"{base}/set-up/", f"{base}/setup/", f"{base}/bundle/#two"]


def test_a_heading_of_the_first_level_is_no_title(pages: dict[str, Page]) -> None:
    page = pages["en/docs/_index.md"]

    assert page.title == "Documentation"
    assert [section.heading for section in page.sections] == [("Overview",), ("Another part",)]


def test_a_page_of_a_description_alone_says_that(tmp_path: Path) -> None:
    pages = site(tmp_path, hugo_dot_toml="", content___index="---\ntitle: A\ndescription: All of it.\n---\n")

    assert prose(pages["_index.md"]) == "All of it."
    assert pages["_index.md"].kind == "landing"


@pytest.mark.parametrize(
    ("kind", "headings", "anchors"),
    [
        ("github", ["A -- B", "⚠️ C", "D_e", "x² ½", "!", "?", "हिन्दी", "A -- B"],
         ["a----b", "-c", "d_e", "x-", "heading", "heading-1", "हनद", "a----b-1"]),
        ("github-ascii", ["Über größe", "日本語 見出し", "snake_case"], ["uber-groe", "-", "snake_case"]),
        ("blackfriday", ["snake_case_name", "a  double  space", "x² ½ ①", "It's", "C++ / C#", "हिन्दी", "!"],
         ["snake-case-name", "a-double-space", "x²-½-①", "it-s", "c-c", "ह-न-द", "heading"]),
        ("github", ["one\ntwo"], ["two"]),
    ],
)  # fmt: skip
def test_anchors_are_of_the_kind_that_the_configuration_names(
    kind: str, headings: list[str], anchors: list[str]
) -> None:
    slugs = HugoSlugs(kind)

    assert [slugs.slug(heading) for heading in headings] == anchors


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("/:year/:month/:day/:slug/", "/2024/03/05/a-title/"),
        ("/:section/:contentbasename", "/docs/My-File"),
        ("/:sections/:title", "/docs/deep/deeper/A-Title"),
        ("/:sections[1:]/:slugorcontentbasename", "/deep/deeper/My-File"),
        ("/:sections[0]/:sections[1:1]/x", "/docs/deep/x"),
        ("/:monthname/:weekdayname/:yearday/:unknown", "/March/Tuesday/65/:unknown"),
    ],
)
def test_permalinks_are_filled_in(pattern: str, expected: str) -> None:
    date = read_date("2024-03-05T10:00:00Z")
    assert date is not None
    page = Named("My File", ["docs", "deep", "deeper"], ["docs", "deep", "deeper"], "A Title!", date=date)

    found = expand(pattern, page)

    assert found.lower() == expected.lower()


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("{,/**}/_parts{,/**}", "/docs/_parts/a", True),
        ("{,/**}/_parts{,/**}", "/_parts", True),
        ("{,/**}/_parts{,/**}", "/docs/parts", False),
        ("{/news/**,/blog/*}", "/blog/a/b", False),
        ("{/news/**,/blog/*}", "/news/a/b", True),
        ("/a.b", "/axb", False),
        ("{unclosed", "unclosed", True),
    ],
)
def test_targets_of_a_cascade_are_patterns(pattern: str, path: str, matches: bool) -> None:
    assert (glob(pattern).fullmatch(path) is not None) is matches


@pytest.mark.parametrize(
    "date", ["2024-03-05", "2024-3-5", "2024-03-05 10:00:00 -0700", "2024-03-05T10:00:00Z"]
)
def test_dates_are_read_as_far_as_the_day(date: str) -> None:
    found = read_date(date)
    assert found is not None
    assert (found.year, found.month, found.day) == (2024, 3, 5)


@pytest.mark.parametrize("date", ["", "soon", "2024-13-45", "03/05/2024"])
def test_what_is_no_date_is_none(date: str) -> None:
    assert read_date(date) is None


def test_the_default_language_may_have_a_folder_of_its_own(tmp_path: Path) -> None:
    config = "defaultContentLanguageInSubdir = true\n[languages.en]\nweight = 1\n[languages.fr]\nweight = 2\n"
    pages = site(tmp_path, hugo_dot_toml=config, content__a="a", content__a_dot_fr="b")

    assert {page.url for page in pages.values()} == {"/en/a/", "/fr/a/"}


def test_configuration_may_be_in_a_folder(tmp_path: Path) -> None:
    pages = site(
        tmp_path,
        config___default__hugo_dot_toml='baseURL = "https://a.example/x/"',
        config___default__params_dot_toml='name = "N"',
        config__production__hugo_dot_yaml="uglyURLs: true",
        content__a="{{< param name >}}",
    )

    assert pages["a.md"].url == "https://a.example/x/a.html"
    assert prose(pages["a.md"]) == "N"


def test_translations_that_are_those_of_another_language_are_left_out(tmp_path: Path) -> None:
    config = """
languages: {en: {weight: 1}, ja: {weight: 2}}
module:
  mounts:
    - {source: content/en, target: content}
    - {source: content/ja, target: content, sites: {matrix: {languages: [ja]}}}
    - {source: content/en/docs, target: content/docs, lang: ja}
"""
    pages = site(tmp_path, hugo_dot_yaml=config, content__en__docs__a="a", content__ja__docs__b="b")

    assert {page.url: page.locale for page in pages.values()} == {"/docs/a/": "en", "/ja/docs/b/": "ja"}


def test_example_of_a_base_url_is_none(tmp_path: Path) -> None:
    pages = site(tmp_path, hugo_dot_toml='baseURL = "https://example.org/"', content__a="a")

    assert pages["a.md"].url == "/a/"


def test_broken_configuration_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"hugo\.toml cannot be read"):
        site(tmp_path, hugo_dot_toml="baseURL = x", content__a="a")


def test_includes_in_a_circle_end(tmp_path: Path) -> None:
    text = 'a\n\n{{< include "b.md" >}}'
    pages = site(tmp_path, hugo_dot_toml="", content__a=text, content__b='b {{< include "a.md" >}}')

    assert prose(pages["a.md"]).startswith("a\n\nb a")


def test_a_missing_include_is_told(tmp_path: Path) -> None:
    (tmp_path / "_index.md").write_text('a {{< include "missing.md" >}}')
    source = open_source(SourceSpec(tmp_path))
    (page,) = source.pages

    assert prose(page) == "a"
    assert source.problems == ["_index.md: what a shortcode includes, missing.md, was not found."]


def test_hugo_is_found_by_its_configuration_or_its_sections(tmp_path: Path) -> None:
    assert find(SITE, SourceSpec(SITE)) == "hugo"
    assert find(SITE / "content" / "en", SourceSpec(SITE)) == "hugo"
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "_index.md").touch()
    assert find(tmp_path, SourceSpec(tmp_path)) == "hugo"


def test_a_built_site_beside_its_content_is_html(tmp_path: Path) -> None:
    site(tmp_path, hugo_dot_toml="", content__a="a")
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "index.html").write_text("<p>a")

    assert find(tmp_path / "public", SourceSpec(tmp_path)) == "html"
