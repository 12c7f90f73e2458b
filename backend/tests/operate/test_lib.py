"""What the operators' scripts share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from askdocs.config import root


def bash(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script that has sourced lib.sh, from the top of the repository."""
    return subprocess.run(
        # Whatever the tests were started by: a shell makes its background jobs ignore SIGINT.
        [
            "env",
            "--default-signal=INT",
            "bash",
            "-c",
            f"set -euo pipefail; . scripts/lib.sh; {script}",
            "tool.sh",
        ],
        cwd=root(),
        stdin=subprocess.DEVNULL,
        env={**os.environ, "ASKDOCS": str(Path(sys.executable).with_name("askdocs")), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_problems_are_said_at_once() -> None:
    done = bash("need_tools no-such-tool neither-this; problem Another one.; stop_on_problems 4; echo done")
    assert done.returncode == 4
    assert done.stdout == ""
    for what in ("no-such-tool", "neither-this", "Another one."):
        assert what in done.stderr


def test_no_problem_stops_nothing() -> None:
    assert bash("need_tools bash; stop_on_problems 4; echo done").stdout == "done\n"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("deployment.max_instances", "10"),
        ("deployment.project", ""),
        ("deployment.traffic_steps", "[10,50,100]"),
    ],
)
def test_setting_is_the_effective_one(key: str, value: str) -> None:
    assert bash(f"read_settings; setting {key}").stdout == f"{value}\n"
    assert (
        bash("read_settings; setting deployment.project", ASKDOCS_DEPLOYMENT__PROJECT="mine").stdout
        == "mine\n"
    )


def test_settings_are_read_without_a_servers_secrets() -> None:
    assert bash("read_settings; setting deployment.min_instances", ASKDOCS_ENV="production").stdout == "1\n"


def test_broken_configuration_is_said_with_the_command_that_shows_it() -> None:
    done = bash("read_settings; setting deployment.cpu", ASKDOCS_DEPLOYMENT__MEMORY="much")
    assert done.returncode == 2
    assert "ASKDOCS_DEPLOYMENT__MEMORY: deployment.memory" in done.stderr


def test_unknown_setting_is_an_error() -> None:
    done = bash("read_settings; setting deployment.memmory")
    assert done.returncode != 0
    assert "deployment.memmory" in done.stderr


def test_nobody_is_taken_for_a_yes() -> None:
    refused = bash("YES=; confirm; echo done")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert bash("YES=yes; confirm; echo done").stdout == "done\n"


def test_dry_run_runs_nothing(tmp_path: Path) -> None:
    done = bash(f"run touch {tmp_path}/made", DRY_RUN="yes")
    assert f"touch {tmp_path}/made" in done.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("ending", ["exit 0", "false", "kill -INT $$; :", "kill -TERM $$; :"])
def test_temporary_folder_goes_however_the_script_ends(ending: str) -> None:
    done = bash(f"temporary_folder place; stat -c %a $place; echo $place; {ending}")
    mode, place = done.stdout.split()
    assert mode == "700"
    assert not Path(place).exists()
    if "kill" in ending:
        assert done.returncode in (130, -signal.SIGINT)
