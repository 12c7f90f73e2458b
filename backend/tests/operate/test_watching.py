"""A real Prometheus and Alertmanager watch a running Askdocs; `make test-alerts` tries all alerts."""

from __future__ import annotations

import json
import math
import subprocess
import time
from pathlib import Path

import yaml

from askdocs.config import root
from tests.operate import faults
from tests.operate.watched import Json, Stack, watching

MONITORING = root() / "config" / "monitoring"
DASHBOARDS = MONITORING / "grafana" / "dashboards"


def test_dashboards_show_something_and_the_operator_is_told(tmp_path: Path) -> None:
    """In one test, since what it starts takes ten seconds."""
    (fault,) = (one for one in faults.FAULTS if one.what == "Qdrant is stopped")
    with watching(tmp_path) as stack:
        missing = queries()
        deadline = time.monotonic() + 30
        while missing and time.monotonic() < deadline:
            stack.ask(10)
            missing = [query for query in missing if not finds_a_number(stack, query)]
        assert missing == []

        fired = faults.try_one(stack, fault)

    assert fired.summary == f"127.0.0.1:{stack.servers[0].port} does not reach the vectors"


def panels() -> list[Json]:
    return [panel for file in DASHBOARDS.glob("*.json") for panel in json.loads(file.read_text())["panels"]]


def queries() -> list[str]:
    return [
        target["expr"].replace("$__rate_interval", "30s") for panel in panels() for target in panel["targets"]
    ]


def finds_a_number(stack: Stack, query: str) -> bool:
    return any(not math.isnan(float(one["value"][1])) for one in stack.query(query))


def test_dashboards_ask_the_source_that_is_provisioned() -> None:
    provisioned = yaml.safe_load((MONITORING / "grafana/provisioning/datasources/prometheus.yml").read_text())

    assert {panel["datasource"]["uid"] for panel in panels()} == {
        source["uid"] for source in provisioned["datasources"]
    }


def test_configuration_is_what_the_tools_take() -> None:
    for command in (
        ["promtool", "check", "config", "--syntax-only", "prometheus.yml"],
        ["amtool", "check-config", "alertmanager.yml"],
    ):
        ended = subprocess.run(command, cwd=MONITORING, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_no_address_of_an_operator_is_in_the_repository() -> None:
    text = (MONITORING / "alertmanager.yml").read_text()

    assert "http" not in text
    assert "api_url:" not in text
