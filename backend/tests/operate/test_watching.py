"""A real Prometheus and Alertmanager watch a running Askdocs; `make test-alerts` tries all alerts."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from askdocs.config import root
from tests.operate import faults
from tests.operate.watched import Json, Stack, until, watching

MONITORING = root() / "config" / "monitoring"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with watching(tmp_path_factory.mktemp("watched")) as watched:
        watched.ask(20)
        yield watched


def test_operator_is_told_of_a_dependency_that_is_down(stack: Stack) -> None:
    (fault,) = (one for one in faults.FAULTS if one.what == "Qdrant is stopped")

    fired = faults.try_one(stack, fault)

    assert fired.summary == f"127.0.0.1:{stack.servers[0].port} does not reach the vectors"


@pytest.mark.parametrize("dashboard", ["service", "answers", "dependencies"])
def test_every_query_of_a_dashboard_finds_something(stack: Stack, dashboard: str) -> None:
    queries = [
        target["expr"].replace("$__rate_interval", "30s")
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]

    until(lambda: stack.query("askdocs:unanswered_share:1h"), within=20, meanwhile=lambda: stack.ask(5))

    assert [query for query in queries if not numbers(stack.query(query))] == []


def panels(dashboard: str) -> list[Json]:
    found: list[Json] = json.loads((MONITORING / "grafana/dashboards" / f"{dashboard}.json").read_text())[
        "panels"
    ]
    return found


def numbers(result: list[Json]) -> list[float]:
    return [value for one in result if not math.isnan(value := float(one["value"][1]))]


def test_dashboards_ask_the_source_that_is_provisioned() -> None:
    provisioned = yaml.safe_load((MONITORING / "grafana/provisioning/datasources/prometheus.yml").read_text())
    asked = {
        panel["datasource"]["uid"]
        for file in (MONITORING / "grafana/dashboards").glob("*.json")
        for panel in panels(file.stem)
    }

    assert asked == {source["uid"] for source in provisioned["datasources"]}


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
