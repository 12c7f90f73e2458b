"""askdocs.yaml is read as it is meant, or refused with file, line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.config import read_site_file
from askdocs.errors import ConfigError
from askdocs.types import SourceSpec

FULL = """\
site: handbook
key: handbook-key
origins:
  - https://docs.example.com
sources:
  - path: docs
    # comments, and keys without a value, are as if they were not there
    exclude:
    #  - drafts/
  - name: blog
    path: ../blog/build
    kind: html
    base_url: https://example.com/blog
    url_style: slash
    include: ["20*/"]
    exclude: ["**/tags/"]
    version: "1.10"
    locale: en
    weight: 0.5
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refusal(text: str | bytes) -> str:
    Path("askdocs.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ConfigError) as raised:
        read_site_file(Path("askdocs.yaml"))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_file_says_all_that_there_is_to_a_source(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "askdocs.yaml").write_text(FULL)

    read = read_site_file(Path("sub/askdocs.yaml"))

    assert (read.site, read.key) == ("handbook", "handbook-key")
    assert read.origins == ("https://docs.example.com",)
    assert read.sources == (
        SourceSpec(tmp_path / "sub" / "docs"),
        SourceSpec(
            tmp_path / "sub" / "../blog/build",
            name="blog",
            kind="html",
            base_url="https://example.com/blog",
            url_style="slash",
            include=("20*/",),
            exclude=("**/tags/",),
            version="1.10",
            locale="en",
            weight=0.5,
        ),
    )


def test_path_is_all_that_a_source_needs() -> None:
    Path("askdocs.yaml").write_text("sources: [{path: .}]")

    read = read_site_file(Path("askdocs.yaml"))

    assert (read.site, read.origins, [one.name for one in read.sources]) == ("docs", (), [""])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "askdocs.yaml:1: a site's file is written as 'key: value', with 'sources' at least"),
        ("- docs", "askdocs.yaml:1: a site's file is written as 'key: value', with 'sources' at least"),
        ("site: docs", "askdocs.yaml:1: sources is missing"),
        ("site: docs\nsources: []", "askdocs.yaml:2: sources: tuple should have at least 1 item"),
        ("sources: docs", "askdocs.yaml:1: sources: should be a list"),
        ("sources:\n  - name: docs", "askdocs.yaml:2: sources.0.path is missing"),
        (
            "sources:\n  - path: a\n    exlude: [b]",
            "askdocs.yaml:3: unknown key 'sources.0.exlude'; the nearest is 'sources.0.exclude'",
        ),
        ("source:\n  - path: a", "askdocs.yaml:1: unknown key 'source'; the nearest is 'sources'"),
        (
            "sources:\n  - path: a\n    version: 1.10",
            "askdocs.yaml:3: sources.0.version: this is no text in YAML: write it in quotes",
        ),
        (
            "sources:\n  - path: a\n    locale: no",
            "askdocs.yaml:3: sources.0.locale: this is no text in YAML: write it in quotes",
        ),
        ("sources:\n  - path: a\n    exclude: b", "askdocs.yaml:3: sources.0.exclude: should be a list"),
        ("sources:\n  - path: a\n    kind: jekyll", "askdocs.yaml:3: sources.0.kind: input should be"),
        ("sources:\n  - path: a\n    weight: 0", "askdocs.yaml:3: sources.0.weight: input should be greater"),
        ("sources:\n  - path: a\n    name: a:b", "askdocs.yaml:3: sources.0.name: 'a:b' does not fit"),
        (
            "sources:\n  - path: a\n    base_url: docs.example.com",
            "askdocs.yaml:3: sources.0.base_url: 'docs.example.com' does not fit: it is written as https://",
        ),
        (
            "origins:\n  - https://a.org\n  - https://a.org/docs\nsources: [{path: a}]",
            "askdocs.yaml:3: origins.1: 'https://a.org/docs' does not fit: it is written as https://",
        ),
        (
            "sources:\n  - path: a\n    name: x\n  - path: b\n    name: x",
            "askdocs.yaml:4: sources.1 is named x, as the one in askdocs.yaml:2",
        ),
        (
            "sources:\n  - path: a\n  - path: b",
            "askdocs.yaml:3: sources.1 has no name, nor has the one in askdocs.yaml:2",
        ),
        ("key: a b\nsources: [{path: a}]", "askdocs.yaml:1: key: 'a b' does not fit"),
        ("sources: [{path: a}]\nsources: []", "askdocs.yaml:2: 'sources' stands in line 1 already"),
        ("sources:\n  - path: [a", "askdocs.yaml:3: broken YAML"),
        (b"\xff\xfe\xfa", "askdocs.yaml: cannot be read: it is not UTF-8"),
        ("\x00\x01", "askdocs.yaml: broken YAML"),
    ],
)
def test_garbage_is_refused_where_it_stands(text: str | bytes, said: str) -> None:
    assert refusal(text).startswith(said)
