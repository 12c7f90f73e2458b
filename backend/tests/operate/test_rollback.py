"""rollback.sh: the traffic, and the index with it; the real gcloud, against the stand-in for Google Cloud."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tests import services
from tests.fakes.google_cloud import Fault
from tests.operate.stage import GOOD, NEWER, SERVICE, Stage

JOB_SECONDS = 3600
"""What the job that moves the index may take."""


def lock_left(stage: Stage) -> float:
    """Seconds that the service stays locked."""
    lock = json.loads(stage.cloud.state.services[SERVICE]["metadata"]["annotations"]["askdocs.dev/lock"])
    return (datetime.fromisoformat(lock["until"]) - datetime.now(UTC)).total_seconds()


def states(stage: Stage) -> dict[str, str]:
    return {record["revision"]: record["state"] for record in stage.releases()}


def test_previous_release_comes_back_with_its_index(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    newer, older = stage.stand(GOOD, NEWER, sites={"docs": 1})
    assert stage.live() == 2
    locked: list[float] = []
    stage.cloud.state.faults.append(
        Fault("POST .*:run", "watch", then=lambda: locked.append(lock_left(stage)))
    )
    done = stage.rollback()
    assert done.code == 0, done.err
    assert stage.served_images() == {GOOD: 100}
    assert stage.live() == 1
    assert locked[0] > JOB_SECONDS
    assert states(stage) == {newer: "rolled_back", older: "serving"}
    assert stage.releases()[0]["sites"] == {"docs": 2}
    assert f"{SERVICE} in demo (us-central1), staging" in done.err
    assert f"To undo it: ./rollback.sh {SERVICE} {newer}" in done.err.splitlines()[-1]
    assert '"revision":1' in stage.ask().text


def test_named_release_comes_back_and_the_index_stays_if_told(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    newer, older = stage.stand(GOOD, NEWER, sites={"docs": 1}, state="serving")
    done = stage.rollback(SERVICE, older, "--keep-index")
    assert done.code == 0, done.err
    assert stage.served_images() == {GOOD: 100}
    assert stage.live() == 2
    assert states(stage) == {newer: "rolled_back", older: "serving"}


def test_swept_revision_is_said_and_the_code_goes_back(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    stage.stand(GOOD, NEWER, sites={"docs": 99})
    done = stage.rollback()
    assert done.code == 1
    assert stage.served_images() == {GOOD: 100}
    assert stage.live() == 2
    assert "swept (index.retention" in done.err


def test_release_that_the_tables_left_behind_is_refused(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    newer, _ = stage.stand(GOOD, NEWER, sites={"docs": 1})
    services.execute(stage.database, "UPDATE alembic_version SET version_num = '0009'")
    services.execute(stage.database, "UPDATE schema_info SET migration = '0009', compatible_from = '0008'")
    done = stage.rollback()
    assert done.code == 3
    assert "programs before 0008 cannot use" in done.err
    assert "scripts/restore.sh" in done.err
    assert stage.served_images() == {NEWER: 100}
    assert states(stage)[newer] == "serving"


def test_without_the_database_the_code_goes_back_and_the_rest_is_said(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    newer, older = stage.stand(GOOD, NEWER, sites={"docs": 1})
    name = stage.database.rpartition("/")[2]
    services.execute(stage.outside.postgres, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    services.execute(
        stage.outside.postgres,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
        name,
    )
    done = stage.rollback()
    assert done.code == 1
    assert stage.cloud.traffic() == {older: 100}
    assert states(stage) == {newer: "rolled_back", older: "serving"}
    assert f"gcloud run jobs execute {SERVICE}-admin --args=rollback-sites,docs=1 --wait" in done.err


def test_list_and_dry_run_change_nothing(stage: Stage) -> None:
    stage.cloud.add_image(NEWER)
    newer, older = stage.stand(GOOD, NEWER, sites={"docs": 1})
    before = json.dumps(stage.cloud.service())
    listed = stage.rollback("--list")
    assert listed.code == 0, listed.err
    assert [line.split()[:2] for line in listed.out.splitlines()[1:3]] == [
        [newer, "serving"],
        [older, "replaced"],
    ]
    dry = stage.rollback("--dry-run")
    assert dry.code == 0, dry.err
    assert f"--to-revisions {older}=100" in dry.err
    assert json.dumps(stage.cloud.service()) == before


def test_nothing_to_go_back_to(stage: Stage) -> None:
    stage.stand(GOOD)
    done = stage.rollback()
    assert done.code == 2
    assert "No earlier healthy release" in done.err
