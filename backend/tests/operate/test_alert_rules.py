"""Each alert fires when it should, and not when one question fails at night: promtool says so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from askdocs.config import load, root
from askdocs.observability import alerts
from tests.commands import Command

CASES = Path(__file__).with_name("alert_rules.yml")
RUNBOOK = root() / "website" / "docs" / "operate" / "runbook"
CHECKED_IN = root() / "config" / "monitoring" / "rules" / "askdocs.yml"


def test_alerts_fire_when_they_should(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(alerts.rules(load("test"), docs="https://docs.test"))
    (tmp_path / CASES.name).write_text(CASES.read_text())

    ended = subprocess.run(
        ["promtool", "test", "rules", CASES.name], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    tried: dict[str, set[bool]] = {}
    for case in yaml.safe_load(CASES.read_text())["tests"]:
        for expected in case["promql_expr_test"]:
            (name,) = re.findall(r'alertname="(\w+)"', expected["expr"])
            tried.setdefault(name, set()).add(bool(expected["exp_samples"]))

    assert tried == {alert.name: {True, False} for alert in alerts.alerts(load("test"))}


def test_thresholds_are_those_of_the_environment(askdocs: Command) -> None:
    thresholds = {"latency_p95": 7.5}

    text = alerts.rules(load("test", alert_thresholds=thresholds), docs="https://docs.test/")

    assert "askdocs:answer_seconds:p95 > 7.5 and" in text
    assert "runbook_url: https://docs.test/operate/runbook/latency\n" in text


def test_rules_in_the_repository_are_those_of_production(askdocs: Command) -> None:
    assert askdocs("monitoring", "rules", "--env", "production").out == CHECKED_IN.read_text()


def test_prometheus_takes_the_rules() -> None:
    subprocess.run(["promtool", "check", "rules", CHECKED_IN], check=True, capture_output=True)


def test_every_alert_has_a_page_in_the_runbook_that_names_it() -> None:
    for alert in alerts.alerts(load("test")):
        assert f"`{alert.name}`" in (RUNBOOK / f"{alert.page}.md").read_text()
