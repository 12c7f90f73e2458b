"""The comparison of a source with the built site counts what is there, and nothing that is not."""

from __future__ import annotations

import pytest

from askdocs.sources import open_source
from askdocs.types import Block, Inline, SourceSpec
from bench import built

SOURCE = {
    "index.md": "# Home\n\nSee the guide.\n",
    "guide.md": "# Guide\n\n## Install\n\nRun it.\n\n## Elsewhere\n\nMore {{< note >}} here.\n",
    "lost.md": "# Lost\n\nNo page of the site holds this.\n",
}
BUILT = {
    "index.html": "<main><h1>Home</h1><p>See the guide.</p></main>",
    "guide/index.html": "<main><h1>Guide</h1><h2 id=install>Install</h2><h2 id=other>Elsewhere</h2></main>",
    "more.html": "<main><h1>More</h1><h2 id=more>More</h2></main>",
    "old/index.html": "<meta http-equiv=refresh content='0; url=/guide/'>",
    "tags/a/index.html": "<main><h1>a</h1></main>",
    "empty.html": "<main><h1>Empty</h1></main>",
    "404.html": "<main>Not found</main>",
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> built.Report:
    root = tmp_path_factory.mktemp("built")
    for folder, files in (("docs", SOURCE), ("public", BUILT)):
        for name, text in files.items():
            path = root / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    site = built.read_site(root / "public", ["tags/*"])
    return built.compare(open_source(SourceSpec(root / "docs")).pages, site)


def test_pages_are_counted_on_both_sides(report: built.Report) -> None:
    assert (report.found, report.expected, report.pages) == (2, 3, 3)
    assert report.missing == ["/more"]
    assert report.astray == ["lost.md: /lost"]


def test_anchors_are_counted_on_both_sides(report: built.Report) -> None:
    assert report.dead == ["/guide#elsewhere"]
    assert report.unled == ["/guide#other"]


def test_a_report_shows_shares(report: built.Report) -> None:
    pages, *_, leftover, _, _ = report.lines()

    assert "2 of      3   66.67 %" in pages
    assert "1 of      4   25.00 %" in leftover


@pytest.mark.parametrize(
    ("base", "name", "url"),
    [
        ("", "index.html", "https://docs.example.com/"),
        ("", "a/index.html", "/a"),
        ("", "a/index.html", "/a/"),
        ("", "a.html", "/a"),
        ("/docs", "a%20b.html", "https://docs.example.com/docs/a%20b.html"),
    ],
)
def test_addresses_are_the_same_in_any_style(base: str, name: str, url: str) -> None:
    assert built.address(f"{base}/{name}") == built.address(url)


@pytest.mark.parametrize(
    ("kind", "prose"),
    [
        ("shortcode", "a {{< note >}} b"),
        ("shortcode", "a {{% /tab %}}"),
        ("template", "{% hint style='info' %}"),
        ("template", "Version {{ version }}"),
        ("include", "--8<-- 'a.md'"),
        ("admonition", ":::tip"),
        ("admonition", '!!! note "A"'),
        ("admonition", '=== "Linux"'),
        ("attributes", "Install {#install}"),
        ("wiki link", "See [[Home]]"),
        ("link", "See [home](index.md)"),
        ("tag", "<Tabs>"),
        ("tag", "a<br>b"),
        ("comment", "<!-- more -->"),
        ("statement", "import Tabs from '@theme/Tabs'"),
        ("heading", "### Three"),
    ],
)
def test_syntax_in_prose_is_leftover(kind: str, prose: str) -> None:
    assert kind in [name for name, _ in built.leftover([Block(prose)])]


@pytest.mark.parametrize(
    "block",
    [
        Block("{{< note >}}", "go"),
        Block("Write {{< note >}} there.", inlines=(Inline("code", 6, 18),)),
        Block("A set {a, b} of a < b, 50 % of [c] (d), 1. #2 and 3::4"),
        Block("Use List<string> or a <T> by hand"),
    ],
)
def test_code_and_plain_text_are_not_leftover(block: Block) -> None:
    assert list(built.leftover([block])) == []
