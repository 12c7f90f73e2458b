"""A dialect decides what of a folder is a page, what it says, where it is and how its anchors are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from askdocs.sources import markdown
from askdocs.sources.dialects import Dialect
from askdocs.sources.frontmatter import FrontMatter
from askdocs.sources.pages import Note
from askdocs.sources.slugs import Slugs
from askdocs.types import SourceSpec, UrlStyle


@dataclass
class Numbers:
    made: list[str] = field(default_factory=list)

    def slug(self, heading: str) -> str:
        self.made.append(heading)
        return f"s{len(self.made)}"


class Numbered(Dialect):
    """Pages are numbered and their headings too; {{ name }} is the file's."""

    url_style: UrlStyle = "slash"

    def is_page(self, path: str) -> bool:
        return "part" not in path

    def prepare(self, path: str, text: str, matter: FrontMatter, note: Note) -> str:
        note("a name was filled in.")
        return text.replace("{{ name }}", path)

    def address(self, path: str, matter: FrontMatter) -> str | None:
        return None if matter.flag("hidden") else f"/n{len(path)}"

    def title(self, path: str, matter: FrontMatter) -> str:
        return f"Page {path}"

    def slugs(self) -> Slugs:
        return Numbers()


def test_dialect_is_asked_for_all_that_it_decides(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\nx: y\n---\n# {{ name }}\n\nSee [b](bb.md), [c](ccc.md).\n\n## Two\n\nT."
    )
    (tmp_path / "bb.md").write_text("Text.")
    (tmp_path / "ccc.md").write_text("---\nhidden: true\n---\nText.")
    (tmp_path / "part.md").write_text("Text.")

    source = markdown.open_folder(tmp_path, SourceSpec(tmp_path), Numbered(), kind="hugo")
    first, second = source.pages

    assert source.kind == "hugo"
    assert source.total == 3
    assert (first.url, first.title, second.url) == ("/n4/", "Page a.md", "/n5/")
    assert [section.heading for section in first.sections] == [(), ("Two",)]
    assert [section.anchor for section in first.sections] == ["", "s2"]
    assert [one.url for block in first.sections[0].blocks for one in block.inlines] == ["/n5/"]
    assert source.problems == ["a.md: a name was filled in.", "bb.md: a name was filled in."]
