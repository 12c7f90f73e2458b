"""What a pull request on the docs is told: docs-preview.sh and preview-comment.sh, and what they refuse.

test_workflow_steps.py runs them as the workflows do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from askdocs.config import root
from tests.fakes import github
from tests.fakes.github import GitHub

HEAD = {"HEAD_OWNER": "fork", "HEAD_BRANCH": "docs/a&b", "HEAD_SHA": "1" * 40}


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github.running() as hub:
        yield hub


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Docs and questions as a pull request leaves them."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "cache.md").write_text("# Cache\n\nAnswers are kept for an hour.")
    (tmp_path / "docs" / "port.md").write_text("# Port\n\nThe server listens on port 8000.")
    asked = {"How long are answers kept?": "cache.md", "Which port does the server listen on?": "port.md"}
    lines = [json.dumps({"question": text, "gold": [{"path": path}]}) for text, path in asked.items()]
    (tmp_path / "questions.jsonl").write_text("\n".join(lines))
    return tmp_path


def preview(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return script(
        "docs-preview.sh", "--docs", f"{site}/docs", "--questions", f"{site}/questions.jsonl", *arguments
    )


def comment(hub: GitHub, *files: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    known = {"GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": github.REPOSITORY, "GITHUB_TOKEN": github.TOKEN}
    return script("preview-comment.sh", *map(str, files), **{**known, **HEAD, **variables})


def script(name: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("askdocs")
    return subprocess.run(
        [root() / "scripts" / name, *arguments],
        env={**os.environ, "ASKDOCS": str(command), "no_proxy": "*", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def result(path: Path, *, answered: bool) -> Path:
    one = {"question": "How?", "answerable": True, "answered": answered, "section": 1, "confidence": 0.8}
    path.write_text(json.dumps({"schema": 1, "results": [one]}))
    return path


def test_dry_run_writes_nothing(site: Path, tmp_path: Path) -> None:
    ended = preview(site, "--to", str(tmp_path / "to"), "--dry-run")

    assert (ended.returncode, (tmp_path / "to").exists()) == (0, False)
    assert "askdocs index" in ended.stderr


def test_everything_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    ended = script("docs-preview.sh", "--docs", str(tmp_path / "a"), "--questions", str(tmp_path / "b"))

    assert ended.returncode == 2
    assert "no docs in" in ended.stderr
    assert "no questions in" in ended.stderr


def test_comment_is_written_once_and_then_kept_up_to_date(hub: GitHub, tmp_path: Path) -> None:
    hub.open_pull(6, owner="somebody", branch="docs/a&b", sha="1" * 40)
    hub.open_pull(7, owner="fork", branch="docs/a&b", sha="1" * 40)
    hub.write(7, "<!-- askdocs docs preview --> not ours", kind="User")
    earlier = result(tmp_path / "earlier.json", answered=True)

    first = comment(hub, result(tmp_path / "now.json", answered=False), earlier)
    second = comment(hub, result(tmp_path / "now.json", answered=True), earlier)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert hub.bodies(6) == []
    theirs, ours = hub.bodies(7)
    assert theirs.endswith("not ours")
    assert "**Newly answers 0, breaks 0 of 1 question**" in ours


def test_pull_request_that_moved_on_gets_no_comment(hub: GitHub, tmp_path: Path) -> None:
    hub.open_pull(7, owner="fork", branch="docs/a&b", sha="2" * 40)

    ended = comment(hub, result(tmp_path / "now.json", answered=True))

    assert (ended.returncode, hub.bodies(7)) == (0, [])
    assert "nothing to write" in ended.stderr


def test_token_that_may_not_is_reported_and_not_shown(hub: GitHub, tmp_path: Path) -> None:
    ended = comment(hub, result(tmp_path / "now.json", answered=True), GITHUB_TOKEN="wrong-token")

    assert (ended.returncode, "GitHub did not take GET" in ended.stderr) == (4, True)
    assert "wrong-token" not in ended.stderr


def test_what_is_no_result_is_not_commented_on(hub: GitHub, tmp_path: Path) -> None:
    hub.open_pull(7, owner="fork", branch="docs/a&b", sha="1" * 40)
    (tmp_path / "now.json").write_text('{"schema": 1, "results": [{"question": "@all"}]}')

    ended = comment(hub, tmp_path / "now.json")

    assert (ended.returncode, hub.bodies(7)) == (2, [])
