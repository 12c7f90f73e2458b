"""docker-compose.yml, .env.example and the settings agree, and nothing runs with more than it needs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from askdocs.config import Settings
from askdocs.config.layers import IN_FILES, leaves, variable
from tests.compose import project
from tests.compose.images import ROOT, UNUSED_HERE
from tests.compose.project import MissingVariable

COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
PROFILES = ("proxy", "scale", "monitoring")
SETTINGS = {variable(key) for key, _ in leaves(Settings)} | {f"{variable(key)}_FILE" for key in IN_FILES}

described = yaml.safe_load(COMPOSE.read_text())
services: dict[str, Mapping[str, Any]] = described["services"]
ours = [name for name, service in services.items() if "ASKDOCS_IMAGE" in service["image"]]


def offered() -> dict[str, str]:
    """Every variable of .env.example, those in comments too, with its value."""
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))


def test_file_keeps_to_the_compose_specification() -> None:
    command = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ours)
def test_variables_of_the_backend_are_settings(name: str) -> None:
    assert set(services[name]["environment"]) <= SETTINGS


def test_every_variable_is_in_the_example_and_every_one_there_is_used() -> None:
    asked = project.variables_of(COMPOSE.read_text()) | {"COMPOSE_PROFILES"}
    assert asked <= offered().keys()
    assert offered().keys() - asked <= SETTINGS


def test_defaults_in_the_example_are_those_of_the_file() -> None:
    defaults = dict(re.findall(r"\$\{([A-Z_]+):?-([^}]*)\}", COMPOSE.read_text()))
    example = offered()
    examples_only = {"DOMAIN"}
    assert {name: example[name] for name in defaults.keys() - examples_only} == {
        name: value for name, value in defaults.items() if name not in examples_only
    }


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("")
    with pytest.raises(MissingVariable, match=r"SECRETS_DIR: copy \.env\.example to \.env"):
        project.load(COMPOSE, tmp_path / ".env")


def test_example_as_it_stands_describes_a_whole_stack() -> None:
    whole = project.load(COMPOSE, EXAMPLE, profiles=PROFILES)
    assert whole.services.keys() == services.keys()
    assert {name for service in whole.services.values() for name in service.secrets} == whole.secrets.keys()


def test_secrets_of_the_file_are_those_that_are_made(tmp_path: Path) -> None:
    subprocess.run([ROOT / "scripts" / "make-secrets.sh", tmp_path], check=True, capture_output=True)
    made = {file.name for file in tmp_path.iterdir() if file.is_file()}
    assert made == described["secrets"].keys()
    kept = {name: (tmp_path / name).read_text() for name in made}
    subprocess.run([ROOT / "scripts" / "make-secrets.sh", tmp_path], check=True, capture_output=True)
    assert kept == {name: (tmp_path / name).read_text() for name in made}
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", services)
def test_service_is_bounded(name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "cpus"}
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("name", sorted(services.keys() - {"migrate"}))
def test_server_tells_its_health_and_is_waited_for_when_it_stops(name: str) -> None:
    assert "interval" in services[name]["healthcheck"]
    assert project.seconds(services[name]["stop_grace_period"]) >= 10


def test_nothing_but_the_proxy_can_be_reached_from_outside() -> None:
    public = {
        name
        for name, service in services.items()
        for port in service.get("ports", ())
        if not port.startswith("127.0.0.1:")
    }
    assert public == {"proxy", "balancer"}
    for name in ("postgres", "redis", "qdrant"):
        assert services[name]["networks"] == ["data"]
        assert "ports" not in services[name]
    assert described["networks"]["data"]["internal"] is True


def test_images_are_pinned() -> None:
    for name in services.keys() - set(ours):
        assert re.search(r":v?\d+\.\d+(\.\d+)?(-[a-z]+)?$", services[name]["image"]), name


def test_proxy_in_the_tests_is_the_one_of_the_image() -> None:
    version = subprocess.run(
        [Path(sys.executable).with_name("caddy"), "version"], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    assert services["proxy"]["image"] == f"caddy:{version.removeprefix('v')}-alpine"


def test_grafana_is_given_what_it_reads() -> None:
    """It cannot be run here, so its files are looked at."""
    assert [service["image"].partition(":")[0] for service in services.values() if _is_unused(service)] == [
        "grafana/grafana"
    ]
    mounts = dict(text.split(":")[1::-1] for text in services["grafana"]["volumes"])
    provisioning = ROOT / mounts["/etc/grafana/provisioning"]
    for file in provisioning.glob("dashboards/*.yml"):
        for provider in yaml.safe_load(file.read_text())["providers"]:
            assert provider["options"]["path"] in mounts
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert [source["url"] for source in sources] == ["http://prometheus:9090"]


def _is_unused(service: Mapping[str, Any]) -> bool:
    return service["image"].partition(":")[0] in UNUSED_HERE
