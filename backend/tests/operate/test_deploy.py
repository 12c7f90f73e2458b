"""deploy.sh: the real gcloud, against the stand-in for Google Cloud."""

from __future__ import annotations

from tests.operate.stage import GOOD, NEWER, Stage


def test_first_and_second_deploy(stage: Stage) -> None:
    first = stage.deploy(GOOD)
    assert first.code == 0, first.err
    assert stage.served_images() == {GOOD: 100}
    stage.cloud.add_image(NEWER)
    second = stage.deploy(NEWER)
    assert second.code == 0, second.err
    assert stage.served_images() == {NEWER: 100}
