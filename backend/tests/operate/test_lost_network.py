"""What deploy.sh and rollback.sh share, while Google Cloud does not answer: it ends in a stated time."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operate.test_lib import bash

SERVICE = """
. scripts/google-cloud.sh
PROJECT=demo REGION=us-central1 SERVICE=askdocs ASKDOCS_ENV=staging
REVISION=new PREVIOUS=old=100 LOCK_SECONDS=1800
temporary_folder WORK
printf 'Authorization: Bearer x' > "$WORK/authorization"
jq -n '{status: {traffic: [{revisionName: "old", percent: 50}, {revisionName: "new", percent: 50}]}}' \
    > "$WORK/service.json"
"""


@pytest.fixture
def silent() -> Iterator[dict[str, str]]:
    """The way to a Google Cloud that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield {"CLOUDSDK_PROXY_ADDRESS": "127.0.0.1", "CLOUDSDK_PROXY_PORT": str(listener.getsockname()[1])}


def test_stopped_deploy_says_what_it_could_not_put_back_and_the_command_that_does(
    silent: dict[str, str],
) -> None:
    state = (
        "FIRST='' STEP='Moving 50 %' REASON='' RELEASED='' LOCKED=yes TOUCHED=yes BREAKING='' ORDERED=new=100"
    )
    begun = time.monotonic()
    done = bash(
        f"{SERVICE} . scripts/deploy-put-back.sh; {state}; trap leave EXIT; exit 130",
        **silent,
        GOOGLE_CLOUD_PATIENCE="3",
    )
    assert time.monotonic() - begun < 20
    assert done.returncode == 4
    assert "THE TRAFFIC COULD NOT BE PUT BACK, since Google Cloud does not answer" in done.stderr
    assert "It was new=50,old=50 when it was last seen, and new=100 was ordered." in done.stderr
    assert "  gcloud run services update-traffic askdocs --to-revisions old=100 --project demo" in done.stderr
    assert "The lock on the service stays for 30 minutes" in done.stderr


def test_gcloud_that_waits_for_an_answer_is_ended(
    gcloud: str, silent: dict[str, str], tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("a-token")
    begun = time.monotonic()
    done = bash(
        f"{SERVICE} move_traffic new=100 || echo given up",
        **silent,
        CLOUDSDK_PROXY_TYPE="http",
        CLOUDSDK_CONFIG=str(tmp_path / "gcloud"),
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE=str(token),
        CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN="http://run.googleapis.test/",
        GOOGLE_CLOUD_PATIENCE="2",
    )
    assert time.monotonic() - begun < 20
    assert done.stdout == "given up\n", done.stderr
