"""The `askdocs` command as tests call it, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from askdocs.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def askdocs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs the command in this process, with a home of its own."""
    monkeypatch.setenv("ASKDOCS_ENV", "test")
    monkeypatch.setenv("ASKDOCS_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["askdocs", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, printed.out, printed.err)

    return run


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "cache.md").write_text("# Cache\n\nAnswers are kept for an hour.")
    return folder
