"""Fixtures: real servers, and databases made by the migrations."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from askdocs.config import root
from askdocs.db.database import Database
from tests import services, warm
from tests.commands import askdocs, docs  # noqa: F401  fixtures
from tests.processes import slow_docs, start  # noqa: F401  fixtures
from tests.warm import Commands


@pytest.fixture(autouse=True)
def log_as_by_default() -> Iterator[None]:
    """Commands configure the log of their process, which the next test shares."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what is counted in memory within one minute: in the next one, limits allow some of it again."""
    began = time.time()
    for module in ("limits.aio.storage.memory", "limits.aio.strategies"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=lambda: began))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def warmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """`askdocs` and Python, which need not import the program at each call."""
    with warm.commands(tmp_path_factory.mktemp("warm"), library=root() / "backend") as found:
        yield found


@pytest.fixture(scope="session")
def postgres() -> Iterator[services.Server]:
    with services.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def pgbouncer(postgres: services.Server) -> Iterator[services.Server]:
    with services.pgbouncer(postgres) as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with services.redis_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def migrated_postgres(postgres: services.Server) -> str:
    url = services.create_database(postgres.url, "migrated")
    _migrate(url)
    return url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to make copies of."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """A migrated PostgreSQL database, emptied for each test: a copy for each takes ten times as long."""
    services.empty(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def empty_postgres_url(postgres: services.Server) -> Iterator[str]:
    """A PostgreSQL database without tables."""
    name = uuid.uuid4().hex
    yield services.create_database(postgres.url, name)
    services.drop_database(postgres.url, name)


@pytest.fixture
def pgbouncer_url(pgbouncer: services.Server, postgres_url: str) -> str:
    """The same behind a pooler in transaction mode."""
    return services.at(pgbouncer.url, postgres_url.rpartition("/")[2])


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of the test's own."""
    shutil.copy(migrated_sqlite, tmp_path / "askdocs.db")
    return f"sqlite:///{tmp_path / 'askdocs.db'}"


@pytest.fixture(params=["sqlite", "postgres", "pgbouncer"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    db = Database(database_url, pool_size=2, max_overflow=2, connect_timeout=5)
    yield db
    db.close()


def _migrate(url: str) -> None:
    db = Database(url)
    db.upgrade()
    db.close()
