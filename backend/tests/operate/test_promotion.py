"""promote.sh, with-secrets.sh and publish-docs.sh: what production gets, and what it is spared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from askdocs import __version__
from askdocs.config import root
from tests.commands import Command, Ended
from tests.operate.stage import GOOD, NEWER, REPOSITORY, TOKEN, Stage

REHEARSAL = "askdocs-rehearsal"
_PROMOTE = ("scripts/promote.sh", "staging", "production", "--from-project", "demo", "--project", "demo")
KEPT = {"question": "How do I get started?", "gold": [{"path": "start.md"}]}


@pytest.fixture
def promotion(stage: Stage, tmp_path: Path) -> Promotion:
    return Promotion(stage, tmp_path)


class Promotion:
    """The stage is production here. Staging is what its service says of itself, since nobody asks it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self.config = folder / "config"
        shutil.copytree(root() / "config", self.config)
        self.set("staging", "deployment", service=REHEARSAL)
        self.docs = folder / "new-docs"
        self.docs.mkdir()
        self.write("To get started, install the program.")
        self.questions = folder / "questions.jsonl"
        self.questions.write_text(json.dumps(KEPT))
        self.variables = {
            "ASKDOCS_CONFIG_DIR": str(self.config),
            "ASKDOCS_HOME": str(folder / "home"),
            "GEMINI_BASE_URL": stage.outside.gemini,
        }

    def set(self, environment: str, section: str, **values: Any) -> None:
        file = self.config / f"{environment}.yaml"
        tree = yaml.safe_load(file.read_text()) or {}
        tree.setdefault(section, {}).update(values)
        file.write_text(yaml.safe_dump(tree))

    def write(self, text: str) -> None:
        (self.docs / "start.md").write_text(f"# Getting started\n\n{text}\n")

    def rehearse(self, image: str, *, percent: int = 100, **told: str) -> None:
        """Staging serves the image."""
        record = {"revision": "r1", "image": image, "state": "serving", "version": __version__, **told}
        older = record | {"image": "sha256:" + "0" * 64, "state": "replaced"}
        release = {"migration": "0003", "deployed_at": "2026-01-01T00:00:00Z"}
        template = {"spec": {"containers": [{"image": f"{REPOSITORY}@{older['image']}"}]}}
        traffic = [
            {"revisionName": "r1", "percent": percent},
            {"revisionName": "r0", "percent": 100 - percent},
        ]
        self.stage.cloud.state.services[REHEARSAL] = {
            "metadata": {
                "name": REHEARSAL,
                "resourceVersion": "1",
                "annotations": {"askdocs.dev/releases": json.dumps([record | release, older])},
            },
            "spec": {"template": template},
            "status": {"traffic": traffic},
        }

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a promotion that stands still while the shift is watched."""
        slow = self.variables | {"ASKDOCS_DEPLOYMENT__STEP_SECONDS": "60"}
        return self.stage.begin(*_PROMOTE, *arguments, **slow)

    def promote(self, *arguments: str) -> Ended:
        return self.stage.call(*_PROMOTE, *arguments, **self.variables)

    def with_docs(self) -> Ended:
        index = ("--docs", str(self.docs), "--questions", str(self.questions))
        return self.promote(*index, "--skip-backup", "a test", "--yes")


def test_question_that_breaks_keeps_image_and_docs_from_production(promotion: Promotion) -> None:
    stage = promotion.stage
    stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    promotion.rehearse(NEWER)
    promotion.write("Zebras are striped.")

    breaking = promotion.with_docs()

    assert breaking.code == 1, breaking.err
    assert "breaks 1 of 1 question" in breaking.err
    assert "docs answers from revision 2 again" in breaking.err
    assert (stage.served_images(), stage.live()) == ({GOOD: 100}, 2)
    assert [one["state"] for one in stage.releases()] == ["failed", "serving"]


def test_interrupted_shift_takes_image_and_index_back(promotion: Promotion) -> None:
    stage = promotion.stage
    (serving,) = stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    promotion.rehearse(NEWER)

    process = promotion.begin("--docs", str(promotion.docs), "--skip-backup", "a test", "--yes")
    stage.wait_for_shift(process, {GOOD: 50, NEWER: 50})
    assert stage.live() == 3
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert f"The traffic is as before: {serving}=100" in err
    assert "Putting the index of docs back to revision 2" in err
    assert (stage.served_images(), stage.live()) == ({GOOD: 100}, 2)
    assert [one["state"] for one in stage.releases()] == ["failed", "serving"]


def test_everything_that_stands_against_it_is_said_and_nothing_is_done(promotion: Promotion) -> None:
    promotion.rehearse(NEWER, percent=50, version="0.0.1")
    promotion.set("production", "answers", temperature=0.9)

    refused = promotion.promote("--image", GOOD)

    assert refused.code == 3
    for problem in (
        "its traffic is r0=50,r1=50",
        f"serves {NEWER} by now, and not {GOOD}",
        "this checkout is version",
        "answers would depend on other settings",
    ):
        assert problem in refused.err
    assert "answers.temperature" in refused.err
    assert list(promotion.stage.cloud.state.services) == [REHEARSAL]


def test_dry_run_lists_what_production_would_get(promotion: Promotion) -> None:
    promotion.rehearse(GOOD)

    listed = promotion.promote("--docs", str(promotion.docs), "--dry-run")

    assert listed.code == 0, listed.err
    assert f"Image      {REPOSITORY}@{GOOD}" in listed.err
    assert "now at nothing\n" in listed.err
    assert "production is at nothing that is known, staging at 0003" in listed.err
    assert "0003_schema_info: Lets an older program see" in listed.err
    assert list(promotion.stage.cloud.state.services) == [REHEARSAL]


def test_command_finds_secrets_in_files_that_are_its_own_and_go_with_it(stage: Stage) -> None:
    program = (
        "import json, os; print(json.dumps([(n, v) for n, v in os.environ.items() if n.endswith('_FILE')]))"
    )
    look = f"{program}; print(open(os.environ['METRICS_TOKEN_FILE']).read(), os.environ.get('METRICS_TOKEN'))"
    look += "; print(oct(os.stat(os.environ['METRICS_TOKEN_FILE']).st_mode)); raise SystemExit(7)"

    ended = stage.call(
        "scripts/with-secrets.sh",
        "demo",
        "--env",
        "staging",
        "--",
        sys.executable,
        "-c",
        look,
        METRICS_TOKEN="old",
    )

    names, token, mode = ended.out.splitlines()
    assert ended.code == 7, ended.err
    assert "DATABASE_URL_FILE" in names
    assert "REDIS_URL_FILE" not in names
    assert token == f"{TOKEN} None"
    assert int(mode, 8) & (stat.S_IRWXG | stat.S_IRWXO) == 0
    assert TOKEN not in ended.err
    assert not Path(dict(json.loads(names))["METRICS_TOKEN_FILE"]).exists()


def test_secret_that_may_not_be_read_stops_it(stage: Stage) -> None:
    stage.cloud.state.granted.discard("secretmanager.versions.access")

    ended = stage.call("scripts/with-secrets.sh", "demo", "--env", "staging", "--", "true")

    assert ended.code == 4
    assert "askdocs-secret-key cannot be read: Permission denied" in ended.err


def test_first_publish_has_nothing_to_go_back_to(askdocs: Command, docs: Path, tmp_path: Path) -> None:
    note = tmp_path / "note"

    published = subprocess.run(
        [root() / "scripts/publish-docs.sh", "--docs", docs, "--note", note],
        env={**os.environ, "ASKDOCS": str(Path(sys.executable).with_name("askdocs"))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (published.returncode, note.read_text()) == (0, "\n1\n"), published.stderr
    assert "Revision 1 is live" in published.stderr
