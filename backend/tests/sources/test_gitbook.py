"""A book has the pages that its summary lists, and no syntax of its blocks is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source
from askdocs.sources.generators import find
from askdocs.sources.gitbook_slugs import GitBookSlugs
from askdocs.types import Page, SourceSpec, markdown
from bench import built

SUMMARY = """# Table of contents

* [Welcome](README.md)

## Use it

* [Install **it**](use/install.md)
  * [Deeper \\[1\\]](use/deep/README.md)
- [Elsewhere](https://example.com/a.md)
* [A page](<a page.md#part>)
"""
INSTALL = """# Install it

{% hint style="warning" %}
Close the lid. See [deeper](deep/README.md#part).
{% endhint %}

{% tabs %}
{% tab title="Linux" %}
```bash
apt install tool
```
{% endtab %}

{% tab title="macOS" %}
Use *brew*.
{% endtab %}
{% endtabs %}

{% code title="tool.yml" lineNumbers="true" %}
```yaml
a: 1
```
{% endcode %}

{% embed url="https://example.com/video" %}
A video
{% endembed %}

{% content-ref url="deep/README.md" %}
[README.md](deep/README.md)
{% endcontent-ref %}

{% include "../.gitbook/includes/power.md" %}

{% stepper %}
{% step %}
### First <a href="#one" id="one"></a>

Do it.
{% endstep %}
{% endstepper %}

Write `{% hint %}` or

```
{% hint style="info" %}
```
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    pages = {
        ".gitbook.yaml": "root: ./docs/\nstructure:\n  summary: ./SUMMARY.md\n",
        "docs/SUMMARY.md": SUMMARY,
        "docs/README.md": "---\ndescription: All of it.\n---\n\n# Welcome\n\nText.\n",
        "docs/use/install.md": INSTALL,
        "docs/use/deep/README.md": "# Deeper\n\n## Part\n\nText.\n",
        "docs/a page.md": "Text.\n",
        "docs/unlisted.md": "Text.\n",
        "docs/.gitbook/includes/power.md": "---\ntitle: P\n---\n\nPress the {% key %}button{% endkey %}.\n",
    }
    for name, text in pages.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def read(root: Path) -> dict[str, Page]:
    return {page.path: page for page in open_source(SourceSpec(root)).pages}


def prose(page: Page) -> str:
    return "\n\n".join(markdown(section.blocks) for section in page.sections)


def test_pages_are_those_of_the_summary(book: Path) -> None:
    assert {page.url: page.title for page in read(book).values()} == {
        "/": "Welcome",
        "/use/install": "Install it",
        "/use/deep": "Deeper [1]",
        "/a%20page": "A page",
    }


def test_without_a_summary_all_pages_are_read(book: Path) -> None:
    (book / ".gitbook.yaml").write_text("root: docs\n")
    (book / "docs" / "SUMMARY.md").unlink()

    assert len(read(book)) == 5


def test_readers_see_what_blocks_enclose(book: Path) -> None:
    text = prose(read(book)["use/install.md"])

    assert "Warning\nClose the lid. See deeper." in text
    assert "Linux:\n\n```bash\napt install tool\n```" in text
    assert "macOS:\nUse brew." in text
    assert "tool.yml\n\n```yaml\na: 1\n```" in text
    assert "A video\n\nDeeper [1]\n\nPress the button." in text
    assert "Write {% hint %} or" in text
    assert '```\n{% hint style="info" %}\n```' in text
    sections = {section.anchor: section for section in read(book)["use/install.md"].sections}
    assert list(built.leftover(sections[""].blocks)) == []
    assert sections["one"].heading == ("First",)


def test_older_books_have_files_for_pages(book: Path) -> None:
    (book / ".gitbook.yaml").unlink()
    (book / "docs" / "book.json").write_text("{}")

    (book / "docs" / "README.md").write_text(
        "# Welcome\n\n## Über *größe* & C++\n\n## snake_case\n\n## B\n\n## B\n"
    )

    pages = read(book / "docs")

    assert {page.url for page in pages.values()} >= {"/", "/use/install.html", "/use/deep/"}
    anchors = [section.anchor for section in pages["README.md"].sections]
    assert anchors == ["über-größe--c", "snakecase", "b", "b"]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Install the tool", "install-the-tool"),
        ("⏱️ Hang Detection", "hang-detection"),
        ("Authentication 🔑", "authentication"),
        ("C API (BugSplatC.h)", "c-api-bugsplatc.h"),
        ("1. Begin", "id-1.-begin"),
        ("A - B", "a-b"),
        ("Größe", "grosse"),
        ("会话变量", ""),
    ],
)
def test_anchors_are_those_of_published_books(heading: str, anchor: str) -> None:
    assert GitBookSlugs().slug(heading) == anchor


def test_second_heading_of_one_name_is_numbered() -> None:
    slugs = GitBookSlugs()
    assert [slugs.slug("A"), slugs.slug("A"), slugs.slug("会"), slugs.slug("会")] == ["a", "a-1", "", ""]


def test_settings_that_name_nothing_are_errors(book: Path) -> None:
    for settings in ("root: ../..", "root: missing", "structure: {summary: b.md}", "root: [", "- a"):
        (book / ".gitbook.yaml").write_text(settings)
        if settings == "- a":
            (book / "SUMMARY.md").write_text("* [A](docs/README.md)")
            assert [page.url for page in read(book).values()] == ["/docs"]
        else:
            with pytest.raises(SourceError):
                read(book)


def test_a_book_is_found_by_its_summary_or_settings(book: Path) -> None:
    assert find(book, SourceSpec(book)) == "gitbook"
    assert find(book / "docs", SourceSpec(book)) == "gitbook"
