"""Connections that break, servers that are down, asleep, slow or behind a pooler."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from askdocs.db import sites
from askdocs.db.database import Database, read_only
from askdocs.errors import DatabaseUnavailable
from tests import services

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["postgres_url", "pgbouncer_url"])
def server_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def database(server_url: str) -> Iterator[Database]:
    db = Database(server_url, pool_size=1, max_overflow=0, statement_timeout=5)
    yield db
    db.close()


@pytest.fixture
def bouncer(postgres: services.Server) -> Iterator[services.Server]:
    """A pooler of the test's own, to stop and start."""
    with services.pgbouncer(postgres) as server:
        yield server


def backend(db: Session) -> int:
    return int(db.execute(text("SELECT pg_backend_pid()")).scalar_one())


def kill(url: str, pid: int) -> None:
    """End a backend, and return when it is gone."""
    assert services.execute(services.at(url, "postgres"), "SELECT pg_terminate_backend(%s, 5000)", pid)


def add_site(db: Session) -> None:
    sites.add(db, "docs", origins=[])


def test_connection_that_died_in_the_pool_is_replaced(database: Database, server_url: str) -> None:
    kill(server_url, database.run_sync(backend))

    with capture_logs() as lines:
        database.run_sync(add_site)

    assert lines == []
    assert len(database.run_sync(sites.all_sites)) == 1


def test_transaction_runs_again_when_its_connection_dies(database: Database, server_url: str) -> None:
    tries = []

    def die_once(db: Session) -> None:
        add_site(db)
        tries.append(backend(db))
        if len(tries) == 1:
            kill(server_url, tries[0])
        db.execute(select(1))

    database.run_sync(die_once)

    assert len(tries) == 2
    assert len(database.run_sync(sites.all_sites)) == 1


def test_transaction_never_runs_again_once_it_was_committing(database: Database, server_url: str) -> None:
    tries = []

    def die_at_commit(db: Session) -> None:
        add_site(db)
        pid = backend(db)
        tries.append(pid)
        event.listen(db, "before_commit", lambda _: kill(server_url, pid))

    with pytest.raises(DatabaseUnavailable, match="not known whether"):
        database.run_sync(die_at_commit)

    assert len(tries) == 1
    assert database.run_sync(sites.all_sites) == []


def test_reading_transaction_may_run_again_even_then(database: Database, server_url: str) -> None:
    tries = []

    @read_only
    def die_at_first_commit(db: Session) -> None:
        pid = backend(db)
        tries.append(pid)
        if len(tries) == 1:
            event.listen(db, "before_commit", lambda _: kill(server_url, pid))

    database.run_sync(die_at_first_commit)

    assert len(tries) == 2


def test_connection_that_is_lost_in_another_language_is_replaced(postgres_url: str) -> None:
    """Servers speak their users' languages; only the codes of errors are the same everywhere."""
    db = Database(postgres_url)
    tries = []

    def lose_once(db: Session) -> None:
        tries.append(backend(db))
        if len(tries) == 1:
            db.execute(text("DO $$BEGIN RAISE 'Verbindung verloren' USING ERRCODE = '08006'; END$$"))

    db.run_sync(lose_once)

    assert len(set(tries)) == 2
    db.close()


def test_pooler_that_restarts_is_not_noticed(bouncer: services.Server, postgres_url: str) -> None:
    db = Database(services.at(bouncer.url, postgres_url.rpartition("/")[2]))
    db.run_sync(add_site)
    bouncer.stop()
    bouncer.start()

    assert len(db.run_sync(sites.all_sites)) == 1
    db.close()


def test_sleeping_database_is_waited_for(bouncer: services.Server, postgres_url: str) -> None:
    db = Database(services.at(bouncer.url, postgres_url.rpartition("/")[2]))
    bouncer.stop()

    with ThreadPoolExecutor(1) as threads, capture_logs() as lines:
        asleep_until = time.monotonic() + 1.5
        first = threads.submit(db.run_sync, sites.all_sites)
        services.wait_for(lambda: time.monotonic() > asleep_until)
        bouncer.start()
        assert first.result(10) == []

    assert {line["event"] for line in lines} == {"database_retry"}
    db.close()


async def test_server_that_is_down_is_said_in_bounded_time() -> None:
    url = f"postgresql://reader:hunter2@127.0.0.1:{services.free_port()}/docs"
    db = Database(url, connect_timeout=1)
    started = time.monotonic()

    with pytest.raises(DatabaseUnavailable, match=r"cannot be reached: .*refused") as refused:
        await db.run(sites.all_sites)

    assert time.monotonic() - started < 5
    assert type(refused.value) is DatabaseUnavailable
    assert refused.value.retry_after
    assert "hunter2" not in str(refused.value)
    db.close()


async def test_ping_says_at_once_that_the_server_is_down() -> None:
    db = Database(f"postgresql://reader@127.0.0.1:{services.free_port()}/docs")

    with capture_logs() as retries, pytest.raises(DatabaseUnavailable):
        await db.ping()

    assert retries == []
    db.close()


def test_closing_ends_the_wait_for_a_server() -> None:
    db = Database(
        f"postgresql://reader@127.0.0.1:{services.free_port()}/docs", connect_timeout=60, connect_attempts=50
    )
    started = time.monotonic()

    with ThreadPoolExecutor(1) as threads, capture_logs() as lines:
        waiting = threads.submit(asyncio.run, db.run(sites.all_sites))
        services.wait_for(lambda: len(lines) >= 2)
        db.close()
        with pytest.raises(DatabaseUnavailable):
            waiting.result(10)

    assert time.monotonic() - started < 20


def test_server_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        db = Database(f"postgresql://reader@127.0.0.1:{silent.getsockname()[1]}/docs", connect_timeout=1)
        started = time.monotonic()

        with pytest.raises(DatabaseUnavailable, match="timeout expired"):
            db.run_sync(sites.all_sites)

        assert time.monotonic() - started < 10
        db.close()


def test_wrong_name_of_the_database_is_not_tried_again(postgres: services.Server) -> None:
    db = Database(services.at(postgres.url, "nowhere"))

    with capture_logs() as lines, pytest.raises(DatabaseUnavailable, match="does not exist") as refused:
        db.run_sync(sites.all_sites)

    assert "DATABASE_URL" in refused.value.fix
    assert lines == []
    db.close()


def test_ssl_mode_of_the_url_is_honoured(postgres_url: str) -> None:
    db = Database(f"{postgres_url}?sslmode=require")

    with pytest.raises(DatabaseUnavailable, match="does not support SSL"):
        db.run_sync(sites.all_sites)
    db.close()


def test_other_options_of_the_url_are_honoured(postgres_url: str) -> None:
    db = Database(f"{postgres_url.replace('postgresql:', 'postgres:')}?application_name=mine")

    assert db.run_sync(lambda session: session.scalar(text("SHOW application_name"))) == "mine"
    db.close()


def test_slow_statement_is_ended(server_url: str) -> None:
    db = Database(server_url, statement_timeout=0.2)

    with pytest.raises(DatabaseUnavailable, match="too long"):
        db.run_sync(lambda session: session.execute(text("SELECT pg_sleep(10)")))

    assert db.run_sync(sites.all_sites) == []
    db.close()


def test_limits_end_with_the_transaction(pgbouncer_url: str) -> None:
    """Behind a pooler the next transaction on the same server connection may be another program's."""

    def limits(db: Session) -> tuple[Any, Any, int]:
        names = ("statement_timeout", "idle_in_transaction_session_timeout")
        statement, idle = (db.scalar(text(f"SHOW {name}")) for name in names)
        return statement, idle, backend(db)

    db = Database(pgbouncer_url, statement_timeout=5)
    statement, idle, pid = db.run_sync(limits)
    db.close()

    outside = services.execute(pgbouncer_url, "SELECT current_setting('statement_timeout'), pg_backend_pid()")
    assert (statement, idle) == ("5s", "1min")
    assert outside == [("0", pid)]


async def test_many_transactions_share_a_pooler(pgbouncer_url: str) -> None:
    db = Database(pgbouncer_url, pool_size=8, max_overflow=8)

    async def crowd() -> list[Any]:
        return await asyncio.gather(*(db.run(sites.by_key, f"pk_{number}") for number in range(300)))

    assert await crowd() == [None] * 300
    db.close()
