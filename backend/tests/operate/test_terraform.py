"""Terraform's files: formatted, parsed, and what they read of config/ worked out by Terraform itself."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

from askdocs.config import DEFAULTS, REQUIRED

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "infra" / "terraform").glob("*.tf"))
TERRAFORM = shutil.which("terraform")
needs_terraform = pytest.mark.skipif(TERRAFORM is None, reason="Terraform is not installed")


def parsed(path: Path) -> dict[str, Any]:
    with path.open() as file:
        return hcl2.load(file)


def resource_types() -> set[str]:
    return {name.strip('"') for path in FILES for block in parsed(path).get("resource", ()) for name in block}


def terraform(*arguments: str, folder: Path) -> str:
    assert TERRAFORM is not None
    result = subprocess.run(
        [TERRAFORM, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=folder
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def worked_out(folder: Path, environment: str, **outputs: str) -> dict[str, Any]:
    """The values of expressions, with the locals of the real files. The provider cannot be had offline, so
    what names a resource is left out."""
    module = folder / "infra" / "terraform"
    module.mkdir(parents=True)
    for name in ("backend", "config"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "infra" / "terraform" / "variables.tf", module)
    blocks = [
        block
        for path in FILES
        for block in re.findall(r"^locals \{.*?^\}", path.read_text(), re.DOTALL | re.MULTILINE)
        if "google_service_account." not in block
    ]
    values = [f'output "{name}" {{\n  value = {expression}\n}}' for name, expression in outputs.items()]
    (module / "main.tf").write_text("\n".join([*blocks, *values]))
    given = {
        "project": "demo",
        "environment": environment,
        "github_repository": "acme/docs",
        "github_repository_id": "42",
    }
    (module / "terraform.tfvars.json").write_text(json.dumps(given))
    terraform("apply", "-auto-approve", "-input=false", "-no-color", folder=module)
    shown = json.loads(terraform("output", "-json", folder=module))
    return {name: output["value"] for name, output in shown.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_parses(path: Path) -> None:
    assert parsed(path)


@needs_terraform
def test_files_are_formatted() -> None:
    terraform("fmt", "-check", "-diff", folder=FILES[0].parent)


def test_state_holds_no_secret() -> None:
    kept_in_state = {"google_secret_manager_secret_version", "google_service_account_key", "random_password"}

    assert "google_secret_manager_secret" in resource_types()
    assert not resource_types() & kept_in_state


def test_keys_read_from_config_exist() -> None:
    defaults = yaml.safe_load((DEFAULTS / "default.yaml").read_text())
    sections = {"deployment": "deployment", "thresholds": "alert_thresholds"}
    read = {
        match.groups()
        for path in FILES
        for match in re.finditer(r"local\.(deployment|thresholds)\.(\w+)", path.read_text())
    }

    assert read
    for section, key in read:
        assert key in defaults[sections[section]]


@needs_terraform
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_terraform_works_out_names_and_thresholds(environment: str, tmp_path: Path) -> None:
    got = worked_out(
        tmp_path, environment,
        secrets="local.secrets", policies="local.policies", bucket="local.backup_bucket", name="local.name",
    )  # fmt: skip

    assert got["name"] == "askdocs"
    assert got["bucket"] == "demo-askdocs-backups"
    assert {*got["secrets"]} == {
        *(key.replace("_", "-") for key in REQUIRED), "metrics-token", "qdrant-api-key",
    }  # fmt: skip
    assert got["policies"]["Too many errors"]["query"].endswith("> 0.02")
    assert got["policies"]["Answers take too long"]["query"].endswith("> 10000")


def test_identity_takes_the_environment_whose_approval_it_needs() -> None:
    """The staging job of a push to main runs before anybody has approved it for production."""
    text = (ROOT / "infra" / "terraform" / "federation.tf").read_text()
    assert "assertion.environment == (" in text[text.index("attribute_condition") : text.index("oidc {")]
    workflows = ROOT / ".github" / "workflows"
    for file, allowed in (("deploy.yml", {"staging", "production"}), ("backup.yml", {"backup"})):
        jobs = yaml.safe_load((workflows / file).read_text())["jobs"].values()
        signing_in = [job for job in jobs if "google-github-actions/auth" in str(job)]
        assert signing_in
        assert {_environment(job) for job in signing_in} <= allowed


def _environment(job: dict[str, Any]) -> str:
    found = job["environment"]
    return found["name"] if isinstance(found, dict) else str(found)
