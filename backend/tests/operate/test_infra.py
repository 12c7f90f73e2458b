"""The Helm chart: linted, held against Kubernetes' schemas, its settings loaded by the program."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

import askdocs
from askdocs import config
from askdocs.config.layers import IN_FILES, leaves, variable
from askdocs.config.settings import Settings

INFRA = Path(__file__).parents[3] / "infra"
CHART = INFRA / "helm" / "askdocs"
HELM = Path(sys.executable).with_name("helm")
VALUE_SETS = sorted(path.stem for path in (CHART / "ci").glob("*.yaml"))
KUBERNETES = ("1.30", "1.37")
"""The oldest version that Chart.yaml allows, and the newest that kubernetes-validate knows."""
CUSTOM = ("HTTPRoute", "ServiceMonitor", "PrometheusRule")
"""Kinds of the Gateway API and of the Prometheus operator, of which there are no schemas here."""
SETTINGS = dict(leaves(Settings))
SET_BY_THE_CHART = (
    "environment",
    "home",
    "image",
    "server.port",
    "server.proxy_hops",
    "server.shutdown_grace",
)

Object = dict[str, Any]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HELM, *arguments], capture_output=True, text=True, timeout=30, check=False)


def refusal(*values: str) -> str:
    """What `helm template` says about values that it does not take."""
    result = helm("template", "docs", str(CHART), "-f", str(CHART / "ci" / "least.yaml"), *values)
    assert result.returncode == 1, result.stdout
    return result.stderr


@cache
def rendered(values: str) -> tuple[Object, ...]:
    """All objects of a value set, as `helm install` would create them."""
    result = helm("template", "docs", str(CHART), "-f", str(CHART / "ci" / f"{values}.yaml"))
    assert result.returncode == 0, result.stderr
    return tuple(document for document in yaml.safe_load_all(result.stdout) if document)


def one(values: str, kind: str) -> Object:
    (found,) = (document for document in rendered(values) if document["kind"] == kind)
    return found


def pod_of(document: Object) -> Object | None:
    """The pod's spec in an object that makes pods."""
    spec: Object = document.get("spec", {})
    match document["kind"]:
        case "Pod":
            return spec
        case "CronJob":
            spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else None


def pods(values: str) -> Iterator[Object]:
    for document in rendered(values):
        if (pod := pod_of(document)) is not None:
            yield pod


def variables(pod: Object, config_map: Mapping[str, str]) -> dict[str, str]:
    """The environment that Kubernetes would start the pod's first container with."""
    container = pod["containers"][0]
    from_map = config_map if "envFrom" in container else {}
    return {**from_map, **{entry["name"]: entry["value"] for entry in container.get("env", ())}}


@pytest.mark.parametrize("values", VALUE_SETS)
def test_chart_lints(values: str) -> None:
    result = helm("lint", "--strict", str(CHART), "-f", str(CHART / "ci" / f"{values}.yaml"))

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", VALUE_SETS)
def test_objects_are_valid(values: str, version: str) -> None:
    for document in rendered(values):
        if document["kind"] not in CUSTOM:
            kubernetes_validate.validate(document, version, strict=True)


def test_schemas_notice_a_wrong_field() -> None:
    service = json.loads(json.dumps(one("least", "Service")))
    service["spec"]["prots"] = service["spec"].pop("ports")

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, KUBERNETES[-1], strict=True)


def test_chart_is_that_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["appVersion"] == askdocs.__version__


@pytest.mark.parametrize("values", VALUE_SETS)
def test_every_variable_exists(values: str) -> None:
    known = {variable(key) for key in SETTINGS} | {f"{variable(key)}_FILE" for key in IN_FILES}

    for pod in pods(values):
        assert set(variables(pod, one(values, "ConfigMap")["data"])) <= known


def test_every_setting_can_be_written_in_config(tmp_path: Path) -> None:
    free = [key for key in SETTINGS if key not in (*IN_FILES, *SET_BY_THE_CHART)]
    tree: Object = {"qdrant_url": "x"}
    for key in free:
        *sections, last = key.split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
        branch[last] = "x"
    (tmp_path / "values.yaml").write_text(json.dumps({"config": tree}))

    result = helm(
        "template", "docs", str(CHART), "-f", str(CHART / "ci" / "least.yaml"),
        "-f", str(tmp_path / "values.yaml"), "--show-only", "templates/configmap.yaml",
    )  # fmt: skip

    assert set(yaml.safe_load(result.stdout)["data"]) == {
        variable(key) for key in (*free, "qdrant_url", "server.proxy_hops", "server.shutdown_grace")
    }


@pytest.mark.parametrize("values", VALUE_SETS)
def test_program_takes_the_settings_of_the_pod(
    values: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {
        "SECRET_KEY": "k" * 32,
        "DATABASE_URL": "postgresql://askdocs@db/askdocs",
        "REDIS_URL": "redis://redis",
        "QDRANT_URL": "https://qdrant:6333",
        "SENTRY_DSN": "https://key@sentry.example.com/1",
    }
    pod = pod_of(one(values, "Deployment"))
    assert pod is not None
    for name, value in variables(pod, one(values, "ConfigMap")["data"]).items():
        if name.endswith("_FILE"):
            mounted = tmp_path / Path(value).name
            mounted.write_text(secrets.get(name.removesuffix("_FILE"), "key"))
            monkeypatch.setenv(name, str(mounted))
        else:
            monkeypatch.setenv(name, value)

    settings = config.load()

    given = yaml.safe_load((CHART / "ci" / f"{values}.yaml").read_text())
    assert settings.environment == given.get("environment", "production")
    assert settings.server.proxy_hops == given.get("proxyHops", 1)
    for key, expected in flat(given.get("config", {})):
        assert get(settings, key) == expected


def flat(tree: Object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            yield f"{prefix}{name}", value


def get(settings: object, key: str) -> object:
    for name in key.split("."):
        settings = getattr(settings, name)
    return settings


@pytest.mark.parametrize("key", sorted({*IN_FILES} - {"qdrant_url"}))
def test_secret_in_config_is_refused(key: str) -> None:
    assert f"config.{key} is a secret" in refusal("--set", f"config.{key}=x")


@pytest.mark.parametrize("key", SET_BY_THE_CHART)
def test_setting_of_the_chart_is_refused(key: str) -> None:
    assert f"config.{key} is set by" in refusal("--set", f"config.{key}=x")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("replica=3", "replica"),
        ("environment=prod", "environment"),
        ("image.digest=sha256:short", "digest"),
        ("secretKeys={secret-key}", "secretKeys"),
        ("ingress.enabled=true", "ingress.hosts"),
        ("existingSecret=", "existingSecret"),
        ("image.repository=", "image.repository"),
        ("backup.enabled=true", "backup.image"),
        ("backup.enabled=true,backup.image=x", "backup.claim"),
    ],
)
def test_wrong_value_is_refused(values: str, told: str) -> None:
    assert told in refusal("--set", values)


@pytest.mark.parametrize("values", VALUE_SETS)
def test_pods_are_confined(values: str) -> None:
    for pod in pods(values):
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["resources"]["limits"]["memory"]
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


@pytest.mark.parametrize("values", VALUE_SETS)
def test_answers_may_finish_before_the_pod_is_killed(values: str) -> None:
    pod = pod_of(one(values, "Deployment"))
    assert pod is not None
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = int(one(values, "ConfigMap")["data"]["ASKDOCS_SERVER__SHUTDOWN_GRACE"])

    # server.shutdown_patience is five seconds at most.
    assert pod["terminationGracePeriodSeconds"] > pause + grace + 5


def test_migration_leans_on_nothing_of_the_release() -> None:
    job = one("everything", "Job")
    pod = pod_of(job)
    assert pod is not None

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "serviceAccountName" not in pod
    assert "envFrom" not in pod["containers"][0]
    assert pod["volumes"][0]["secret"]["items"] == [{"key": "database-url", "path": "database-url"}]


def test_metrics_are_read_with_the_token() -> None:
    (endpoint,) = one("everything", "ServiceMonitor")["spec"]["endpoints"]

    assert endpoint["authorization"]["credentials"] == {"name": "askdocs", "key": "metrics-token"}


def test_alerts_are_those_of_the_configuration() -> None:
    rules = yaml.safe_load((INFRA.parent / "config" / "monitoring" / "rules" / "askdocs.yml").read_text())

    assert one("everything", "PrometheusRule")["spec"] == rules


def test_scraped_metrics_have_the_job_that_the_alerts_ask_for() -> None:
    monitor = one("everything", "ServiceMonitor")
    service = one("everything", "Service")

    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "askdocs"


def test_backup_reads_the_stores_and_keeps_to_its_volume() -> None:
    pod = pod_of(one("everything", "CronJob"))
    assert pod is not None
    (container,) = pod["containers"]
    files = {entry["name"] for entry in container["env"] if entry["name"].endswith("_FILE")}

    assert container["args"] == ["backup", "create", "--to", "/backups"]
    assert files == {"DATABASE_URL_FILE", "QDRANT_URL_FILE", "QDRANT_API_KEY_FILE"}
    assert {volume["name"] for volume in pod["volumes"]} == {
        mount["name"] for mount in container["volumeMounts"]
    }


def test_backup_image_has_the_python_of_the_program() -> None:
    stages = [
        {
            line.split()[1]
            for line in path.read_text().splitlines()
            if line.startswith("FROM docker.io/library/python")
        }
        for path in (INFRA / "backup" / "Dockerfile", INFRA.parent / "backend" / "Dockerfile")
    ]

    assert stages[0] == stages[1] != set()
