"""A source is opened for what it is, or refused in one sentence with a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from askdocs.errors import SourceError
from askdocs.sources import generators, open_source
from askdocs.types import Generator, SourceSpec, UrlStyle


def refusal(path: Path) -> SourceError:
    with pytest.raises(SourceError) as raised:
        open_source(SourceSpec(path))
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
        open_source(SourceSpec(tmp_path, base_url=base))


@pytest.mark.parametrize("base", ["https://docs.example.com", "http://127.0.0.1:3000/guide/", "/guide"])
def test_address_stands_before_every_page(tmp_path: Path, base: str) -> None:
    (tmp_path / "a.md").write_text("a")
    assert [page.url for page in open_source(SourceSpec(tmp_path, base_url=base)).pages] == [
        f"{base.rstrip('/')}/a"
    ]


def test_larger_part_of_a_folder_decides(tmp_path: Path) -> None:
    for name in ("a.md", "b.MDX", "c.html"):
        (tmp_path / name).write_text("<p>text")
    assert open_source(SourceSpec(tmp_path)).kind == "markdown"
    (tmp_path / "index.html").write_text("<p>text")
    assert open_source(SourceSpec(tmp_path)).kind == "html"


def test_pages_keep_their_order(tmp_path: Path) -> None:
    for name in ("b.md", "a/z.md", "a.md", "a/b.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert [page.path for page in open_source(SourceSpec(tmp_path)).pages] == [
        "a/b.md",
        "a/z.md",
        "a.md",
        "b.md",
    ]


def written(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\n\nText.")
    return folder


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        ((), ("blog/",), ["a/b.md", "index.md", "x.draft.md"]),
        ((), ("*.draft.md", "/a/*"), ["blog/one.md", "index.md"]),
        (("a/", "blog/**"), ("one.md",), ["a/b.md"]),
        (("*", "!blog/**"), (), ["a/b.md", "index.md", "x.draft.md"]),
    ],
)
def test_patterns_choose_pages(
    tmp_path: Path, include: tuple[str, ...], exclude: tuple[str, ...], left: list[str]
) -> None:
    written(tmp_path, "a/b.md", "blog/one.md", "index.md", "x.draft.md")
    source = open_source(SourceSpec(tmp_path, include=include, exclude=exclude))
    assert [page.path for page in source.pages] == left
    assert source.total == len(left)


def test_patterns_that_choose_nothing_are_refused(tmp_path: Path) -> None:
    written(tmp_path, "a.md")
    with pytest.raises(SourceError, match="holds nothing to index that the patterns choose"):
        open_source(SourceSpec(tmp_path, include=("docs/",)))


def test_pattern_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "a.md")
    with pytest.raises(SourceError, match=r"These patterns cannot be read: !\."):
        open_source(SourceSpec(tmp_path, exclude=("!",)))


@pytest.mark.parametrize(
    ("style", "urls"),
    [
        ("clean", ["/a/b", "/a", "/"]),
        ("html", ["/a/b.html", "/a/", "/"]),
        ("slash", ["/a/b/", "/a/", "/"]),
    ],
)
@pytest.mark.parametrize("suffix", ["md", "html"])
def test_addresses_are_written_in_the_style_of_the_site(
    tmp_path: Path, suffix: str, style: UrlStyle, urls: list[str]
) -> None:
    written(tmp_path, *(f"{name}.{suffix}" for name in ("a/b", "a/index", "index")))
    source = open_source(SourceSpec(tmp_path, base_url="https://x.org/v", url_style=style))
    assert [page.url for page in source.pages] == [f"https://x.org/v{url}" for url in urls]


def test_settings_of_a_source_hold_for_all_its_pages(tmp_path: Path) -> None:
    written(tmp_path, "a.md")
    (page,) = open_source(SourceSpec(tmp_path, name="api", version="2", locale="de")).pages
    assert (page.source, page.path) == ("api", "api:a.md")
    assert (page.version, page.locale, page.language) == ("2", "de", "de")


def test_every_kind_that_settings_may_name_is_read() -> None:
    assert generators.READERS.keys() == set(get_args(Generator))


def test_kind_that_is_named_is_not_looked_for(tmp_path: Path) -> None:
    written(tmp_path, "index.html", "a.md")
    assert open_source(SourceSpec(tmp_path, kind="markdown")).kind == "markdown"
    with pytest.raises(SourceError, match=r"holds no docs-manifest\.json"):
        open_source(SourceSpec(tmp_path, kind="docusaurus"))
