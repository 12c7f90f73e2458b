"""logs.sh: the real gcloud, against the stand-in for Google Cloud."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.operate.stage import SERVICE, Stage


def log(stage: Stage, minutes_ago: float, severity: str = "INFO", **fields: Any) -> str:
    """Write an entry as an instance does; its timestamp."""
    labels = {"service_name": SERVICE, "location": "us-central1", "revision_name": "askdocs-r1"}
    timestamp = f"{datetime.now(UTC) - timedelta(minutes=minutes_ago):%Y-%m-%dT%H:%M:%SZ}"
    stage.cloud.state.log.append(
        {
            "timestamp": timestamp,
            "severity": severity,
            "resource": {"type": "cloud_run_revision", "labels": labels},
            **fields,
        }
    )
    return timestamp


def test_newest_lines_come_in_the_order_of_time(stage: Stage) -> None:
    log(stage, 90, textPayload="long ago")
    log(stage, 9, textPayload="one too many")
    broken = {"message": "answer_failed", "error": "Unreachable", "request_id": "5f0c", "stack_trace": "a\nb"}
    failed = log(stage, 2, "ERROR", jsonPayload=broken)
    asked = log(stage, 1, httpRequest={"requestMethod": "GET", "requestUrl": "/health", "status": 200})

    shown = stage.call("scripts/logs.sh", "--project", "demo", "--limit", "2")

    assert shown.code == 0, shown.err
    assert shown.out.splitlines() == [
        f"{failed}  ERROR  answer_failed  error=Unreachable request_id=5f0c",
        "    a",
        "    b",
        f"{asked}  INFO  GET /health 200",
    ]


@pytest.mark.parametrize("chosen", [["--errors"], ["--request", "5f0c"]])
def test_lines_are_chosen(stage: Stage, chosen: list[str]) -> None:
    log(stage, 2, textPayload="all is well")
    log(stage, 1, "ERROR", jsonPayload={"message": "wanted", "request_id": "5f0c"})

    shown = stage.call("scripts/logs.sh", "--project", "demo", *chosen)

    assert [line.split("  ")[2] for line in shown.out.splitlines()] == ["wanted"], shown.err


def test_nothing_found_is_said_with_where_it_was_looked_for(stage: Stage) -> None:
    looked = stage.call("scripts/logs.sh", "--project", "demo", "--job", "--since", "2h")
    assert (looked.code, looked.out) == (0, "")
    assert f"No line of {SERVICE} in demo (us-central1), staging, in the last 2h." in looked.err


def test_command_is_shown_as_a_shell_takes_it(stage: Stage) -> None:
    shown = stage.call("scripts/logs.sh", "--project", "demo", "--errors", "--dry-run")
    assert shown.code == 0, shown.err
    assert "severity>=ERROR'" in shown.err
    assert not any("entries" in one for one in stage.cloud.state.requests)
