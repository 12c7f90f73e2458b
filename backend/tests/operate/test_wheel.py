"""A wheel that is installed anywhere brings along what the program needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from askdocs.db import tables
from tests import services

BACKEND = Path(__file__).parents[2]

Program = Callable[..., str]


def run(*command: str | Path, folder: Path, environment: Mapping[str, str] = os.environ) -> str:
    ended = subprocess.run(
        command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    return ended.stdout.decode()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel of this checkout was installed, without its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=BACKEND)
    (wheel,) = folder.glob("*.whl")
    target = folder / "installed"
    install = ("uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--target", target, wheel)
    run(sys.executable, "-m", *install, folder=folder)
    return target


@pytest.fixture
def program(installed: Path, tmp_path: Path) -> Program:
    """Runs the installed program in an empty folder, away from the checkout, with no variable of ours."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)}

    def call(*command: str | Path, **more: str) -> str:
        return run(*command, folder=tmp_path, environment={**environment, **more})

    return call


def test_program_runs_from_where_it_was_installed(program: Program, installed: Path) -> None:
    where = program(sys.executable, "-c", "import askdocs; print(askdocs.__file__)")

    assert Path(where.strip()) == installed / "askdocs" / "__init__.py"


def test_installed_program_knows_every_default(program: Program, installed: Path) -> None:
    shown = json.loads(program(installed / "bin" / "askdocs", "config", "show", "--json", ASKDOCS_ENV="test"))

    values = {one["key"]: (one["value"], one["source"]) for one in shown}
    assert values["answers.passages"] == (12, "default")
    assert values["rate_limit_requests"] == (10000, "default of test")


def test_installed_program_keeps_its_state_where_it_is_run(
    program: Program, installed: Path, tmp_path: Path
) -> None:
    program(installed / "bin" / "askdocs", "site", "add", "handbook", "--origin", "https://docs.example.com")

    assert [path.name for path in tmp_path.iterdir()] == [".askdocs"]
    assert program("sh", "-c", "git init -q . && git status --porcelain") == "", "git sees nothing of it"
    (tmp_path / "guides").mkdir()
    listed = program("sh", "-c", "cd guides && exec $0 site list", installed / "bin" / "askdocs")
    assert "handbook" in listed


def test_wheel_brings_types_and_licence(installed: Path) -> None:
    assert (installed / "askdocs" / "py.typed").is_file()
    assert list(installed.glob("askdocs-*.dist-info/licenses/LICENSE"))


def test_installed_program_migrates_sqlite(program: Program, installed: Path) -> None:
    said = program(installed / "bin" / "askdocs", "db", "upgrade")

    assert tables.HEAD in said


def test_installed_program_migrates_postgres(
    program: Program, installed: Path, empty_postgres_url: str
) -> None:
    program(installed / "bin" / "askdocs", "db", "upgrade", DATABASE_URL=empty_postgres_url)

    assert services.execute(empty_postgres_url, "SELECT version_num FROM alembic_version") == [(tables.HEAD,)]
