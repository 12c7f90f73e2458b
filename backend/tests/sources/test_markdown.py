"""A folder of Markdown is read as its readers see it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.markdown import Site, parse_page
from askdocs.types import Block, Inline, Page, Source, SourceSpec, markdown

MARKS = [
    "#", "##", "{#id}", "{/* #id */}", "<!--", "-->", "{/*", "*/}", ":::note", ":::", "::::", "/// tab | x",
    "///", "!!! note", '=== "a"', "???", "<Tabs>", "</Tabs>", '<TabItem label="a">', "</TabItem>", "<A b={",
    "}", "/>", "<div>", "</div>", "<details>", "import a from 'b'", "export const a = {", "---", "```",
    "~~~", "`", "> [!NOTE]", "- ", "1. ", "    ", "\t", "\n", "\n\n", "| a | b |", "|---|---|", "[a](b)",
    "[^1]", "[^1]: a", "![", "](", "*", "&#0;", "&#xD800;", "\x00", "\ufeff", "title: a", "é", "\u2028",
    "\U0001f600", "{'a'}", "{a", "...", "{% a %}", "<>", "    a: b", "<!-- #a -->",
]  # fmt: skip


def read(text: str, *, path: str = "page.md") -> Page:
    page = parse_page(path, text, lambda sentence: None)
    assert page is not None
    return page


def prose(text: str, *, path: str = "page.md") -> str:
    return "\n\n".join(markdown(section.blocks) for section in read(text, path=path).sections)


def headings(text: str, *, path: str = "page.md") -> list[tuple[str, tuple[str, ...]]]:
    return [(section.anchor, section.heading) for section in read(text, path=path).sections]


def folder(tmp_path: Path, **texts: str) -> Source:
    for name, text in texts.items():
        file = tmp_path / f"{name.replace('__', '/')}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return open_source(SourceSpec(tmp_path, kind="markdown"))


def test_page_is_split_at_its_headings() -> None:
    page = read("# Title\n\nIntro.\n\n## Part {#own}\n\nText.\n\n#### Deeper\n\nMore.\n\n## Next")
    assert page.title == "Title"
    assert [(section.anchor, section.heading) for section in page.sections] == [
        ("", ()),
        ("own", ("Part",)),
        ("deeper", ("Part", "Deeper")),
        ("next", ("Next",)),
    ]
    assert page.sections[0].blocks == (Block("Intro."),)


def test_title_of_the_front_matter_is_not_repeated() -> None:
    page = read("---\ntitle: Setup\ndescription: How to.\n---\n# Setup {#x}\n\nText.")
    assert (page.title, page.description) == ("Setup", "How to.")
    assert [(section.anchor, section.heading) for section in page.sections] == [("", ())]


def test_heading_that_differs_from_the_title_is_kept() -> None:
    assert prose("---\ntitle: Setup\n---\n# Installing it\n\nText.") == "Installing it\n\nText."


def test_page_without_heading_is_named_after_its_file() -> None:
    assert read("Text.", path="guides/first-steps.md").title == "First steps"
    assert read("Text.", path="guides/index.md").title == "Guides"


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("## A `b()` *c*", ("a-b-c", "A b() c")),
        ("## A {#b_c}", ("b_c", "A")),
        ("## A {#__init__}", ("__init__", "A")),
        ("## A {/* #b */}", ("b", "A")),
        ("## A <!-- #b -->", ("b", "A")),
        ("## A { #b .class }", ("b", "A")),
        ("## A {.class #b}", ("b", "A")),
        ("## A {: .class}", ("a", "A")),
        ('## A {.class lang=en id="b"}', ("b", "A")),
        ("## A {b} and {c}", ("a-b-and-c", "A {b} and {c}")),
        ("A <!-- #b -->\n---", ("b", "A")),
        ("A\nB\n---", ("ab", "A B")),
        ("## Über *C++*", ("über-c", "Über C++")),
        ("## [A link](b.md)", ("a-link", "A link")),
    ],
)
def test_heading_has_the_anchor_of_the_built_page(heading: str, expected: tuple[str, str]) -> None:
    ((anchor, path),) = headings(heading)
    assert (anchor, *path) == expected


def test_second_heading_of_one_name_is_numbered() -> None:
    assert [anchor for anchor, _ in headings("## A\n\n## A\n\n## A")] == ["a", "a-1", "a-2"]


def test_code_is_a_block_of_its_language() -> None:
    page = read('```js title="a.js" {1}\nlet a\n\n  <b>\n```\n\n    plain\n')
    assert page.sections[0].blocks == (Block("a.js"), Block("let a\n\n  <b>", "js"), Block("plain", ""))


def test_headings_and_marks_in_code_are_code() -> None:
    page = read("````md\n# No\n:::note\n```\nimport a from 'b'\n```\n````\n\n## Yes")
    assert [section.anchor for section in page.sections] == ["", "yes"]
    assert page.sections[0].blocks == (Block("# No\n:::note\n```\nimport a from 'b'\n```", "md"),)


def test_lists_keep_their_marks() -> None:
    assert prose("- a\n- b\n\n  c\n  1. d\n  2. e\n- [x] f") == "- a\n- b\n  c\n  1. d\n  2. e\n- [x] f"


def test_lines_of_lists_know_what_they_are() -> None:
    blocks = read("1. a\n\n   b\n   - c\n\n\\- d").sections[0].blocks
    assert blocks == (
        Block("1. a", kind="item"),
        Block("  b", glue="\n"),
        Block("  - c", kind="item", glue="\n"),
        Block("- d"),
    )


def test_table_keeps_its_head() -> None:
    assert read("|A|B|\n|-|-|\n|`a`|b|").sections[0].blocks == (
        Block("| A | B |\n| --- | --- |", kind="head"),
        Block("| a | b |", kind="row", glue="\n", inlines=(Inline("code", 2, 3),)),
    )


def test_embedded_image_is_its_alternative_text() -> None:
    assert prose(f"![A cat](data:image/png;base64,{'A' * 300_000})") == "A cat"


def test_footnotes_and_table_of_contents_leave_no_marks() -> None:
    assert prose("[TOC]\n\na[^1].\n\n[^1]: b") == "a.\n\n1. b"


@pytest.mark.parametrize(
    ("path", "matter", "expected"),
    [
        ("a/b.md", {}, "/a/b"),
        ("index.md", {}, "/"),
        ("a/README.mdx", {}, "/a"),
        ("a/b.md", {"slug": "c"}, "/a/c"),
        ("a/b.md", {"slug": "/c/"}, "/c"),
        ("a/b.md", {"slug": "../../c"}, "/c"),
        ("a/b.md", {"slug": "//c"}, "/c"),
        ("a/b.md", {"id": "c"}, "/a/c"),
        ("a/b.md", {"id": ["c"]}, "/a/b"),
    ],
)
def test_address_follows_path_and_front_matter(path: str, matter: dict[str, object], expected: str) -> None:
    assert Site().url(path, FrontMatter(matter)) == expected


def test_url_is_quoted_behind_the_base(tmp_path: Path) -> None:
    (tmp_path / "über uns.md").write_text("Text.")
    (page,) = open_source(SourceSpec(tmp_path, base_url="https://x.org/docs/")).pages
    assert (page.path, page.url) == ("über uns.md", "https://x.org/docs/%C3%BCber%20uns")


def test_drafts_and_unlisted_pages_are_left_out(tmp_path: Path) -> None:
    source = folder(tmp_path, a="---\ndraft: true\n---\na", b="---\nunlisted: true\n---\nb", c="c")
    assert [page.path for page in source.pages] == ["c.md"]
    assert source.problems == []


@pytest.mark.parametrize(
    "matter",
    [
        "a: [",
        "a: b: c",
        "[" * 500,
        "{[a]: b}",
        "a: !!python/object:os.system [",
        "# of the page\ntitle: a: b",
        '"title": a: b',
    ],
)
def test_broken_front_matter_is_a_problem(tmp_path: Path, matter: str) -> None:
    source = folder(tmp_path, a=f"---\n{matter}\n---\n# Title\n\nText.")
    (page,) = source.pages
    assert (page.title, len(page.sections)) == ("Title", 1)
    (problem,) = source.problems
    assert problem.startswith("a.md: the front matter is not")


@pytest.mark.parametrize("end", ["---", "---  ", "..."])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_front_matter_ends_at_its_mark(tmp_path: Path, mark: bytes, newline: str, end: str) -> None:
    text = newline.join(["---", "title: A", end, "", "b", "", "---", "", "c"])
    (tmp_path / "a.md").write_bytes(mark + text.encode())
    (page,) = open_source(SourceSpec(tmp_path)).pages
    assert (page.title, markdown(page.sections[0].blocks)) == ("A", "b\n\nc")


@pytest.mark.parametrize(
    "matter",
    [
        "---\n\ntitle: A\ndraft: false\ntags: [x]\n---\n",
        '+++\ntitle = "A"\ndraft = false\ndate = 2024-03-05\ntags = ["x"]\n[params]\nb = 1\n+++\n',
        '{\n  "title": "A",\n  "draft": false,\n  "tags": ["x"]\n}\n',
    ],
)
def test_front_matter_is_yaml_toml_or_json(matter: str) -> None:
    page = read(f"{matter}\nb")
    assert (page.title, markdown(page.sections[0].blocks)) == ("A", "b")


def test_front_matter_that_is_no_toml_is_a_problem(tmp_path: Path) -> None:
    source = folder(tmp_path, a="+++\ntitle = A B\n+++\n# Title\n\nText.")
    (page,) = source.pages
    assert page.title == "Title"
    assert source.problems[0].startswith("a.md: the front matter is not valid TOML")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("---\n\nPlain words.\n\n---\n\nb", "Plain words.\n\nb"),
        ("---\ntitle: a\n\nb", "title: a\n\nb"),
        ("----\n\ntitle: a\n\n----\n\nb", "title: a\n\nb"),
        ("a\n\n---\n\ntitle: b\n\n---", "a\n\ntitle: b"),
        ("---\n**Note:** *see* below.\n\n---\nb", "Note: see below.\n\nb"),
        ("---\n\n**Note:** see below.\n\n---\n\nb", "Note: see below.\n\nb"),
        ("---\n\nNote: this is old.\n\n---\n\nb", "Note: this is old.\n\nb"),
        ("---\n\n`a: b` and [c](d): e\n\n---\n\nb", "a: b and c: e\n\nb"),
        ("---\n- a\n- b\n\n---\n\nc", "- a\n- b\n\nc"),
        ("---\n> a: b: c\n\n---\n\nd", "a: b: c\n\nd"),
        (
            "---\n| a | b |\n|---|---|\n| c: d | e: f: g |\n\n---\n\nh",
            "| a | b |\n| --- | --- |\n| c: d | e: f: g |\n\nh",
        ),
        ("---\n\x01\n---\nb", "b"),
        ("+++\nplain\n+++\n\nb", "+++ plain +++\n\nb"),
        ("{\n  a, b\n}\n\nc", "{ a, b }\n\nc"),
        ("---\n---\n\nb", "b"),
        ("---\n# no keys\n---\n\nb", "b"),
    ],
)
def test_text_between_rules_is_text(tmp_path: Path, text: str, expected: str) -> None:
    source = folder(tmp_path, a=text)
    (page,) = source.pages
    assert markdown(page.sections[0].blocks) == expected
    assert source.problems == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.10", "1.10"), ("2024-99-99", "2024-99-99"), ("!!int x", "x"), ("[a]", ""), ("~", ""), ("", "")],
)
def test_title_is_what_was_written(value: str, expected: str) -> None:
    assert read(f"---\ntitle: {value}\n---\nText.").title == (expected or "Page")


def test_nuls_and_surrogates_do_not_reach_the_title() -> None:
    assert read('---\ntitle: "a\\0b\\uD800"\n---\nText.').title == "ab?"


def test_bytes_that_are_not_text_are_mended(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"caf\xe9 \0au lait")
    source = open_source(SourceSpec(tmp_path))
    (page,) = source.pages
    assert page.sections[0].blocks == (Block("caf� au lait"),)
    assert source.problems == ["a.md: bytes that are not UTF-8 were replaced and NUL bytes were removed."]


def test_byte_order_mark_and_carriage_returns_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf---\r\ntitle: A\r\n---\r\n```\r\nb\r\nc\r\n```\r\n")
    (page,) = open_source(SourceSpec(tmp_path)).pages
    assert (page.title, page.sections[0].blocks) == ("A", (Block("b\nc", ""),))


def test_empty_page_is_skipped_and_said(tmp_path: Path) -> None:
    source = folder(tmp_path, a="---\ntitle: A\n---\n<!-- b -->\n", b="b")
    assert [page.path for page in source.pages] == ["b.md"]
    assert source.problems == ["a.md: the page holds no text, so it was skipped."]


def test_first_of_two_pages_at_one_url_is_kept(tmp_path: Path) -> None:
    source = folder(tmp_path, a__README="a", a__index="b", c="---\nslug: /a\n---\nc")
    assert [page.path for page in source.pages] == ["a/README.md"]
    assert source.problems[0] == "a/index.md: a/README.md has the same URL, /a, so it was skipped."


def test_partials_hidden_files_and_packages_are_no_pages(tmp_path: Path) -> None:
    source = folder(
        tmp_path,
        a="a",
        _part="b",
        _parts__c="c",
        node_modules__d__e="e",
        **{".hidden__f": "f"},
        g___index="g",
    )
    assert [page.path for page in source.pages] == ["a.md", "g/_index.md"]
    assert source.total == 2


def test_folder_named_like_a_page_is_a_folder(tmp_path: Path) -> None:
    assert [page.path for page in folder(tmp_path, **{"x.md__a": "a"}).pages] == ["x.md/a.md"]


def test_links_are_followed_within_the_folder_only(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("a")
    (tmp_path / "secret.md").write_text("secret")
    (docs / "b.md").symlink_to("a.md")
    (docs / "c.md").symlink_to("../secret.md")
    (docs / "d.md").symlink_to("nowhere.md")
    (docs / "loop").symlink_to(".")
    (docs / "e.md").symlink_to("e.md")
    source = open_source(SourceSpec(docs))
    assert [page.path for page in source.pages] == ["a.md", "b.md"]
    assert [problem.partition(":")[0] for problem in source.problems] == ["c.md", "d.md", "e.md", "loop"]


def test_pipe_and_unreadable_file_do_not_stop_the_others(tmp_path: Path) -> None:
    source = folder(tmp_path, a="a", b="b", c="c")
    (tmp_path / "a.md").unlink()
    (tmp_path / "b.md").unlink()
    os.mkfifo(tmp_path / "b.md")
    assert [page.path for page in source.pages] == ["c.md"]
    assert [problem.split(":")[0] for problem in source.problems] == ["a.md", "b.md"]


def test_pages_are_read_one_by_one(tmp_path: Path) -> None:
    source = folder(tmp_path, a="a", b="b")
    assert next(source.pages).path == "a.md"
    (tmp_path / "b.md").write_text("changed")
    assert next(source.pages).sections[0].blocks == (Block("changed"),)


@pytest.mark.parametrize(
    "text",
    [
        "word " * 40_000,
        "[" * 200_000,
        "{" * 200_000,
        "<A b={" * 30_000,
        "## a " + "<!-- #" * 30_000,
        "<div>" * 10_000 + "x",
        ":::note\n" * 10_000 + "x",
        "/// note\n    a: b\n" * 10_000 + "x",
        "".join(f"{'    ' * depth}!!! note\n" for depth in range(600)) + "x",
        "!!! " + "a " * 100_000 + '"',
        "- <Tab>\n" * 2000 + "x",
        "<A\n" * 30_000,
        "<A b={[\n\n" * 20_000,
        '<A b="\n' * 30_000,
        "<div>\n" + "x <a b={ " * 20_000,
        "{/*\n" * 30_000 + "x",
        "a\n" + "{/*\n" * 30_000 + "*/} x",
        "{ a {\n\n" * 20_000,
        "{'a" * 6_000,
        "import {\n\n" * 20_000,
        "export const a = {\n\n" * 20_000,
        "".join(" " * depth + "- x\n" for depth in range(1000)),
    ],
)
def test_long_lines_and_deep_nesting_are_read(text: str) -> None:
    assert parse_page("page.mdx", text, lambda sentence: None) is not None


@pytest.mark.parametrize("mark", ["- ", "> ", "1. "])
def test_text_nested_too_deep_for_markdown_is_kept(mark: str) -> None:
    assert prose(mark * 10_000 + "needle\n\nafter").endswith(("needle\n\nafter", "needle after"))


def test_page_of_5_megabytes_is_read() -> None:
    part = "## Part\n\n" + "A *paragraph* with `code`. " + "word " * 2000 + "\n\n"
    assert len(read("# Title\n\n" + part * 500).sections) == 500


def test_absurd_nesting_is_refused_in_a_sentence() -> None:
    with pytest.raises(SourceError, match="nest too deep"):
        read("<div>" * 20_000)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(MARKS) | st.text(max_size=5)).map(" ".join),
                 st.lists(st.sampled_from(MARKS)).map("\n".join)))  # fmt: skip
def test_no_text_makes_the_reader_raise(text: str) -> None:
    for path in ("a/b.md", "a/b.mdx"):
        page = parse_page(path, text, lambda sentence: None)
        for section in page.sections if page else ():
            assert "\0" not in section.anchor + "".join(section.heading)
            assert all(block.text.strip() for block in section.blocks)
            "".join(block.text for block in section.blocks).encode()
