"""One transaction per run, in threads, and errors in our terms."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text

from askdocs.db import embeddings, sites, tables
from askdocs.db.database import Database, Session, read_only
from askdocs.errors import AskdocsError, ConfigError, Conflict, DatabaseUnavailable, DiskFull

request_id: ContextVar[str] = ContextVar("request_id", default="none")

pytestmark = pytest.mark.anyio


def add_site(db: Session, name: str = "docs") -> str:
    return sites.add(db, name, origins=[]).id


def add_another(db: Session) -> str:
    return add_site(db, "another")


def site_names(db: Session) -> list[str]:
    return [site.name for site in sites.all_sites(db)]


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    db = Database(sqlite_url, pool_timeout=0.2)
    yield db
    db.close()


def test_run_commits(database: Database) -> None:
    database.run_sync(add_site)

    assert database.run_sync(site_names) == ["docs"]


async def test_run_passes_arguments_and_returns_the_result(database: Database) -> None:
    site = await database.run(sites.add, "docs", origins=["https://docs.example"])

    assert site.origins == ("https://docs.example",)


def test_error_in_a_query_rolls_back(database: Database) -> None:
    def add_and_refuse(db: Session) -> None:
        add_site(db)
        raise Conflict("No.")

    with pytest.raises(Conflict, match=r"^No\.$"):
        database.run_sync(add_and_refuse)

    assert database.run_sync(site_names) == []


async def test_run_carries_the_callers_context(database: Database) -> None:
    async def ask() -> str:
        request_id.set("r-1")
        return await database.run(lambda _: request_id.get())

    assert await ask() == "r-1"


async def test_runs_are_concurrent(database: Database) -> None:
    @read_only
    def meet(_: Session) -> bool:
        return together.wait(10) >= 0

    async def both() -> bool:
        return all(await asyncio.gather(database.run(meet), database.run(meet)))

    together = threading.Barrier(2)

    assert await both()


async def test_many_writers_take_turns(database: Database, database_url: str) -> None:
    """Each reads and then writes, which SQLite refuses to transactions that began as readers."""
    other = Database(database_url)

    def count_up(db: Session) -> None:
        site = db.scalars(select(tables.Site).with_for_update()).one()
        site.origins = [*site.origins, "x"]

    async def crowd() -> None:
        await asyncio.gather(*(db.run(count_up) for db in (database, other) for _ in range(20)))

    database.run_sync(add_site)
    await crowd()
    other.close()

    assert len(database.run_sync(sites.all_sites)[0].origins) == 40


def test_a_reader_that_writes_is_refused_on_postgres(postgres_url: str) -> None:
    db = Database(postgres_url)

    with pytest.raises(DatabaseUnavailable, match="read-only"):
        db.run_sync(read_only(add_another))
    db.close()


async def test_caller_is_refused_when_all_threads_stay_busy(sqlite_url: str) -> None:
    db = Database(sqlite_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    begun, release = threading.Event(), threading.Event()

    def hold(_: Session) -> bool:
        begun.set()
        return release.wait(10)

    async def crowd() -> None:
        slow = asyncio.create_task(db.run(hold))
        await asyncio.to_thread(begun.wait, 10)
        with pytest.raises(DatabaseUnavailable, match="busy") as refused:
            await db.run(site_names)
        assert refused.value.retry_after
        release.set()
        assert await slow

    await crowd()
    assert db.run_sync(site_names) == []
    db.close()


async def test_cancelled_caller_is_cancelled_and_not_refused(sqlite_url: str) -> None:
    db = Database(sqlite_url, pool_size=1, max_overflow=0)
    release = threading.Event()

    async def leave() -> None:
        slow = asyncio.create_task(db.run(lambda _: release.wait(10)))
        waiting = asyncio.create_task(db.run(add_site))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        await slow

    await leave()
    assert db.run_sync(site_names) == []
    db.close()


async def test_closing_finishes_what_has_begun(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    begun, release = threading.Event(), threading.Event()

    def slow(session: Session) -> str:
        begun.set()
        release.wait(10)
        return add_site(session)

    async def close_early() -> None:
        task = asyncio.create_task(db.run(slow))
        await asyncio.to_thread(begun.wait, 10)
        closing = asyncio.create_task(asyncio.to_thread(db.close))
        release.set()
        await closing
        await task
        with pytest.raises(DatabaseUnavailable, match="closed"):
            await db.run(site_names)

    await close_early()

    again = Database(sqlite_url)
    assert again.run_sync(site_names) == ["docs"]
    again.close()


def test_contradicting_row_is_a_conflict(database: Database) -> None:
    with pytest.raises(Conflict):
        database.run_sync(sites_of_nobody)


def sites_of_nobody(db: Session) -> None:
    db.add(tables.Store(site_id="nobody", name="docs", collections=[]))


def test_wrong_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(AskdocsError) as refused:
        database.run_sync(lambda db: db.execute(text("SELEC 1")))

    assert not isinstance(refused.value, DatabaseUnavailable)


def test_missing_tables_name_the_remedy(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        database.run_sync(lambda db: db.execute(text("SELECT * FROM of_the_future")))

    assert refused.value.fix == "Run `askdocs db upgrade`."


def test_errors_do_not_show_parameters(database: Database) -> None:
    with pytest.raises(AskdocsError) as refused:
        database.run_sync(lambda db: db.execute(text("SELEC :secret"), {"secret": "hunter2"}))

    assert "hunter2" not in str(refused.value)


async def test_ping_answers(database: Database) -> None:
    await database.ping()


def test_sqlite_file_is_made_with_its_folder(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/new/folder/askdocs.db")
    db.upgrade()
    db.close()

    assert (tmp_path / "new/folder/askdocs.db").exists()


@pytest.fixture
def generous_umask() -> Iterator[None]:
    """Whoever starts the program lets others read whatever it makes."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}


@pytest.mark.usefixtures("generous_umask")
def test_sqlite_files_and_their_new_folder_are_their_owners_alone(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/new/askdocs.db")
    db.upgrade()
    found = modes(tmp_path / "new")
    db.close()

    assert found == {"new": 0o700, "askdocs.db": 0o600, "askdocs.db-wal": 0o600, "askdocs.db-shm": 0o600}


def test_sqlite_file_that_others_could_read_is_closed_to_them(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "askdocs.db").chmod(0o644)

    db = Database(sqlite_url)
    db.run_sync(add_site)
    found = modes(tmp_path)
    db.close()

    assert {mode for name, mode in found.items() if name.startswith("askdocs.db")} == {0o600}


def test_second_handle_on_a_file_does_not_let_go_of_its_locks(sqlite: Database, sqlite_url: str) -> None:
    """They are the process's, and whoever closes the file drops them all. Another process then takes itself
    for the last to leave, and removes the log that is still written."""
    path = sqlite_url.removeprefix("sqlite:///")
    sqlite.run_sync(add_site)

    Database(sqlite_url).close()
    visit = "db = sqlite3.connect(sys.argv[1]); db.execute('SELECT * FROM sites'); db.close()"
    subprocess.run([sys.executable, "-c", f"import sqlite3, sys; {visit}", path], check=True)

    assert Path(f"{path}-wal").exists()


def test_sqlite_connections_are_set_up(sqlite: Database) -> None:
    def pragma(db: Session, name: str) -> object:
        return db.scalar(text(f"PRAGMA {name}"))

    assert sqlite.run_sync(pragma, "journal_mode") == "wal"
    assert sqlite.run_sync(pragma, "foreign_keys") == 1
    assert sqlite.run_sync(pragma, "busy_timeout") == 200


def test_sqlite_reader_does_not_wait_for_a_writer(sqlite: Database) -> None:
    writing, release = threading.Event(), threading.Event()

    def write(db: Session) -> None:
        add_site(db)
        writing.set()
        release.wait(10)

    with ThreadPoolExecutor(1) as threads:
        writer = threads.submit(sqlite.run_sync, write)
        assert writing.wait(10)
        assert sqlite.run_sync(sites.all_sites) == []
        release.set()
        writer.result()


def test_sqlite_writer_gives_up_on_another_process(sqlite: Database, sqlite_url: str) -> None:
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnavailable, match="another process"):
        sqlite.run_sync(add_site)

    other.close()
    sqlite.run_sync(add_site)


def test_full_disk_is_said_and_loses_nothing(sqlite: Database) -> None:
    def outgrow(db: Session) -> None:
        db.execute(text("PRAGMA max_page_count = 60"))
        db.add(tables.Embedding(fingerprint="f", hash=b"h", vector=bytes(1_000_000)))

    sqlite.run_sync(add_site)
    with pytest.raises(DiskFull, match="disk"):
        sqlite.run_sync(outgrow)

    assert sqlite.run_sync(site_names) == ["docs"]
    assert sqlite.run_sync(embeddings.get, "f", hashes=[b"h"], today=date(2026, 1, 1)) == {}


def test_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "askdocs.db").write_bytes(b"something else" * 100)
    db = Database(f"sqlite:///{tmp_path}/askdocs.db")

    with pytest.raises(DatabaseUnavailable, match="not a database"):
        db.upgrade()
    db.close()


def test_folder_in_place_of_a_database_is_said(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}")

    with pytest.raises(DatabaseUnavailable, match="unable to open"):
        db.run_sync(site_names)
    db.close()


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseUnavailable, match="cannot be made"):
        Database(f"sqlite:///{tmp_path}/file/askdocs.db")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "not a URL"),
        ("no url", "not a URL"),
        ("postgresql://u:secret@host:port/db", "not a URL"),
        ("mysql://u:secret@host/db", "not supported: mysql"),
        ("sqlite://", "no file"),
        ("sqlite:///:memory:", "no file"),
        ("postgresql://u:secret@host/db?pgbouncer=true", 'invalid connection option "pgbouncer"'),
    ],
)
def test_unusable_url_is_refused_without_showing_it(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        Database(url)

    assert "secret" not in str(refused.value) + refused.value.fix
