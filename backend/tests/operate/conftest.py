"""Fixtures: a project at the stand-in for Google Cloud, and installations to back up, one of each kind."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services, warm
from tests.operate import stage as stages
from tests.operate.installations import Installation, migrate, qdrant_server
from tests.operate.stage import Outside, Stage
from tests.warm import Commands


@pytest.fixture(scope="session")
def gcloud() -> str:
    program = shutil.which("gcloud")
    if program is None:
        pytest.skip("gcloud is not installed, so that what calls it is not tested here")
    return program


@pytest.fixture(scope="session")
def warm_gcloud(gcloud: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a `gcloud` that need not import itself at each call."""
    folder = tmp_path_factory.mktemp("gcloud")
    with warm.gcloud(folder, gcloud):
        yield folder


@pytest.fixture(scope="session")
def outside(
    tmp_path_factory: pytest.TempPathFactory,
    postgres: services.Server,
    warmed: Commands,
    warm_gcloud: Path,
) -> Iterator[Outside]:
    with stages.outside(tmp_path_factory.mktemp("outside"), postgres, warmed, warm_gcloud) as found:
        yield found


@pytest.fixture
def stage(outside: Outside, tmp_path: Path) -> Iterator[Stage]:
    name = f"stage-{os.getpid()}-{tmp_path.name[:20]}"
    with stages.staged(outside, tmp_path, name) as found:
        yield found


@pytest.fixture(scope="module")
def qdrant_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with qdrant_server(tmp_path_factory.mktemp("qdrant")) as url:
        yield url


@pytest.fixture
def embedded(tmp_path: Path, warmed: Commands) -> Installation:
    """SQLite and the embedded engine."""
    return Installation(tmp_path, warmed)


@pytest.fixture
def remote(
    tmp_path: Path, warmed: Commands, postgres: services.Server, qdrant_url: str
) -> Iterator[Installation]:
    """PostgreSQL and a Qdrant server."""
    name = f"backed_up_{uuid.uuid4().hex[:8]}"
    url = services.create_database(postgres.url, name)
    prefix = f"{tmp_path.name[-12:].replace('_', '-').strip('-')}-{name[-4:]}"
    yield Installation(
        tmp_path,
        warmed,
        variables={
            "DATABASE_URL": url,
            "QDRANT_URL": qdrant_url,
            "ASKDOCS_VECTORS__COLLECTION_PREFIX": prefix,
        },
        overrides={
            "database_url": url,
            "qdrant_url": qdrant_url,
            "vectors": {"collection_prefix": prefix, "transport": "rest"},
        },
    )
    services.drop_database(postgres.url, name)


@pytest.fixture(params=["embedded", "remote"])
def installation(request: pytest.FixtureRequest) -> Installation:
    """One of each kind, with two editions published."""
    return _published(request.getfixturevalue(request.param))


@pytest.fixture
def local(embedded: Installation) -> Installation:
    """The embedded one with two editions published, for what does not depend on the kind."""
    return _published(embedded)


def _published(installation: Installation) -> Installation:
    migrate(installation)
    installation.publish(1)
    installation.publish(2)
    return installation


@pytest.fixture
def keys(tmp_path: Path) -> list[tuple[str, Path]]:
    """Two pairs of a public key and the file of the secret one."""
    found = []
    for number in range(2):
        file = tmp_path / f"key{number}"
        said = subprocess.run(["age-keygen", "-o", file], check=True, capture_output=True, text=True)
        found.append((said.stderr.split()[-1], file))
    return found
