"""The steps of the workflows, run as they are written, in their order, on small docs.

Left out are what `make test` itself does (make, docker, packages) and others' actions, whose work is done
here: an artifact or a cache is a folder that stays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from askdocs.config import root
from tests.fakes import github
from tests.fakes.github import GitHub
from tests.operate.stage import KEY, NEWER, ORIGIN, REPOSITORY, Stage

ELSEWHERE = ("make ", "sudo ", "docker ")
PAGE = "docs/next/start/index.html"


def steps(workflow: str, job: str) -> dict[str, dict[str, Any]]:
    """The job's commands by the names of their steps."""
    found = yaml.safe_load((root() / f".github/workflows/{workflow}.yml").read_text())["jobs"][job]
    return {
        step["name"]: step
        for step in found["steps"]
        if "run" in step and not step["run"].startswith(ELSEWHERE)
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What actions/checkout and `make site` leave, with one page as the docs."""
    top = tmp_path / "checkout"
    (top / "website" / "build" / "docs" / "next" / "start").mkdir(parents=True)
    (top / "website" / "eval").mkdir()
    for name in ("scripts", "backend", "config", "deploy.sh", "rollback.sh", "backup.sh"):
        (top / name).symlink_to(root() / name)
    asked = {"question": "How do I get started?", "gold": [{"path": PAGE}]}
    (top / "website" / "eval" / "questions.jsonl").write_text(json.dumps(asked))
    write(top, "To get started, install the program.")
    return top


def write(checkout: Path, text: str) -> None:
    page = f"<!doctype html><title>Start</title><main><h1>Getting started</h1><p>{text}</p></main>"
    (checkout / "website" / "build" / PAGE).write_text(page)


def run(step: Mapping[str, Any], checkout: Path, environment: Mapping[str, str]) -> str:
    """Run a step as a runner does, and return what it printed."""
    ended = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=checkout,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, f"{step['run']}\n{ended.stdout}"
    return ended.stdout


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github.running() as hub:
        yield hub


def test_pull_request_is_measured_against_main_and_told(hub: GitHub, checkout: Path) -> None:
    hub.open_pull(7, owner="fork", branch="docs", sha="1" * 40)
    command = str(Path(sys.executable).with_name("askdocs"))
    environment = {**os.environ, "ASKDOCS": command, "no_proxy": "*", "RUNNER_TEMP": f"{checkout}/artifacts"}
    measure = steps("docs-preview", "measure")["Ask the questions"]
    comment = steps("docs-preview-comment", "comment")["Write the comment"]

    run(measure, checkout, environment | {"RESULT": "main"})
    write(checkout, "Zebras are striped.")
    run(measure, checkout, environment | {"RESULT": "now"})
    (checkout / "artifacts").mkdir()
    (checkout / "preview" / "now").rename(checkout / "artifacts" / "preview")
    head = {"HEAD_OWNER": "fork", "HEAD_BRANCH": "docs", "HEAD_SHA": "1" * 40}
    where = {"GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": github.REPOSITORY, "GITHUB_TOKEN": github.TOKEN}
    run(comment, checkout, environment | head | where)

    (said,) = hub.bodies(7)
    assert "**Newly answers 0, breaks 1 of 1 question**" in said


def cloud(stage: Stage, checkout: Path, **variables: str) -> dict[str, str]:
    usual = {"PROJECT": "demo", "REGION": "us-central1", "API_URL": "", "SITE_KEY": KEY, "DOCS_URL": ORIGIN}
    here = {
        "ASKDOCS_HOME": str(checkout / "home"),
        "ASKDOCS_INDEX__MAX_SHRINKAGE": "1",  # the stage published another page
        "GEMINI_BASE_URL": stage.outside.gemini,
    }
    return stage.environment({**usual, **here, **variables})


def test_staging_gets_the_docs_is_tried_and_named(checkout: Path, stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    stage.stand(NEWER)
    output = checkout / "output"
    environment = cloud(stage, checkout, API_URL=stage.url, GITHUB_OUTPUT=str(output))
    todo = steps("deploy", "staging")
    assert list(todo) == ["Deploy", "Publish the docs", "Try it", "Go back", "Name the image"]

    run(todo["Publish the docs"], checkout, environment)
    assert stage.live() == 3
    run(todo["Try it"], checkout, environment)
    run(todo["Name the image"], checkout, environment)
    assert output.read_text() == f"image={REPOSITORY}@{NEWER}\n"


def test_backup_is_made_and_proved(checkout: Path, stage: Stage) -> None:
    backups = checkout / "backups"
    backups.mkdir()
    environment = cloud(stage, checkout, BACKUP_BUCKET=str(backups))

    run(steps("backup", "backup")["Back up"], checkout, environment)
    proved = run(steps("backup", "drill")["Restore into a scratch place"], checkout, environment)

    assert len(os.listdir(backups)) == 1
    assert "PASSED" in proved
