"""deploy.sh when something goes wrong: the traffic is where it was, and it says what happened."""

from __future__ import annotations

import asyncio
import json
import os
import signal

import pytest

from tests.commands import Ended
from tests.fakes.google_cloud import Fault
from tests.operate.stage import GOOD, NEWER, REPOSITORY, SERVICE, Stage, service

BY_GCLOUD = r"PUT .*/services/askdocs\?alt=json"
"""A change by gcloud: the first is the new revision, the second the first move of the traffic."""

TAKEN_OVER = {
    "by": "ada, rollback.sh",
    "since": "2026-01-01T00:00:00+00:00",
    "until": "2099-01-01T00:00:00+00:00",
}


def release(stage: Stage, does: str, **variables: str) -> tuple[str, Ended]:
    """The revision that serves, and how the deploy of an image on top of it ended."""
    (serving,) = stage.stand(GOOD)
    stage.cloud.add_image(NEWER, does)
    return serving, stage.deploy(NEWER, **variables)


def assert_as_before(stage: Stage, serving: str) -> None:
    assert stage.cloud.traffic() == {serving: 100}
    assert stage.live() == 2
    assert [(one["image"], one["state"]) for one in stage.releases()] == [
        (NEWER, "failed"),
        (GOOD, "serving"),
    ]
    assert stage.ask().status_code == 200
    service = stage.cloud.service()
    assert "askdocs.dev/lock" not in service["metadata"]["annotations"]
    assert not any(target.get("tag") for target in service["spec"]["traffic"])


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("will not start", "does not start"),
        ("has no widget", "starts, but does not work"),
        ("fails answers", "does worse than alert_thresholds allow"),
    ],
)
def test_bad_release_is_not_taken(stage: Stage, does: str, said: str) -> None:
    serving, done = release(stage, does)
    assert done.code == 1
    assert said in done.err
    assert f"The traffic is as before: {serving}=100" in done.err
    assert ("ERROR" in done.err.partition("Putting the traffic back")[2]) == (
        f"the traffic is {serving}=100 now" in done.err
    )
    assert (
        f": scripts/logs.sh askdocs --revision {stage.releases()[0]['revision']} "
        in done.err.splitlines()[-1]
    )
    assert_as_before(stage, serving)


def test_failing_migration_is_not_followed_by_a_release(stage: Stage) -> None:
    (serving,) = stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    stage.cloud.state.secrets["askdocs-database-url"] += "-elsewhere"
    done = stage.deploy(NEWER)
    assert done.code == 1
    assert "the migration failed" in done.err
    assert_as_before(stage, serving)


def test_move_whose_answer_was_lost_is_seen_to_have_happened(stage: Stage) -> None:
    stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    stage.cloud.state.faults.append(Fault(BY_GCLOUD, "lost_after", skip=1))
    done = stage.deploy(NEWER)
    assert done.code == 0, done.err
    assert stage.served_images() == {NEWER: 100}


def test_network_that_is_lost_for_a_while_does_not_leave_the_traffic_between(stage: Stage) -> None:
    (serving,) = stage.stand(GOOD)
    stage.cloud.add_image(NEWER, "fails answers")
    lost = Fault(".", "lost", skip=10**9, times=6)

    def lose() -> None:
        lost.skip = 0

    # The move takes place, its answer and what follows are lost for a while, and the release is bad.
    stage.cloud.state.faults += [lost, Fault(BY_GCLOUD, "watch", skip=1, then=lose)]
    done = stage.deploy(NEWER)
    assert done.code == 1
    assert lost.hits == lost.times
    assert_as_before(stage, serving)


def test_second_deploy_is_refused_and_ctrl_c_puts_the_traffic_back(stage: Stage) -> None:
    """Both at once, because a deploy that stands still while it is watched is dear to come by."""
    (serving,) = stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    arguments = ("demo", "--image", f"{REPOSITORY}@{NEWER}", "--yes")
    first = stage.begin(
        "deploy.sh", *arguments, "--skip-backup", "a test", ASKDOCS_DEPLOYMENT__STEP_SECONDS="60"
    )
    stage.wait_for_shift(first, {GOOD: 50, NEWER: 50})
    second = stage.deploy(NEWER)
    assert second.code == 3
    assert "has been changing this service since" in second.err
    assert stage.served_images() == {GOOD: 50, NEWER: 50}
    os.killpg(first.pid, signal.SIGINT)
    _, err = first.communicate(timeout=60)
    assert first.returncode == 130, err
    assert f"The traffic is as before: {serving}=100" in err
    assert_as_before(stage, serving)


def test_deploy_that_was_taken_over_leaves_the_traffic_alone(stage: Stage) -> None:
    stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    arguments = ("demo", "--image", f"{REPOSITORY}@{NEWER}", "--yes", "--skip-backup", "a test")
    process = stage.begin("deploy.sh", *arguments, ASKDOCS_DEPLOYMENT__STEP_SECONDS="3")
    stage.wait_for_shift(process, {GOOD: 50, NEWER: 50})
    stage.annotate("askdocs.dev/lock", json.dumps(TAKEN_OVER))
    _, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert "ada, rollback.sh has taken over" in err
    assert stage.served_images() == {GOOD: 50, NEWER: 50}


def test_deploy_that_was_taken_over_puts_nothing_back_when_it_is_stopped(stage: Stage) -> None:
    (serving,) = stage.stand(GOOD)
    stage.cloud.add_image(NEWER)
    arguments = ("demo", "--image", f"{REPOSITORY}@{NEWER}", "--yes", "--skip-backup", "a test")
    process = stage.begin("deploy.sh", *arguments, ASKDOCS_DEPLOYMENT__STEP_SECONDS="60")
    stage.wait_for_shift(process, {GOOD: 50, NEWER: 50})
    stage.annotate("askdocs.dev/lock", json.dumps(TAKEN_OVER))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Somebody else is changing the service now" in err
    assert stage.served_images() == {GOOD: 50, NEWER: 50}
    assert {one["revision"]: one["state"] for one in stage.releases()}[serving] == "serving"


def test_migration_that_breaks_what_serves_needs_a_word(stage: Stage) -> None:
    stage.stand(GOOD, migration="0000")
    stage.cloud.add_image(NEWER)
    refused = stage.deploy(NEWER)
    assert refused.code == 3
    assert "only programs from 0001 on can use the tables" in refused.err
    assert stage.deploy(NEWER, "--break-older", "--dry-run").code == 0
    assert stage.served_images() == {GOOD: 100}


def test_digest_that_carries_a_variable_with_it_is_refused(stage: Stage) -> None:
    (serving,) = stage.stand(GOOD)
    done = stage.deploy(f"{GOOD},DATABASE_URL=postgresql://elsewhere/askdocs")
    assert done.code == 3, done.err
    assert "names neither a digest" in done.err
    assert stage.cloud.traffic() == {serving: 100}


def test_first_release_does_not_replace_one_that_somebody_else_made_meanwhile(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)

    def make() -> None:
        wanted = service(f"{SERVICE}-theirs", NEWER, [])
        made.append(asyncio.ensure_future(stage.cloud.run.create(wanted)))

    made: list[asyncio.Future[object]] = []
    stage.cloud.state.faults.append(Fault("POST .*:run", "watch", then=make))
    done = stage.deploy(GOOD)
    assert done.code == 3, done.err
    assert "somebody else has made the first release meanwhile" in done.err
    assert "services delete" not in done.err
    assert stage.cloud.traffic() == {f"{SERVICE}-theirs": 100}
