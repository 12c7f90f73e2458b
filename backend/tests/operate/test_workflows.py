"""The workflows: what they may do, and that what they run is there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from askdocs.config import root

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((root() / ".github/workflows").glob("*.yml"))
}
JOBS = [
    pytest.param(job, id=f"{name}:{key}")
    for name, workflow in WORKFLOWS.items()
    for key, job in workflow["jobs"].items()
]
RUNS = [
    pytest.param(step["run"], id=f"{name}:{step.get('name', step['run'])}")
    for name, workflow in WORKFLOWS.items()
    for job in workflow["jobs"].values()
    for step in job["steps"]
    if "run" in step
]


@cache
def help_of(script: str) -> str:
    ended = subprocess.run(
        [root() / script, "--help"], capture_output=True, text=True, check=True, timeout=20
    )
    return ended.stdout


def commands(line: str) -> Iterator[list[str]]:
    """The command of a step, and those that it is given to run, each after a `--` of its own."""
    command: list[str] = []
    for word in shlex.split(line):
        if word == "--":
            yield command
            command = []
        else:
            command.append(word)
    yield command


@pytest.mark.parametrize("name", WORKFLOWS)
def test_workflow_grants_nothing_by_default_and_does_not_run_twice_at_once(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    assert WORKFLOWS[name]["concurrency"]["group"].startswith(name)


@pytest.mark.parametrize("job", JOBS)
def test_job_ends_and_says_what_it_may(job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 90
    assert set(job["permissions"]) >= {"contents"} or "pages" in job["permissions"]


def test_only_jobs_that_run_what_main_holds_may_write() -> None:
    """Every other job of a pull request would lend its rights to whatever the pull request holds."""
    for name, workflow in WORKFLOWS.items():
        triggers = workflow[True]  # what YAML 1.1 makes of `on`
        if "pull_request" in triggers:
            for job in workflow["jobs"].values():
                assert set(job["permissions"].values()) == {"read"}, name
        assert "pull_request_target" not in triggers
        assert "${{ secrets." not in (root() / f".github/workflows/{name}.yml").read_text()


def test_actions_are_pinned_by_commit_and_say_their_version() -> None:
    lines = [
        line
        for path in (root() / ".github/workflows").glob("*.yml")
        for line in path.read_text().splitlines()
        if "uses:" in line
    ]

    assert len(lines) > 10
    for line in lines:
        assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("line", RUNS)
def test_step_is_one_command_of_ours_whose_options_exist(line: str) -> None:
    assert "\n" not in line.strip()
    assert not re.search(r"\$\{\{|[|;&`]|\$\(", line), "what it does belongs into a script"
    for command in commands(line):
        program, *arguments = command[command[0] == "sudo" :]
        options = [word.partition("=")[0] for word in arguments if word.startswith("--")]
        if program == "make":
            assert re.search(rf"^{re.escape(arguments[0])}:", (root() / "Makefile").read_text(), re.MULTILINE)
        elif program == "docker":
            assert (root() / arguments[arguments.index("--file") + 1]).is_file()
        elif program == ".venv/bin/askdocs":
            assert options
        else:
            assert [option for option in options if option not in help_of(program)] == []


def test_workflows_that_the_docs_show_are_valid_and_harmless(tmp_path: Path) -> None:
    pages = [
        root() / "website" / "docs" / "operate" / name for name in ("github-actions.md", "publishing.md")
    ]
    text = "\n".join(page.read_text() for page in pages)
    shown = re.findall(r'```yaml title="\.github/workflows/(.+?)"\n(.*?)```', text, re.DOTALL)
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name, text in shown:
        (folder / name).write_text(text)
    tools = Path(sys.executable).parent

    for command in (
        [
            f"{tools}/check-jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
            *map(str, folder.iterdir()),
        ],
        [f"{tools}/zizmor", "--offline", "--quiet", str(tmp_path)],
    ):
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(shown) == len(pages)
