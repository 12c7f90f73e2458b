"""`askdocs index` reads a site's file or what its options describe; it says what it did, and what not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import Command

FILE = """\
site: handbook
origins: [https://docs.test]
sources:
  - path: docs
    name: docs
    exclude: ["*.draft.md"]
  - path: blog
    name: blog
    base_url: https://docs.test/blog
    weight: 0.5
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a site's file and the docs that it names."""
    root = tmp_path / "repository"
    for name in ("docs/cache", "docs/keys", "docs/new.draft", "blog/cache"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.md").write_text(f"# {name}\n\nAnswers are kept by {name}.")
    (root / "askdocs.yaml").write_text(FILE)
    monkeypatch.chdir(root)
    return root


def test_file_in_the_working_folder_says_what_is_published(askdocs: Command) -> None:
    done = askdocs("index")

    assert done.code == 0, done.err
    assert "Revision 1 is live. Pages: 3 added" in done.out
    assert "handbook" in askdocs("site", "list").out
    assert askdocs("index").out.startswith("Nothing changed")


def test_one_source_alone(askdocs: Command, folder: Path) -> None:
    askdocs("index")
    (folder / "docs" / "cache.md").write_text("# Cache\n\nChanged.")
    (folder / "blog" / "cache.md").write_text("# Cache\n\nChanged, too.")

    done = json.loads(askdocs("index", "--only", "blog", "--json").out)

    assert (done["revision"], done["changed"], done["unchanged"]) == (2, 1, 0)
    unknown = askdocs("index", "--only", "news")
    assert (unknown.code, "has no source named news" in unknown.err) == (2, True)
    assert "docs, blog" in unknown.err


def test_dry_run_lists_what_would_change(askdocs: Command, folder: Path) -> None:
    askdocs("index")
    (folder / "docs" / "cache.md").write_text("# Cache\n\nChanged.")
    (folder / "docs" / "added.md").write_text("# Added\n\nNew.")
    (folder / "docs" / "keys.md").unlink()
    (folder / "docs" / "empty.md").write_text("")

    told = askdocs("index", "--dry-run")

    assert told.code == 0
    assert told.out.startswith("+ docs:added.md\n~ docs:cache.md\n- docs:keys.md\nNothing was published")
    assert "docs:empty.md: the page holds no text" in told.err
    assert "Revision 2 is live" in askdocs("index").out


def test_strict_run_that_skips_a_page_fails(askdocs: Command, folder: Path) -> None:
    (folder / "docs" / "empty.md").write_text("")

    failed = askdocs("index", "--strict")

    assert failed.code == 1
    assert (
        "1 pages were skipped, so nothing was published. docs:empty.md: the page holds no text" in failed.err
    )
    assert json.loads(askdocs("revisions", "--site", "handbook", "--json").out)[0]["state"] == "failed"


def test_options_describe_one_source(askdocs: Command) -> None:
    described = ("--base-url", "/", "--url-style", "html", "--exclude", "keys.md", "--docs-version", "2")
    askdocs("index", "docs", "--name", "guide", "--include", "*.md", *described)

    found = json.loads(askdocs("search", "answers kept by the cache", "--json").out)

    assert {hit["path"]: hit["url"] for hit in found} == {
        "guide:cache.md": "/cache.html",
        "guide:new.draft.md": "/new.draft.html",
    }
    assert {hit["version"] for hit in found} == {"2"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base-url", "/"), "Options that describe a source need one"),
        (("docs", "--only", "docs"), "--only chooses among the sources of askdocs.yaml"),
        (("docs", "--name", "a:b"), "a:b cannot be the name of a source"),
        (("docs", "--url-style", "odd"), "--url-style"),
        (("docs", "--exclude", "!"), "These patterns cannot be read"),
        (("docs", "--exclude", "*"), "holds nothing to index that the patterns choose"),
        (("other.yaml",), "There is no other.yaml"),
    ],
)
def test_what_makes_no_sense_is_refused(askdocs: Command, arguments: tuple[str, ...], said: str) -> None:
    refused = askdocs("index", *arguments)

    assert (refused.code, said in refused.err) == (2, True), refused.err


def test_without_source_and_file_both_are_named(askdocs: Command, folder: Path) -> None:
    (folder / "askdocs.yaml").unlink()

    refused = askdocs("index")

    assert refused.code == 2
    assert "No SOURCE was named, and there is no askdocs.yaml here." in refused.err
    assert "askdocs index ./docs" in refused.err


def test_origin_that_the_site_lacks_is_told_with_the_command(askdocs: Command) -> None:
    askdocs("site", "add", "handbook", "--origin", "https://old.test")

    done = askdocs("index")

    assert done.code == 0
    assert "handbook: questions from https://docs.test are refused" in done.err
    assert (
        "askdocs site set-origins handbook --origin https://old.test --origin https://docs.test" in done.err
    )


def test_second_folder_is_refused_and_told_how_to_be_added(askdocs: Command) -> None:
    askdocs("index", "docs")

    refused = askdocs("index", "blog", "--exclude", "cache.md", "--include", "*")
    assert refused.code == 2
    refused = askdocs("index", "blog", "--base-url", "/blog")

    assert refused.code == 3
    assert "of 3 published pages are missing from the source" in refused.err
    assert "--name NAME" in refused.err
    assert askdocs("index", "blog", "--name", "blog", "--base-url", "/blog").code == 0


def test_dry_run_of_a_site_that_is_not_there_makes_none(askdocs: Command) -> None:
    told = askdocs("index", "--dry-run")

    assert (told.code, told.out.count("+ ")) == (0, 3), told.err
    assert "handbook" not in askdocs("site", "list").out
