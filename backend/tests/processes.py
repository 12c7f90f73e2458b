"""The `askdocs` command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ended

FOREGROUND = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
BACKGROUND = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""A shell makes its background jobs ignore SIGINT."""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def begin(
        *arguments: str,
        variables: Mapping[str, str] | None = None,
        place: str = FOREGROUND,
        **options: Any,
    ) -> subprocess.Popen[str]:
        usual_ones = {"ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(tmp_path / "home")}
        environment = {**os.environ, **usual_ones, **(variables or {})}
        command = command_line(*arguments, place=place)
        usual: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=environment, text=True, **usual | options)

    return begin


def command_line(
    *arguments: str, place: str = FOREGROUND, script: str = "from askdocs.cli import main; main()"
) -> list[str]:
    """`askdocs` as a job of a shell in this `place`, whatever the tests were started by.

    Not by `preexec_fn`, for which the tests would be forked: after gRPC was used in them a fork may abort.
    """
    return [sys.executable, "-c", f"{place}\n{script}", *arguments]


def end(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out or "", err or "")


def announcement(server: subprocess.Popen[str]) -> str:
    """The line in which it says where it is; what libraries print before is passed over."""
    assert server.stderr is not None
    return next(line for line in server.stderr if "Askdocs is at" in line)


@pytest.fixture
def slow_docs(docs: Path) -> Path:
    """Docs that take a while to publish."""
    for number in range(200):
        parts = "\n\n".join(f"## Part {part}\n\nPart {part} of page {number}." for part in range(20))
        (docs / f"page{number}.md").write_text(f"# Page {number}\n\n{parts}")
    return docs
