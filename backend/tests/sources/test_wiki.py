"""A clone of a GitHub wiki has its pages where GitHub has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.sources import open_source
from askdocs.sources.generators import find
from askdocs.types import Page, SourceSpec, markdown

BASE = "https://github.com/owner/repo/wiki"


@pytest.fixture
def wiki(tmp_path: Path) -> Path:
    pages = {
        "Home.md": "Welcome. Go to [[Getting Started]], [[the FAQ|FAQ#cost]] or [home](Home).\n",
        "Getting-Started.md": "# Before you begin\n\nRead [[Home]].\n\n# Install it\n\n[FAQ](FAQ#cost)\n",
        "FAQ.md": "---\n\n**Cost:** *none*.\n\n---\n\n## Cost\n\n"
        "`[[No Link]]` and [[Missing Page]]. [a](Getting Started) [b](No Page)\n",
        "guides/Deep Page.md": "![x](y.png) [[z.png|alt=A picture]]\n\n[[_TOC_]]\n\n[up](../FAQ.md) Text.\n",
        "_Sidebar.md": "* [[Home]]\n",
        "_Footer.md": "Footer\n",
    }
    for name, text in pages.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def read(root: Path, base_url: str = BASE) -> dict[str, Page]:
    return {page.path: page for page in open_source(SourceSpec(root, base_url=base_url)).pages}


def links(page: Page) -> list[str]:
    blocks = [block for section in page.sections for block in section.blocks]
    return [one.url for block in blocks for one in block.inlines if one.kind == "link"]


def prose(page: Page) -> str:
    return "\n\n".join(markdown(section.blocks) for section in page.sections)


def test_pages_are_where_github_has_them(wiki: Path) -> None:
    assert {path: page.url for path, page in read(wiki).items()} == {
        "Home.md": BASE,
        "Getting-Started.md": f"{BASE}/Getting-Started",
        "FAQ.md": f"{BASE}/FAQ",
        "guides/Deep Page.md": f"{BASE}/Deep-Page",
    }
    assert read(wiki, "")["Home.md"].url == "/"


def test_a_page_is_named_after_its_file(wiki: Path) -> None:
    page = read(wiki)["Getting-Started.md"]

    assert page.title == "Getting Started"
    assert [(section.anchor, section.heading) for section in page.sections] == [
        ("before-you-begin", ("Before you begin",)),
        ("install-it", ("Install it",)),
    ]


def test_text_between_rules_at_the_beginning_is_kept(wiki: Path) -> None:
    assert prose(read(wiki)["FAQ.md"]).startswith("Cost: none.")


def test_links_of_the_wiki_lead_to_pages(wiki: Path) -> None:
    pages = read(wiki)

    assert links(pages["Home.md"]) == [f"{BASE}/Getting-Started", f"{BASE}/FAQ#cost", BASE]
    assert links(pages["Getting-Started.md"]) == [BASE, f"{BASE}/FAQ#cost"]
    assert links(pages["guides/Deep Page.md"]) == [f"{BASE}/FAQ"]
    assert links(pages["FAQ.md"]) == [f"{BASE}/Getting-Started"]


def test_readers_see_the_text_of_links_and_images(wiki: Path) -> None:
    pages = read(wiki)

    assert prose(pages["Home.md"]) == "Welcome. Go to Getting Started, the FAQ or home."
    assert prose(pages["FAQ.md"]).endswith("[[No Link]] and Missing Page. a [b](No Page)")
    assert prose(pages["guides/Deep Page.md"]) == "x A picture\n\nup Text."


def test_a_wiki_is_found_by_its_sidebar_or_the_name_of_its_folder(wiki: Path, tmp_path: Path) -> None:
    assert find(wiki, SourceSpec(wiki)) == "wiki"
    clone = tmp_path / "repo.wiki"
    clone.mkdir()
    (clone / "Home.md").touch()
    assert find(clone, SourceSpec(clone)) == "wiki"
    clone.rename(tmp_path / "docs")
    assert find(tmp_path / "docs", SourceSpec(tmp_path)) == "markdown"


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/owner/repo.wiki.git", BASE),
        ("https://token@github.com/owner/repo.wiki", BASE),
        ("git@github.com:owner/repo.wiki.git", BASE),
        ("https://github.com/owner/repo.git", "/"),
        ("../elsewhere", "/"),
    ],
)
def test_a_clone_knows_its_address(wiki: Path, remote: str, expected: str) -> None:
    (wiki / ".git").mkdir()
    (wiki / ".git" / "config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {remote}\n')

    assert read(wiki, "")["Home.md"].url == expected
