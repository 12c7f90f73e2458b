"""The `askdocs` command as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Ended

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def begin(
        *arguments: str, variables: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        usual_ones = {"ASKDOCS_ENV": "test", "ASKDOCS_HOME": str(tmp_path / "home")}
        environment = {**os.environ, **usual_ones, **(variables or {})}
        command = [sys.executable, "-c", "from askdocs.cli import main; main()", *arguments]
        usual: dict[str, Any] = {
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "preexec_fn": in_foreground,
        }
        return subprocess.Popen(command, env=environment, text=True, **usual | options)

    return begin


def in_foreground() -> None:
    """Whatever the tests were started by: a shell makes its background jobs ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def in_background() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


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
