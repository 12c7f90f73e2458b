"""The files for other platforms: their settings exist, their secrets lead somewhere, answers may finish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml
from botocore.validate import ParamValidator  # type: ignore[import-untyped]

from askdocs.config.layers import DEFAULTS, IN_FILES, leaves, variable
from askdocs.config.settings import Settings

INFRA = Path(__file__).parents[3] / "infra"
KNOWN = {variable(key) for key, _ in leaves(Settings)} | {f"{variable(key)}_FILE" for key in IN_FILES}

Object = dict[str, Any]


def ecs(name: str) -> Object:
    document: Object = json.loads((INFRA / "aws" / name).read_text())
    return document


def container_app() -> Object:
    document: Object = yaml.safe_load((INFRA / "azure" / "container-app.yaml").read_text())
    return document["properties"]  # type: ignore[no-any-return]


def render_services() -> list[Object]:
    services: list[Object] = yaml.safe_load((INFRA / "render" / "render.yaml").read_text())["services"]
    return services


def environments() -> dict[str, dict[str, str]]:
    """The variables of each platform; "" for one whose value is a secret."""
    (task,) = ecs("task-definition.json")["containerDefinitions"]
    (app,) = container_app()["template"]["containers"]
    web = render_services()[0]
    return {
        "aws": {one["name"]: one.get("value", "") for one in [*task["environment"], *task["secrets"]]},
        "azure": {one["name"]: one["value"] for one in app["env"]},
        "render": {one["key"]: one.get("value", "") for one in web["envVars"]},
    }


@pytest.mark.parametrize("platform", ["aws", "azure", "render"])
def test_every_variable_exists(platform: str) -> None:
    assert {*environments()[platform]} <= KNOWN | {"TMPDIR"}


@pytest.mark.parametrize("platform", ["aws", "azure", "render"])
def test_everything_that_production_requires_is_set(platform: str) -> None:
    given = {name.removesuffix("_FILE") for name in environments()[platform]}

    assert given >= {"SECRET_KEY", "DATABASE_URL", "QDRANT_URL", "GEMINI_API_KEY", "METRICS_TOKEN"}


@pytest.mark.parametrize(
    ("platform", "killed_after"),
    [
        ("aws", ecs("task-definition.json")["containerDefinitions"][0]["stopTimeout"]),
        ("azure", container_app()["template"]["terminationGracePeriodSeconds"]),
        ("render", render_services()[0]["maxShutdownDelaySeconds"]),
    ],
)
def test_answers_may_finish_before_the_process_is_killed(platform: str, killed_after: int) -> None:
    grace = int(environments()[platform]["ASKDOCS_SERVER__SHUTDOWN_GRACE"])

    # server.shutdown_patience is five seconds at most.
    assert killed_after >= grace + 10


@pytest.mark.parametrize(
    ("name", "operation"),
    [("task-definition.json", "RegisterTaskDefinition"), ("service.json", "CreateService")],
)
def test_ecs_would_take_the_file(name: str, operation: str) -> None:
    shape = botocore.session.get_session().get_service_model("ecs").operation_model(operation).input_shape

    report = ParamValidator().validate(ecs(name), shape)

    assert not report.has_errors(), report.generate_report()


def test_files_of_secrets_are_mounted_on_azure() -> None:
    properties = container_app()
    declared = {secret["name"] for secret in properties["configuration"]["secrets"]}
    (volume,) = properties["template"]["volumes"]
    (container,) = properties["template"]["containers"]
    (mount,) = container["volumeMounts"]
    mounted = {f"{mount['mountPath']}/{item['path']}" for item in volume["secrets"]}

    assert {item["secretRef"] for item in volume["secrets"]} == declared
    assert {one["value"] for one in container["env"] if one["name"].endswith("_FILE")} == mounted


def test_railway_migrates_before_it_switches() -> None:
    deploy = json.loads((INFRA / "railway" / "railway.json").read_text())["deploy"]

    assert deploy["preDeployCommand"] == ["askdocs db upgrade"]
    # Railway's parser refuses numbers in quotes.
    assert isinstance(deploy["drainingSeconds"], int)


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_page_explains_what_differs_in_the_environment(environment: str) -> None:
    root = INFRA.parent
    differs = yaml.safe_load((DEFAULTS / f"{environment}.yaml").read_text())
    page = (root / "website" / "docs" / "operate" / "environments.md").read_text()
    keys = {
        f"{name}.{key}" if key else name
        for name, value in differs.items()
        for key in (value if isinstance(value, dict) else [""])
    }

    assert {key for key in keys if f"| `{key}`" not in page} == set()
