"""Migrations: complete, safe to run at the same time, quick when there is nothing to do."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text, update
from structlog.testing import capture_logs

from askdocs import __version__
from askdocs.db import sites, tables, upgrades
from askdocs.db.database import Database, Session
from askdocs.errors import AskdocsError, DatabaseUnavailable, SchemaMismatch
from tests import services

UPGRADE = "import sys; from askdocs.db.database import Database; Database(sys.argv[1]).upgrade()"
UPGRADE_ON_SIGNAL = f"import sys, alembic.command; print(flush=True); sys.stdin.read(); {UPGRADE}"


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


def by_hand(url: str) -> Config:
    """By way of alembic.ini, which is what people write migrations with."""
    return Config(upgrades.MIGRATIONS / "alembic.ini", cmd_opts=Namespace(x=[f"url={url}"]))


def test_migrations_make_the_tables_that_the_code_declares(url: str) -> None:
    config = by_hand(url)

    command.upgrade(config, "head")
    command.check(config)


def test_migrations_can_be_undone(url: str, database: Database) -> None:
    config = by_hand(url)
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


def test_closing_ends_an_upgrade_that_waits(empty_postgres_url: str) -> None:
    db = Database(empty_postgres_url)
    with ThreadPoolExecutor(1) as threads, services.connect(empty_postgres_url) as running:
        running.autocommit = False
        running.cursor().execute("SELECT pg_advisory_xact_lock(%s)", (upgrades.LOCK,))
        waiting = threads.submit(db.upgrade)
        services.wait_for(lambda: someone_waits_for_a_lock(empty_postgres_url))

        db.close()

        with pytest.raises(DatabaseUnavailable):
            waiting.result(30)


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


def make_newer(database: Database, *, compatible_from: str) -> None:
    """What the program of migration 9999 would leave."""

    def write(db: Session) -> None:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        newer = {"migration": "9999", "compatible_from": compatible_from, "program": "9.9"}
        db.execute(update(tables.SchemaInfo).values(newer))

    database.upgrade()
    database.run_sync(write)


def test_older_program_uses_a_newer_database_that_allows_it(database: Database) -> None:
    make_newer(database, compatible_from=tables.HEAD)

    with capture_logs() as lines:
        database.prepare()
        database.upgrade()

    assert [(line["event"], line["by"]) for line in lines] == [("database_is_newer", "9.9")] * 2
    assert database.current_migration() == "9999"
    database.run_sync(sites.add, "docs", origins=[])


@pytest.mark.parametrize("work", [Database.prepare, Database.upgrade])
def test_older_program_refuses_a_newer_database_that_does_not(
    database: Database, work: Callable[[Database], object]
) -> None:
    make_newer(database, compatible_from="9998")

    with pytest.raises(SchemaMismatch, match=r"upgraded to 9999 by Askdocs 9\.9") as refused:
        work(database)

    assert "Run Askdocs 9.9" in refused.value.fix
    assert database.current_migration() == "9999"


def test_database_of_which_nothing_is_known_is_refused(database: Database) -> None:
    database.upgrade()
    database.run_sync(lambda db: db.execute(text("UPDATE alembic_version SET version_num = 'ab12'")))

    with pytest.raises(SchemaMismatch, match="a newer build of Askdocs"):
        database.prepare()


def test_preparing_changes_nothing_of_an_older_database(url: str, database: Database) -> None:
    command.upgrade(by_hand(url), "0001")

    with pytest.raises(SchemaMismatch, match=f"at 0001, not {tables.HEAD}") as refused:
        database.prepare()

    assert refused.value.fix == "Run `askdocs db upgrade`."
    assert database.current_migration() == "0001"


def test_preparing_makes_the_tables_of_an_empty_file_and_of_nothing_else(
    empty_sqlite_url: str, empty_postgres_url: str
) -> None:
    file, server = Database(empty_sqlite_url), Database(empty_postgres_url)

    file.prepare()
    with pytest.raises(SchemaMismatch, match="no tables"):
        server.prepare()

    assert (file.current_migration(), server.current_migration()) == (tables.HEAD, None)
    file.close()
    server.close()


def test_tables_say_who_may_use_them_after_each_step_up_and_down(url: str, database: Database) -> None:
    found = []
    for step, to in ((command.upgrade, "head"), (command.downgrade, "0002"), (command.upgrade, "0003")):
        step(by_hand(url), to)
        found.append(database.run_sync(schema_info))

    (newest,), before, (third,) = found
    assert (newest[0], newest[2]) == (tables.HEAD, __version__)
    assert before == []
    assert third == ("0003", "0001", __version__)


def schema_info(db: Session) -> list[tuple[str, ...]]:
    if not inspect(db.connection()).has_table("schema_info"):
        return []
    return [tuple(row) for row in db.execute(text("SELECT * FROM schema_info"))]


def test_every_migration_names_an_earlier_one_or_itself_as_compatible() -> None:
    scripts = list(ScriptDirectory(str(upgrades.MIGRATIONS)).walk_revisions())
    known = [script.revision for script in reversed(scripts)]
    named = [script.module.compatible_from for script in reversed(scripts)]

    assert known == sorted(known)
    assert named == sorted(named)
    assert all(oldest in known and oldest <= own for oldest, own in zip(named, known, strict=True))


def test_program_of_the_first_tables_can_still_write_embeddings(database: Database) -> None:
    database.upgrade()
    insert = "INSERT INTO embeddings (fingerprint, hash, vector) VALUES ('m', :bytes, :bytes)"

    database.run_sync(lambda db: db.execute(text(insert), {"bytes": b"1"}))

    used = database.run_sync(lambda db: db.scalars(select(tables.Embedding.used_on)).one())
    assert abs(date.today() - used) <= timedelta(days=1)


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
