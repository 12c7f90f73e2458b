"""Fixtures: a project at the stand-in for Google Cloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.operate import stage as stages
from tests.operate.stage import Outside, Stage


@pytest.fixture(scope="session")
def gcloud() -> str:
    program = shutil.which("gcloud")
    if program is None:
        pytest.skip("gcloud is not installed, so that deploy.sh and rollback.sh are not tested here")
    return program


@pytest.fixture(scope="session")
def outside(
    tmp_path_factory: pytest.TempPathFactory, postgres: services.Server, migrated_postgres: str
) -> Iterator[Outside]:
    with stages.outside(tmp_path_factory.mktemp("outside"), postgres, migrated_postgres) as found:
        yield found


@pytest.fixture
def stage(gcloud: str, outside: Outside, tmp_path: Path) -> Iterator[Stage]:
    name = f"stage-{os.getpid()}-{tmp_path.name[:20]}"
    with stages.staged(outside, tmp_path, name) as found:
        yield found
