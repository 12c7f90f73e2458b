"""The steps of the workflows, run as they are written, in their order, on small docs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from askdocs.config import root
from tests.fakes import github
from tests.fakes.github import GitHub
from tests.operate.runner import Job, run, run_job, steps
from tests.operate.stage import GOOD, KEY, ORIGIN, REPOSITORY, Stage, copied_database
from tests.warm import Commands

PAGE = "docs/next/start/index.html"
REHEARSAL = "askdocs-rehearsal"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What actions/checkout and `make site` leave, with one page as the docs."""
    top = tmp_path / "checkout"
    tracked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(tracked, cwd=root(), capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        if (root() / name).is_file():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root() / name, top / name)
    asked = {"question": "How do I get started?", "gold": [{"path": PAGE}]}
    strict = {"thresholds": {"min_answered": 1}, "questions": [asked]}
    (top / "website" / "eval" / "questions.yaml").write_text(yaml.safe_dump(strict))
    (top / "website" / "build" / PAGE).parent.mkdir(parents=True)
    write(top, "To get started, install the program.")
    return top


def write(checkout: Path, text: str) -> None:
    page = f"<!doctype html><title>Start</title><main><h1>Getting started</h1><p>{text}</p></main>"
    (checkout / "website" / "build" / PAGE).write_text(page)


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github.running() as hub:
        yield hub


def test_pull_request_is_measured_against_main_and_told(
    hub: GitHub, checkout: Path, warmed: Commands
) -> None:
    """Below a threshold too, where the job fails and leaves the report."""
    hub.open_pull(7, owner="fork", branch="docs", sha="1" * 40)
    environment = {
        **os.environ,
        "ASKDOCS": str(warmed.askdocs),
        "no_proxy": "*",
        "RUNNER_TEMP": f"{checkout}/artifacts",
    }
    measure = steps("docs-preview", "measure")["Ask the questions"]
    comment = steps("docs-preview-comment", "comment")["Write the comment"]

    run(measure, checkout, environment | {"RESULT": "main"}).check_returncode()
    write(checkout, "Zebras are striped.")
    below = run(measure, checkout, environment | {"RESULT": "now"})
    (checkout / "artifacts").mkdir()
    (checkout / "preview" / "now").rename(checkout / "artifacts" / "preview")
    head = {"HEAD_OWNER": "fork", "HEAD_BRANCH": "docs", "HEAD_SHA": "1" * 40}
    where = {"GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": github.REPOSITORY, "GITHUB_TOKEN": github.TOKEN}
    run(comment, checkout, environment | head | where).check_returncode()

    (said,) = hub.bodies(7)
    assert (below.returncode, "min_answered 1: 0.000" in below.stdout) == (1, True)
    assert "How do I get started?" in (checkout / "artifacts" / "preview" / "report.html").read_text()
    assert "**Newly answers 0, breaks 1 of 1 question**" in said


class Delivery:
    """Two environments in one project: a service, a database and the variables of GitHub for each."""

    def __init__(self, production: Stage, staging: Stage, checkout: Path) -> None:
        self.production, self.staging, self.checkout = production, staging, checkout
        self.backups = checkout.parent / "backups"
        self.backups.mkdir()
        settings = {"deployment": {"service": staging.service}}
        (checkout / "config" / "staging.yaml").write_text(yaml.safe_dump(settings))

    def stand(self) -> None:
        self.staging.seed_secrets()
        for stage in (self.staging, self.production):
            stage.stand(GOOD)

    def run(
        self, job: str, stage: Stage, *, workflow: str = "deploy", image: str = "", **variables: str
    ) -> Job:
        named = {
            "GCP_PROJECT": "demo",
            "GCP_REGION": "us-central1",
            "STAGING_PROJECT": "demo",
            "STAGING_REGION": "us-central1",
            "BACKUP_BUCKET": str(self.backups),
            "API_URL": stage.url if stage.service in stage.cloud.state.services else "",
            "SITE_KEY": KEY,
            "DOCS_URL": ORIGIN,
            **variables,
        }
        environment = stage.environment(
            {
                "ASKDOCS_CONFIG_DIR": str(self.checkout / "config"),
                "ASKDOCS_HOME": str(self.checkout / "home"),
                "ASKDOCS_INDEX__MAX_SHRINKAGE": "1",  # the stage published another page
                "ASKDOCS_DEPLOYMENT__TRAFFIC_STEPS": "[100]",
                "GEMINI_BASE_URL": stage.outside.gemini,
            }
        )
        needs = {"staging": {"outputs": {"image": image}}}
        return run_job(workflow, job, self.checkout, environment, vars=named, needs=needs)


@pytest.fixture
def delivery(stage: Stage, checkout: Path) -> Iterator[Delivery]:
    with copied_database(stage.outside, f"{stage.database.rpartition('/')[2]}-rehearsal") as database:
        staging = replace(stage, service=REHEARSAL, database=database)
        yield Delivery(stage, staging, checkout)


def test_push_to_main_is_built_for_staging_promoted_and_taken_back(delivery: Delivery) -> None:
    delivery.stand()
    staging, production = delivery.staging, delivery.production
    key = delivery.checkout / "gha-creds-0123456789.json"
    key.write_text("what google-github-actions/auth leaves there")
    licence = delivery.checkout / "LICENSE"
    elsewhere = licence.rename(licence.with_name("LICENCE"))
    broken = delivery.run("staging", staging)
    elsewhere.rename(licence)

    assert broken.outcomes.pop("Deploy") == "failure"
    assert set(broken.outcomes.values()) == {"skipped"}
    assert '"/LICENSE": not found' in broken.printed["Deploy"]
    assert (staging.served_images(), staging.live()) == ({GOOD: 100}, 2)

    rehearsed = delivery.run("staging", staging)

    passed = ["Deploy", "Publish the docs", "Try it", "Name the image"]
    assert rehearsed.outcomes == dict.fromkeys(passed, "success") | {"Go back": "skipped"}, rehearsed.printed
    image = rehearsed.outputs["image"]
    built = image.removeprefix(f"{REPOSITORY}@")
    assert built in staging.cloud.state.images
    assert [key.name in source for source in staging.cloud.builds.sources.values()] == [False, False]
    assert (staging.served_images(), staging.live()) == ({built: 100}, 3)
    assert (production.served_images(), production.live()) == ({GOOD: 100}, 2)

    # The docs have moved to an address that the site does not know.
    promoted = delivery.run("production", production, image=image, DOCS_URL="https://moved.example.com")

    wanted = {"Promote": "success", "Try it": "failure", "Go back": "success"}
    assert promoted.outcomes == wanted, promoted.printed
    assert "newly answers 1, breaks 0 of 1 question" in promoted.printed["Promote"]
    assert "FAILED  question: it answers 403" in promoted.printed["Try it"]
    assert (production.served_images(), production.live()) == ({GOOD: 100}, 2)
    newer, older = production.releases()
    assert (newer["state"], newer["image"], newer["sites"]) == ("rolled_back", built, {"docs": 3})
    assert (older["state"], older["image"]) == ("serving", GOOD)
    assert (staging.served_images(), staging.live()) == ({built: 100}, 3)
    assert len(os.listdir(delivery.backups)) == 2


def test_backup_is_made_and_proved(delivery: Delivery) -> None:
    made = delivery.run("backup", delivery.production, workflow="backup")
    proved = delivery.run("drill", delivery.production, workflow="backup")

    assert made.outcomes == {"Back up": "success"}
    assert len(os.listdir(delivery.backups)) == 1
    assert "PASSED" in proved.printed["Restore into a scratch place"]
