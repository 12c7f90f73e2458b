"""A built Docusaurus site is read by its manifests. The fixture is real output, without its scripts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.types import Block, Inline, Page, PageKind, Section, SourceSpec, markdown

SITE = Path(__file__).parents[1] / "fixtures" / "sources" / "docusaurus"
SINK = "docs/next/guides/sink/index.html"
PLAIN = "docs/next/guides/plain/index.html"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return shutil.copytree(SITE, tmp_path / "build")


def sink_section(anchor: str) -> Section:
    (page,) = (page for page in open_source(SourceSpec(SITE)).pages if page.path == SINK)
    (section,) = (section for section in page.sections if section.anchor == anchor)
    return section


def sink_text(anchor: str) -> str:
    return markdown(sink_section(anchor).blocks)


def edit(site: Path, change: dict[str, Any], *, page: int | None = None) -> None:
    """Change the manifest, or one of its pages."""
    manifest = json.loads((site / "docs-manifest.json").read_text())
    (manifest if page is None else manifest["pages"][page]).update(change)
    (site / "docs-manifest.json").write_text(json.dumps(manifest))


def only(site: Path, **change: object) -> list[Page]:
    """The pages of a manifest that names only the plain page, changed."""
    manifest = json.loads((site / "docs-manifest.json").read_text())
    page = next(page for page in manifest["pages"] if page["file"] == PLAIN)
    shutil.rmtree(site / "de")
    edit(site, {"pages": [page, page | change]})
    return list(open_source(SourceSpec(site)).pages)


def test_pages_of_all_versions_and_locales_are_read() -> None:
    source = open_source(SourceSpec(SITE))
    pages = {page.path: page for page in source.pages}
    assert (source.kind, source.total, source.problems) == ("docusaurus", len(pages), [])
    assert (source.default_version, source.default_locale) == ("1.0.0", "en")
    assert {(page.version, page.locale) for page in pages.values()} == {
        ("current", "en"),
        ("1.0.0", "en"),
        ("current", "de"),
        ("1.0.0", "de"),
    }
    german = pages["de/docs/next/intro/index.html"]
    assert (german.url, german.title, german.language) == ("/de/docs/next/intro", "Einführung", "de")
    assert german.sections[1].blocks == (Block("Führe dies aus."),)


def test_untranslated_page_tells_its_language() -> None:
    pages = {page.path: page for page in open_source(SourceSpec(SITE)).pages}
    assert (pages[f"de/{PLAIN}"].locale, pages[f"de/{PLAIN}"].language) == ("de", "en")


def test_unlisted_page_is_left_out() -> None:
    assert not [page for page in open_source(SourceSpec(SITE)).pages if "hidden" in page.path]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"docId": "guides/plain"}, "docs"),
        ({"docId": "contributing/setup"}, "contributing"),
        ({"docId": "why", "sidebar": ["Project", "Design decisions", "Why"]}, "contributing"),
        ({"docId": None, "source": "@site/blog/2026-01-31-out.md"}, "blog"),
        ({"docId": None, "source": "@site/src/pages/index.tsx"}, "landing"),
        ({"docId": None, "source": "@site/src/pages/support.md"}, "docs"),
        ({"docId": None, "source": ""}, "landing"),
    ],
)
def test_kind_of_a_page_is_told_by_its_plugin_and_its_place(
    site: Path, entry: dict[str, Any], kind: PageKind
) -> None:
    manifest = json.loads((site / "docs-manifest.json").read_text())
    plain = next(page for page in manifest["pages"] if page["file"] == PLAIN)
    shutil.rmtree(site / "de")
    edit(site, {"pages": [plain | {"sidebar": []} | entry]})

    (page,) = open_source(SourceSpec(site)).pages

    assert page.kind == kind


def test_base_url_stands_before_every_address() -> None:
    page = next(open_source(SourceSpec(SITE, base_url="https://x.org/")).pages)
    assert page.url.startswith("https://x.org/docs/next/")


def test_sections_have_the_anchors_of_the_page() -> None:
    (page,) = (page for page in open_source(SourceSpec(SITE)).pages if page.path == SINK)
    assert (page.title, page.description) == ("Kitchen sink", "Every kind of markup.")
    assert [(section.anchor, section.heading) for section in page.sections] == [
        ("", ()),
        ("my-custom-id", ("The --flag option of run()",)),
        ("überraschung--c-code-heading", ("Überraschung & C++ code heading",)),
        ("tabs", ("Tabs",)),
        ("code", ("Code",)),
        ("table", ("Table",)),
        ("details", ("Details",)),
        ("lists", ("Lists",)),
        ("deep-heading", ("Lists", "Deep heading")),
        ("comment-id", ("Lists", "Deep heading", "Deeper")),
        ("imported-heading", ("Imported heading",)),
        ("footnote-label", ("Footnotes",)),
    ]


def test_introduction_is_free_of_the_theme() -> None:
    code = Inline("code", 18, 28)
    assert sink_section("").blocks == (Block("The page in which everything stands.", inlines=(code,)),)


def test_admonitions_keep_their_titles() -> None:
    assert sink_text("überraschung--c-code-heading") == (
        "note\nA note without a title.\n\nMind the gap\nA tip with a title.\n\n"
        "warning\nOuter.\n\nInner\nNested."
    )


def test_all_tabs_are_read_with_their_labels() -> None:
    assert sink_text("tabs") == (
        "npm:\nUse npm here.\n\n```bash\nnpm add x\n```\n\n"
        "Yarn:\nUse Yarn here.\n\nInner A:\nAlpha text.\n\nInner B:\nBeta text."
    )


def test_code_keeps_lines_language_and_title() -> None:
    title, typescript, unnamed, python = sink_section("code").blocks
    assert title == Block("src/index.ts")
    assert typescript.language == "ts"
    assert typescript.text.split("\n")[:2] == ["const a: string = 'x';", ""]
    assert typescript.text.endswith("{\n  console.log(`<${a}>`); // indented\n}")
    assert unnamed == Block("no language", "")
    assert python == Block('print("from a component")', "py")


def test_table_details_and_lists_are_readable() -> None:
    assert sink_text("table").split("\n") == [
        "| Name | Type | Default |",
        "| --- | --- | --- |",
        "| path | string | 'docs' |",
        "| tags | string | false | undefined |",
    ]
    assert sink_text("details") == "Open me\nHidden until opened.\n\n- one\n- two"
    assert sink_text("lists") == (
        "1. First\n2. Second\n  - nested a\n  - nested b\n    With a paragraph.\n3. Third\n\n"
        "```js\nthird();\n```\n\n- [x] done\n- [ ] to do"
    )


def test_partials_and_components_are_read_and_hidden_text_is_not() -> None:
    assert (
        sink_text("imported-heading") == "This text comes from a partial.\n\nHello from a component, reader!"
    )


def test_page_of_cards_is_read() -> None:
    (page,) = (page for page in open_source(SourceSpec(SITE)).pages if "category" in page.path)
    assert (page.title, page.sections[0].blocks) == ("All guides", (Block("Where to go next."),))


def test_folder_of_the_sources_leads_to_its_build(site: Path) -> None:
    assert open_source(SourceSpec(site.parent)).location == str(site.resolve())


def test_changed_file_is_read_as_it_is_and_said(site: Path) -> None:
    (site / PLAIN).write_text("<main><p>Changed.</main>")
    source = open_source(SourceSpec(site))
    (page,) = (page for page in source.pages if page.path == PLAIN)
    assert page.sections[0].blocks == (Block("Changed."),)
    assert source.problems == [
        f"{PLAIN}: the file has changed since the manifest was written; it is indexed as it is now."
    ]


def test_missing_and_empty_files_are_skipped_and_said(site: Path) -> None:
    (site / PLAIN).unlink()
    (site / SINK).write_text("")
    edit(site, {"sha256": ""}, page=2)
    source = open_source(SourceSpec(site))
    assert {page.path for page in source.pages}.isdisjoint({PLAIN, SINK})
    assert f"{PLAIN}: there is no such file, so the page was skipped." in source.problems
    assert f"{SINK}: the page holds no text, so it was skipped." in source.problems


@pytest.mark.parametrize(
    "file", ["../secret.html", "/etc/passwd", "a/../../secret.html", "link.html", "up/secret.html"]
)
def test_manifest_does_not_lead_out_of_the_folder(site: Path, file: str) -> None:
    (site.parent / "secret.html").write_text("<p>secret")
    (site / "link.html").symlink_to(site.parent / "secret.html")
    (site / "up").symlink_to(site.parent)
    edit(site, {"file": file}, page=1)
    source = open_source(SourceSpec(site))
    assert "secret" not in str(list(source.pages))
    assert [problem for problem in source.problems if "leads out of the site's folder" in problem]


@pytest.mark.parametrize("file", ["docs", "docs\0", "x" * 5000, "docs/next/guides/plain/index.html/x", "\\"])
def test_odd_file_names_are_skipped_and_said(site: Path, file: str) -> None:
    edit(site, {"file": file}, page=1)
    source = open_source(SourceSpec(site))
    assert len(list(source.pages)) == source.total - 1
    assert len(source.problems) == 1


def test_duplicates_are_skipped_and_said(site: Path) -> None:
    edit(site, {"url": "/docs/next/guides/plain"}, page=2)
    edit(site, {"file": PLAIN}, page=3)
    source = open_source(SourceSpec(site))
    paths = [page.path for page in source.pages]
    assert PLAIN in paths
    assert len(paths) == len(set(paths)) == source.total - 1
    assert len(source.problems) == 2


@pytest.mark.parametrize("page", [{"file": 1}, {"url": None}, {"url": "javascript:x"}, {"url": "//x.org/"}])
def test_ill_typed_entries_are_skipped_and_said(site: Path, page: dict[str, Any]) -> None:
    edit(site, page, page=1)
    source = open_source(SourceSpec(site))
    assert [problem for problem in source.problems if problem.endswith("so it was skipped.")]
    assert list(source.pages)


def test_optional_fields_may_be_missing_or_ill_typed(site: Path) -> None:
    edit(
        site,
        {"pages": [{"file": PLAIN, "url": "/a", "title": 1, "sha256": []}], "versions": 3, "locale": None},
    )
    shutil.rmtree(site / "de")
    (page,) = open_source(SourceSpec(site)).pages
    assert (page.title, page.url, page.version, page.locale) == ("Plain title", "/a", "", "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\xff", "is not JSON"),
        ("[]", "lists no pages"),
        ('{"schema": 1, "pages": 3}', "lists no pages"),
        ('{"schema": 2, "pages": []}', "has schema 2"),
        ('{"schema": 1, "pages": []}', "names no page to index"),
    ],
)
def test_broken_manifest_is_refused_with_a_fix(site: Path, text: str, message: str) -> None:
    (site / "docs-manifest.json").write_text(text, encoding="latin-1")
    shutil.rmtree(site / "de")
    with pytest.raises(SourceError, match=message) as raised:
        open_source(SourceSpec(site))
    assert raised.value.fix
