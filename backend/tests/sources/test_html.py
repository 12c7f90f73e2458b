"""A folder of built HTML is read without a manifest."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.sources import open_source
from askdocs.types import Block, Page, Source, SourceSpec, markdown

SITE = Path(__file__).parents[1] / "fixtures" / "sources" / "docusaurus"


def folder(tmp_path: Path, **pages: str | bytes) -> Source:
    for name, html in pages.items():
        file = tmp_path / f"{name.replace('__', '/')}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(html if isinstance(html, bytes) else html.encode())
    return open_source(SourceSpec(tmp_path))


def read(tmp_path: Path, html: str | bytes) -> Page:
    (page,) = folder(tmp_path, page=html).pages
    return page


def prose(tmp_path: Path, html: str) -> str:
    return "\n\n".join(markdown(section.blocks) for section in read(tmp_path, html).sections)


def test_terms_and_their_definitions_are_told_from_prose(tmp_path: Path) -> None:
    html = """<main><p>Before.</p><dl><dt>--all</dt><dt>-a</dt><dd><p>All of it.</p><ul><li>An item</li></ul>
    <p>More.</p></dd></dl><p>After.</p></main>"""

    (section,) = read(tmp_path, html).sections

    assert [(block.kind, block.text, block.glue) for block in section.blocks] == [
        ("prose", "Before.", "\n\n"),
        ("term", "--all", "\n\n"),
        ("term", "-a", "\n"),
        ("definition", "All of it.", "\n"),
        ("item", "- An item", "\n\n"),
        ("definition", "More.", "\n\n"),
        ("prose", "After.", "\n\n"),
    ]


POST = '<article itemtype="https://schema.org/BlogPosting">'


@pytest.mark.parametrize(
    ("root", "begin", "kind"),
    [
        ('<html class="blog-wrapper plugin-blog plugin-id-default">', "<article>", "blog"),
        ("<html>", POST, "blog"),
        ("<html>", f"{POST}<p>One.</p></article>{POST}", "docs"),
        ('<html class="plugin-docs">', "<meta property='og:type' content=article><article>", "docs"),
    ],
)
def test_post_is_told_by_what_built_it(tmp_path: Path, root: str, begin: str, kind: str) -> None:
    page = read(tmp_path, f"<!doctype html>{root}<body><main>{begin}<h1>Out</h1><p>Now.</p></article></main>")

    assert page.kind == kind


def test_docusaurus_pages_tell_version_and_locale(tmp_path: Path) -> None:
    site = shutil.copytree(SITE, tmp_path / "site", ignore=shutil.ignore_patterns("*.json"))
    source = open_source(SourceSpec(site))
    pages = {page.path: page for page in source.pages}
    page = pages["de/docs/next/intro/index.html"]
    assert (source.kind, source.total) == ("html", len(pages))
    assert (page.version, page.locale, page.language, page.title) == ("current", "de", "de", "Einführung")
    assert (page.url, page.description) == (
        "https://example.com/de/docs/next/intro",
        "Willkommen im Beispiel.",
    )
    assert [section.anchor for section in page.sections] == ["", "installieren"]


@pytest.mark.parametrize(
    "html",
    [
        "<header><a>Site</a></header><nav>Menu</nav><main><h1>T</h1><p>Text.</main><footer>Legal</footer>",
        "<div class=sidebar>Menu</div><div role=main><h1>T</h1><p>Text.<nav>Next</nav></div>",
        "<main><aside><nav>Menu</nav></aside><article><header><h1>T</h1></header>Text.</article></main>",
        "<body><h1>T<a class=headerlink href=#t>¶</a></h1>Text.<script>x()</script><button>Copy</button>",
        "<main></main><article><h1>T</h1>Text.<p hidden>No</p><p aria-hidden=true>No</p></article>",
    ],
)
def test_main_content_is_found_and_the_rest_dropped(tmp_path: Path, html: str) -> None:
    page = read(tmp_path, html)
    assert page.title == "T"
    assert [section.blocks for section in page.sections] == [(Block("Text."),)]


@pytest.mark.parametrize(
    ("html", "anchors"),
    [
        ("<h2 id=a>A</h2>x<h2>B</h2>y", ["a", "a"]),
        ("<h2>A</h2>x<h3 id=b>B</h3>y", ["", "b"]),
        ("<section id=a><h2>A</h2>x<section id=b><h3>B</h3>y</section></section>", ["a", "b"]),
        ("<h2><a id=a class=anchor href=#a></a>A</h2>x", ["a"]),
        ("<h2>A<a class=headerlink href=#%C3%A4>¶</a></h2>x", ["ä"]),
        ("<h2><a name=a>A</a></h2>x", ["a"]),
        ("<h2><a href=#elsewhere>A</a></h2>x", [""]),
    ],
)
def test_heading_without_id_has_the_nearest_anchor(tmp_path: Path, html: str, anchors: list[str]) -> None:
    assert [section.anchor for section in read(tmp_path, f"<main>{html}").sections] == anchors


def test_levels_of_headings_may_be_skipped(tmp_path: Path) -> None:
    page = read(tmp_path, "<main><h1 id=t>T</h1>i<h4>A</h4>a<h2>B</h2>b<h3>C</h3>c<h1>D</h1>d")
    assert [section.heading for section in page.sections] == [(), ("A",), ("B",), ("B", "C"), ("D",)]
    assert page.sections[0].anchor == ""


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Page | Site", "Page"), ("Own - Site", "Own"), ("A - B", "A - B"), ("", "page.html")],
)
def test_title_without_h1_is_that_of_the_document(tmp_path: Path, title: str, expected: str) -> None:
    assert read(tmp_path, f"<title>{title}</title><main>Text.<h2>Own</h2>").title == expected


def test_noindex_redirects_and_error_pages_are_left_out(tmp_path: Path) -> None:
    source = folder(
        tmp_path,
        a="<meta name=robots content='NOINDEX, nofollow'><main>a",
        b="<meta http-equiv=refresh content='0; url=/c'><main>b",
        c="<main>c",
        **{"404": "<main>Not found"},
    )
    assert [page.path for page in source.pages] == ["c.html"]
    assert source.problems == []


@pytest.mark.parametrize(
    ("name", "canonical", "base_url", "url"),
    [
        ("index", "", "", "/"),
        ("a__index", "", "", "/a"),
        ("a__b", "", "", "/a/b.html"),
        ("a__index", "https://x.org/docs/a/", "", "https://x.org/docs/a/"),
        ("a__index", "https://x.org/docs/a/", "https://y.org", "https://y.org/a/"),
        ("a__b", "https://x.org/a/b", "https://y.org/", "https://y.org/a/b"),
        ("a__b", "https://x.org/latest/b", "", "/a/b.html"),
        ("a__b", "javascript:a/b.html", "", "/a/b.html"),
        ("a__b", "https://[/a/b", "", "/a/b.html"),
    ],
)
def test_url_follows_the_path_and_its_own_canonical_link(
    tmp_path: Path, name: str, canonical: str, base_url: str, url: str
) -> None:
    folder(tmp_path, **{name: f"<link rel=canonical href='{canonical}'><main>x"})
    (page,) = open_source(SourceSpec(tmp_path, base_url=base_url)).pages
    assert page.url == url


def test_declared_encoding_is_respected(tmp_path: Path) -> None:
    assert read(tmp_path, "<meta charset=windows-1252><main>café".encode("cp1252")).sections[0].blocks == (
        Block("café"),
    )


@pytest.mark.parametrize(
    "charset",
    [
        "",
        "<meta charset=nonsense>",
        "<meta charset=hex>",
        "<meta charset=undefined>",
        "<meta charset=idna>",
        "<meta charset=unicode_escape>",
        "<meta charset=utf-8>",
    ],
)
def test_undeclared_bytes_are_replaced_and_said(tmp_path: Path, charset: str) -> None:
    source = folder(tmp_path, page=f"{charset}<main>caf\xe9\0".encode("latin-1"))
    (page,) = source.pages
    assert page.sections[0].blocks == (Block("caf�"),)
    assert source.problems == [
        "page.html: bytes that are not UTF-8 were replaced and NUL bytes were removed."
    ]


def test_code_of_other_generators_keeps_its_lines(tmp_path: Path) -> None:
    sphinx = "<div class=highlight-python><div><pre><span class=linenos>1</span>a\nb</pre></div></div>"
    shiki = "<pre data-language=js><code><div class=line><b>c</b></div><div class=line>d</div></code></pre>"
    rows = "<tr><td class=linenos><pre>1</pre><td class=code><pre><code>e</code></pre>"
    html = f"<main>{sphinx}{shiki}<table class=highlighttable>{rows}</table>"
    blocks = read(tmp_path, html).sections[0].blocks
    assert blocks == (Block("a\nb", "python"), Block("c\nd", "js"), Block("e", ""))


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<b>b</b> <code>c</code>\n d<p>e", "ab c d\n\ne"),
        ("a<br>b<hr>c", "a\nb\n\nc"),
        ("<img alt='A cat' src=x>", "A cat"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\n\nc\nd"),
        ("<blockquote><p>a<p>b</blockquote>", "a\n\nb"),
        (
            "<table><caption>a<tr><td>b<td><ul><li>c<li>d</ul><tr><td>e<td>f</table>",
            "a\n\n| b | c d |\n| e | f |",
        ),
        ("<table><tr><td><h2>a</h2>b</table>", "b"),
        ("a<math><mi>x</mi><annotation>x^2</annotation></math>", "ax^2"),
        ("<h2>a<h3></h3>b", "b"),
        ("<button>a<h2 id=b>b</h2>c", "a\n\nc"),
        ("a<template>b</template><svg><text>c</text></svg><!-- d -->", "a"),
    ],
)
def test_elements_become_readable_text(tmp_path: Path, html: str, text: str) -> None:
    assert prose(tmp_path, f"<main>{html}") == text


def test_broken_html_is_read_as_browsers_do(tmp_path: Path) -> None:
    assert prose(tmp_path, "<main><p>a<div><b>b</p></i>c<table>d</main><p>e<") == "a\n\nb\n\ncd\n\ne<"


def test_endless_heading_is_cut_and_kept_as_text(tmp_path: Path) -> None:
    section = read(tmp_path, f"<main>x<h2>{'word ' * 1000}").sections[1]
    assert len(section.heading[0]) <= 200
    assert len(section.blocks[0].text) == 4999


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 10_000 + "needle",
        "<ul><li>" * 10_000 + "needle",
        "<ul><li>" * 10_000 + "needle" + "</ul>" * 10_000,
        "<p>word" * 100_000 + " needle",
        "<p>" + "word " * 1_000_000 + "needle",
        "<h2 id=a>A</h2><p>text" * 50_000 + "needle",
    ],
)
def test_long_and_deep_pages_are_read(tmp_path: Path, html: str) -> None:
    assert read(tmp_path, f"<main>{html}").sections[-1].blocks[-1].text.endswith("needle")


@pytest.mark.parametrize("html", ["<div>" * 50_000, "<p><font color=1>" * 5_000, "<b>" * 100_000])
def test_absurd_nesting_is_skipped_and_said(tmp_path: Path, html: str) -> None:
    source = folder(tmp_path, a=f"<main>{html}x", b="<main>b")
    assert [page.path for page in source.pages] == ["b.html"]
    assert source.problems == ["a.html: the page's elements nest too deep, so it was skipped."]


PIECES = [
    "<main>", "</main>", "<div>", "</div>", "<p>", "<ul>", "</ul>", "<ol start=x>", "<li>", "<table>",
    "</table>", "<tr>", "<td>", "</td>", "<th>", "<pre>", "</pre>", "<code class=language->", "<br>",
    "<h1>", "</h1>", "<h2 id=a>", "<h2 id>", "</h2>", "<a href=#a class=anchor>", "<ul role=tablist>",
    "<li role=tab>", "<div role=tabpanel hidden>", "<details>", "<summary>", "<math>", "<annotation>",
    "<svg>", "</svg>", "<template>", "<select>", "<button>", "<!--", "-->", "<img alt>",
    "<input type=checkbox>", "<frameset>", "<plaintext>", "<body hidden>", "<title>", "&#0;", "&#xD800;",
    "<", "\0", " ", "text", "<meta name=robots>", "<link rel=canonical href=http://[>",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join))
def test_no_html_makes_the_reader_raise(html: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for page in folder(Path(directory), page=html.encode()).pages:
            assert all(block.text.strip() for section in page.sections for block in section.blocks)
            json.dumps(asdict(page), ensure_ascii=False).encode()


def test_page_without_text_is_skipped_and_said(tmp_path: Path) -> None:
    source = folder(tmp_path, a="<body><nav>Menu</nav><main></main><script>app()</script>", b="<main>b", c="")
    assert [page.path for page in source.pages] == ["b.html"]
    assert [problem.split(":")[0] for problem in source.problems] == ["a.html", "c.html"]
