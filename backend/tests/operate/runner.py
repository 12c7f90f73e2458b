"""Runs a job of a workflow as GitHub's runner does: its commands in their order, with conditions and outputs.

Left out are what `make test` itself does (make, docker, packages) and others' actions, whose work is done
here: an artifact or a cache is a folder that stays.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from askdocs.config import root

ELSEWHERE = ("make ", "sudo ", "docker ")
_PATIENCE = 240


@dataclass
class Job:
    """How a job ended. `outcomes` and what was `printed` are by the names of its steps."""

    outcomes: dict[str, str] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


def steps(workflow: str, job: str) -> dict[str, dict[str, Any]]:
    """The job's commands by the names of their steps."""
    return {
        step["name"]: step
        for step in _job(workflow, job)["steps"]
        if "run" in step and not step["run"].startswith(ELSEWHERE)
    }


def run_job(
    workflow: str, job: str, checkout: Path, environment: Mapping[str, str], **contexts: Mapping[str, Any]
) -> Job:
    """Run a job as if its own condition held. `contexts` are those of expressions: `vars`, `needs`."""
    wanted, done = _job(workflow, job), Job()
    told: dict[str, Any] = {}
    known = {**contexts, "steps": told}
    for name, step in steps(workflow, job).items():
        failed = "failure" in done.outcomes.values()
        if not _holds(step.get("if", "success()"), known, failed=failed):
            done.outcomes[name] = "skipped"
            continue
        output = checkout.with_name(f"{checkout.name}-output")
        output.write_text("")
        named = {key: _filled(value, known) for key, value in (wanted["env"] | step.get("env", {})).items()}
        ended = run(step, checkout, {**environment, **named, "GITHUB_OUTPUT": str(output)})
        done.outcomes[name] = "success" if ended.returncode == 0 else "failure"
        done.printed[name] = ended.stdout
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        told[step.get("id", name)] = {"outcome": done.outcomes[name], "outputs": outputs}
    done.outputs = {key: _filled(value, known) for key, value in wanted.get("outputs", {}).items()}
    return done


def run(
    step: Mapping[str, Any], checkout: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=checkout,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )


def _job(workflow: str, job: str) -> dict[str, Any]:
    jobs = yaml.safe_load((root() / f".github/workflows/{workflow}.yml").read_text())["jobs"]
    found: dict[str, Any] = jobs[job]
    return found


def _filled(text: str, known: Mapping[str, Any]) -> str:
    return re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: _value(found[1], known), text)


def _value(path: str, known: Mapping[str, Any]) -> str:
    """What is not there is empty, as GitHub has it."""
    value: Any = known
    for key in path.split("."):
        value = value.get(key) or {}
    return value or ""


def _holds(condition: str, known: Mapping[str, Any], *, failed: bool) -> bool:
    """Of terms joined by &&. Unless one of them asks how the job stands, it must not have failed."""
    terms = condition.split(" && ")
    statuses = {"success()": not failed, "failure()": failed}
    if not statuses.keys() & set(terms):
        terms.append("success()")
    return all(statuses[term] if term in statuses else _equal(term, known) for term in terms)


def _equal(term: str, known: Mapping[str, Any]) -> bool:
    found = re.fullmatch(r"([\w.]+) == '([^']*)'", term)
    assert found is not None, term
    return _value(found[1], known) == found[2]
