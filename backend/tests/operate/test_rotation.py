"""A secret gets a new value as the runbook says: the real gcloud, against the stand-in for Google Cloud."""

from __future__ import annotations

import subprocess

import httpx

from tests.operate.stage import GOOD, NEWER, TOKEN, Stage


def released_image(stage: Stage, token: str) -> str | None:
    """What serves, if it takes the token."""
    told = httpx.get(f"{stage.url}/release", headers={"authorization": f"Bearer {token}"}, trust_env=False)
    return str(told.json()["image"]) if told.status_code == 200 else None


def gcloud(stage: Stage, *arguments: str, value: str = "") -> None:
    subprocess.run(["gcloud", *arguments], env=stage.environment(), input=value, check=True, text=True)


def test_deploy_of_what_serves_makes_a_new_secret_take_effect(stage: Stage) -> None:
    newer = "metrics-token-after-the-rotation-012345"
    stage.cloud.add_image(NEWER)
    stage.stand(GOOD, NEWER)

    gcloud(stage, "secrets", "versions", "add", "askdocs-metrics-token", "--data-file=-", value=newer)
    gcloud(
        stage, "run", "services", "update", "askdocs", "--update-labels=rotated=yes", "--region=us-central1"
    )
    assert released_image(stage, TOKEN) == NEWER, "what gcloud makes gets no traffic"

    serves = stage.call("scripts/promote.sh", "--show", "staging", "--from-project", "demo")
    assert serves.code == 0, serves.err
    done = stage.deploy(serves.out.strip().rpartition("@")[2])

    assert done.code == 0, done.err
    assert released_image(stage, newer) == NEWER
    assert released_image(stage, TOKEN) is None
