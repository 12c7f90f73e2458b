"""`askdocs rollback-sites`, as rollback.sh calls it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands import Command


def publish_twice(askdocs: Command, docs: Path, site: str) -> None:
    for edition in (1, 2):
        (docs / "cache.md").write_text(f"# Cache\n\nEdition {edition}.")
        assert askdocs("index", str(docs), "--site", site).code == 0


def live(askdocs: Command, site: str) -> int:
    listing = json.loads(askdocs("revisions", "--site", site, "--json").out)
    return int(next(one["number"] for one in listing if one["live"]))


def test_several_sites_go_back_and_once_more_does_no_harm(askdocs: Command, docs: Path) -> None:
    askdocs("site", "add", "handbook", "--origin", "https://docs.test")
    for site in ("docs", "handbook"):
        publish_twice(askdocs, docs, site)
    for _ in range(2):
        done = askdocs("rollback-sites", "docs=1", "handbook=1")
        assert done.code == 0, done.err
        assert done.out == "docs is at revision 1.\nhandbook is at revision 1.\n"
        assert [live(askdocs, site) for site in ("docs", "handbook")] == [1, 1]


def test_site_that_cannot_go_back_does_not_keep_others_from_it(askdocs: Command, docs: Path) -> None:
    publish_twice(askdocs, docs, "docs")
    done = askdocs("rollback-sites", "gone=1", "docs=1")
    assert done.code == 3
    assert "gone stays where it is" in done.err
    assert live(askdocs, "docs") == 1
    swept = askdocs("rollback-sites", "docs=99")
    assert swept.code == 3
    assert "There is no revision 99" in swept.err


def test_unreadable_target_is_wrong_input(askdocs: Command) -> None:
    assert askdocs("rollback-sites", "docs").code == 2
