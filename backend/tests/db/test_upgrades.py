"""Migrations: complete, safe to run at the same time, quick when there is nothing to do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import uuid
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from structlog.testing import capture_logs

from askdocs.db import sites, tables, upgrades
from askdocs.db.database import Database, Session
from askdocs.errors import AskdocsError, DatabaseUnavailable
from tests import services

UPGRADE = "import sys; from askdocs.db.database import Database; Database(sys.argv[1]).upgrade()"
UPGRADE_ON_SIGNAL = f"import sys, alembic.command; print(flush=True); sys.stdin.read(); {UPGRADE}"


@pytest.fixture
def empty_postgres_url(postgres: services.Server) -> Iterator[str]:
    name = uuid.uuid4().hex
    yield services.create_database(postgres.url, name)
    services.drop_database(postgres.url, name)


@pytest.fixture
def empty_pgbouncer_url(pgbouncer: services.Server, empty_postgres_url: str) -> str:
    return services.at(pgbouncer.url, empty_postgres_url.rpartition("/")[2])


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/new/askdocs.db"


@pytest.fixture(params=["sqlite", "postgres", "pgbouncer"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind."""
    found: str = request.getfixturevalue(f"empty_{request.param}_url")
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    db = Database(url)
    yield db
    db.close()


def test_upgrade_leads_from_nothing_to_the_newest_tables(database: Database) -> None:
    assert database.current_migration() is None

    database.upgrade()

    assert database.current_migration() == tables.HEAD
    assert database.run_sync(sites.all_sites) == []


def test_newest_migration_is_the_one_the_program_expects() -> None:
    assert ScriptDirectory(str(upgrades.MIGRATIONS)).get_current_head() == tables.HEAD


def test_migrations_make_the_tables_that_the_code_declares(url: str) -> None:
    """By way of alembic.ini, which is what people write migrations with."""
    config = Config(upgrades.MIGRATIONS / "alembic.ini", cmd_opts=Namespace(x=[f"url={url}"]))

    command.upgrade(config, "head")
    command.check(config)


def test_migrations_can_be_undone(url: str, database: Database) -> None:
    config = Config(upgrades.MIGRATIONS / "alembic.ini", cmd_opts=Namespace(x=[f"url={url}"]))
    command.upgrade(config, "head")

    command.downgrade(config, "base")
    database.upgrade()

    assert database.current_migration() == tables.HEAD


def test_processes_that_start_together_all_succeed(url: str, database: Database) -> None:
    command = [sys.executable, "-W", "error", "-c", UPGRADE_ON_SIGNAL, url]
    with ExitStack() as stack:
        together = [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
            for _ in range(3)
        ]
        for process in together:
            assert process.stdout
            process.stdout.readline()

        for process in together:
            assert process.stdin
            process.stdin.close()
        assert [process.wait(60) for process in together] == [0, 0, 0]

    assert database.current_migration() == tables.HEAD


def test_upgrade_waits_for_the_one_that_is_running(empty_postgres_url: str) -> None:
    db = Database(empty_postgres_url)
    with ThreadPoolExecutor(1) as threads, services.connect(empty_postgres_url) as running:
        running.autocommit = False
        running.cursor().execute("SELECT pg_advisory_xact_lock(%s)", (upgrades.LOCK,))

        waiting = threads.submit(db.upgrade)
        services.wait_for(lambda: someone_waits_for_a_lock(empty_postgres_url))
        running.rollback()
        waiting.result(30)

    assert db.current_migration() == tables.HEAD
    db.close()


def someone_waits_for_a_lock(url: str) -> bool:
    return bool(services.execute(url, "SELECT 1 FROM pg_locks WHERE NOT granted"))


def test_nothing_to_do_does_not_wait_for_a_writer(empty_sqlite_url: str) -> None:
    db = Database(empty_sqlite_url, pool_timeout=0.1)
    db.upgrade()
    with closing(sqlite3.connect(empty_sqlite_url.removeprefix("sqlite:///"))) as other:
        other.execute("BEGIN IMMEDIATE")

        db.upgrade()
    db.close()


def test_nothing_to_do_does_not_load_alembic(url: str, database: Database) -> None:
    database.upgrade()

    subprocess.run([sys.executable, "-c", UPGRADE + "; assert 'alembic' not in sys.modules", url], check=True)


def test_older_program_leaves_a_newer_database_alone(database: Database) -> None:
    database.upgrade()
    database.run_sync(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")))

    with capture_logs() as lines:
        database.upgrade()

    assert [line["event"] for line in lines] == ["database_is_newer"]
    assert database.current_migration() == "9999"


def test_migration_that_fails_leaves_nothing_behind(database: Database) -> None:
    def occupy(db: Session) -> None:
        db.execute(text("CREATE TABLE embeddings (id INTEGER)"))

    database.run_sync(occupy)

    with pytest.raises(AskdocsError, match="exists") as refused:
        database.upgrade()

    assert not isinstance(refused.value, DatabaseUnavailable)
    assert database.current_migration() is None
    with pytest.raises(DatabaseUnavailable):
        database.run_sync(sites.all_sites)
