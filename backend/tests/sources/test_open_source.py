"""A source is opened for what it is, or refused in one sentence with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.errors import SourceError
from askdocs.sources import open_source


def refusal(path: Path) -> SourceError:
    with pytest.raises(SourceError) as raised:
        open_source(path)
    assert raised.value.fix
    assert "\n" not in str(raised.value)
    return raised.value


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    assert str(refusal(tmp_path / "nowhere")) == f"There is no folder {tmp_path / 'nowhere'}."


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000, "loop"])
def test_impossible_path_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert "There is no folder" in str(refusal(tmp_path / name))


def test_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    error = refusal(tmp_path / "a.md")
    assert str(error).endswith("a.md is a file, not a folder.")
    assert str(tmp_path) in error.fix


def test_folder_without_pages_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / ".b.md").write_text("b")
    assert "holds no Markdown and no HTML" in str(refusal(tmp_path))


@pytest.mark.parametrize(
    "base", ["docs.example.com", "ftp://docs.example.com", "https://", "https://[", "https://a/?b"]
)
def test_address_that_readers_cannot_follow_is_refused(tmp_path: Path, base: str) -> None:
    (tmp_path / "a.md").write_text("a")
    with pytest.raises(SourceError, match="not an address"):
        open_source(tmp_path, base_url=base)


@pytest.mark.parametrize("base", ["https://docs.example.com", "http://127.0.0.1:3000/guide/", "/guide"])
def test_address_stands_before_every_page(tmp_path: Path, base: str) -> None:
    (tmp_path / "a.md").write_text("a")
    assert [page.url for page in open_source(tmp_path, base_url=base).pages] == [f"{base.rstrip('/')}/a"]


def test_larger_part_of_a_folder_decides(tmp_path: Path) -> None:
    for name in ("a.md", "b.MDX", "c.html"):
        (tmp_path / name).write_text("<p>text")
    assert open_source(tmp_path).kind == "markdown"
    (tmp_path / "index.html").write_text("<p>text")
    assert open_source(tmp_path).kind == "html"


def test_pages_keep_their_order(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.md", "a.md", "a/b.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert [page.path for page in open_source(tmp_path).pages] == ["a/b.md", "a/z.md", "a.md", "b.md"]
