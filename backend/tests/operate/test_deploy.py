"""deploy.sh: the real gcloud, against the stand-in for Google Cloud."""

from __future__ import annotations

from askdocs.db import tables
from tests.operate.stage import GOOD, REPOSITORY, SERVICE, Stage

BAD = "sha256:" + "b" * 64


def test_first_deploy_gives_instances_secrets_by_reference_and_what_the_settings_say(stage: Stage) -> None:
    done = stage.deploy(GOOD, ASKDOCS_DEPLOYMENT__MEMORY="1Gi", ASKDOCS_DEPLOYMENT__MAX_INSTANCES="7")
    assert done.code == 0, done.err
    assert done.err.splitlines()[-1] == "To undo it: there is nothing before this release to go back to"
    assert stage.served_images() == {GOOD: 100}
    assert [(one["state"], one["migration"]) for one in stage.releases()] == [("serving", tables.HEAD)]
    assert "askdocs.dev/lock" not in stage.cloud.service()["metadata"]["annotations"]
    template = stage.cloud.service()["spec"]["template"]
    container = template["spec"]["containers"][0]
    assert {entry["name"]: entry.get("value") for entry in container["env"]} == {
        "ASKDOCS_ENV": "staging",
        "ASKDOCS_IMAGE": GOOD,
        **dict.fromkeys(("SECRET_KEY", "DATABASE_URL", "QDRANT_URL", "GEMINI_API_KEY", "METRICS_TOKEN")),
    }
    assert {
        entry["valueFrom"]["secretKeyRef"]["key"] for entry in container["env"] if "valueFrom" in entry
    } == {"latest"}
    assert container["resources"]["limits"]["memory"] == "1Gi"
    assert template["spec"]["containerConcurrency"] == 80
    assert template["spec"]["timeoutSeconds"] == 300
    assert template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"] == "7"
    assert container["startupProbe"]["httpGet"]["path"] == "/health/ready"
    assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert stage.cloud.state.policies[SERVICE]["bindings"][0]["members"] == ["allUsers"]
    for secret in stage.cloud.state.secrets.values():
        assert secret not in done.err + done.out


def test_all_problems_are_said_at_once_and_nothing_is_done(stage: Stage) -> None:
    state = stage.cloud.state
    state.granted -= {"run.services.update", "secretmanager.versions.access"}
    state.enabled -= {"artifactregistry.googleapis.com"}
    del state.secrets[f"{SERVICE}-qdrant-url"]
    done = stage.call("deploy.sh", "demo", "--image", f"{REPOSITORY}@{BAD}", "--yes")
    assert done.code == 3
    for problem in (
        "you may not run.services.update, secretmanager.versions.access in demo",
        "artifactregistry.googleapis.com is off: gcloud services enable",
        f"the secret {SERVICE}-qdrant-url is missing",
        f"{BAD} is not there",
        "backups.to (BACKUP_BUCKET) says nowhere",
    ):
        assert problem in done.err
    assert state.services == {}
    assert state.jobs == {}


def test_dry_run_changes_nothing(stage: Stage) -> None:
    done = stage.deploy(GOOD, "--dry-run")
    assert done.code == 0, done.err
    assert "gcloud run deploy askdocs" in done.err
    assert stage.cloud.state.services == {}
    assert stage.cloud.state.jobs == {}


def test_nobody_is_asked_without_a_terminal(stage: Stage) -> None:
    done = stage.call("deploy.sh", "demo", "--image", f"{REPOSITORY}@{GOOD}", "--skip-backup", "a test")
    assert done.code == 2
    assert "--yes" in done.err
    assert stage.cloud.state.services == {}
