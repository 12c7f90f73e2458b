"""A server that stands still: its connections are open, its machine acknowledges, and nothing answers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, select
from structlog.testing import capture_logs

from askdocs.db import sites
from askdocs.db.database import Database, Session
from askdocs.errors import DatabaseUnavailable
from tests import services

WITHIN = 30.0
"""Seconds that nobody takes who does not wait for ever."""


@dataclass
class Setup:
    """A way to a database, and what stands still on it."""

    url: str
    stand_still: Callable[[], AbstractContextManager[None]]


@pytest.fixture(params=["server", "server behind a pooler", "pooler"])
def setup(
    request: pytest.FixtureRequest, postgres: services.Server, pgbouncer: services.Server, postgres_url: str
) -> Setup:
    name = postgres_url.rpartition("/")[2]
    url = services.at(postgres.url if request.param == "server" else pgbouncer.url, name)
    return Setup(url, (pgbouncer if request.param == "pooler" else postgres).standing_still)


@pytest.fixture
def database(setup: Setup) -> Iterator[Database]:
    db = Database(setup.url, pool_size=1, max_overflow=0, statement_timeout=0.6, connect_timeout=2)
    yield db
    db.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def test_reader_is_told_and_the_next_one_served(
    setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    database.run_sync(sites.all_sites)

    with setup.stand_still(), pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        threads.submit(database.run_sync, sites.all_sites).result(WITHIN)

    assert database.run_sync(sites.all_sites) == []


def test_standstill_within_a_transaction_undoes_it(
    setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    def add(db: Session, still: ExitStack) -> None:
        sites.add(db, "docs", origins=[])
        still.enter_context(setup.stand_still())
        db.execute(select(1))

    with (
        capture_logs() as lines,
        ExitStack() as still,
        pytest.raises(DatabaseUnavailable, match="cannot be reached"),
    ):
        threads.submit(database.run_sync, add, still).result(WITHIN)

    assert lines[0]["event"] == "database_stands_still"
    assert database.run_sync(sites.all_sites) == []


def test_standstill_at_commit_leaves_its_outcome_open(
    setup: Setup, database: Database, threads: ThreadPoolExecutor
) -> None:
    def add(db: Session, still: ExitStack) -> None:
        sites.add(db, "docs", origins=[])
        event.listen(db, "before_commit", lambda _: still.enter_context(setup.stand_still()))

    with ExitStack() as still, pytest.raises(DatabaseUnavailable, match="not known whether"):
        threads.submit(database.run_sync, add, still).result(WITHIN)


def test_closing_does_not_wait_for_it(setup: Setup, threads: ThreadPoolExecutor) -> None:
    db = Database(setup.url, statement_timeout=600)
    waiting = threading.Event()

    def ask(session: Session, still: ExitStack) -> None:
        session.execute(select(1))
        still.enter_context(setup.stand_still())
        waiting.set()
        session.execute(select(1))

    with ExitStack() as still:
        asking = threads.submit(asyncio.run, db.run(ask, still))
        assert waiting.wait(WITHIN)
        threads.submit(db.close).result(WITHIN)
        with pytest.raises(DatabaseUnavailable):
            asking.result(WITHIN)


def test_closing_does_not_wait_for_a_connection_to_open(threads: ThreadPoolExecutor) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql://reader@127.0.0.1:{silent.getsockname()[1]}/docs"
        db = Database(url, connect_timeout=600)
        asking = threads.submit(asyncio.run, db.run(sites.all_sites))
        connection, _ = silent.accept()

        threads.submit(db.close).result(WITHIN)

        with connection, pytest.raises(DatabaseUnavailable):
            asking.result(WITHIN)


def test_slow_statement_of_a_server_that_answers_is_not_cut(postgres_url: str) -> None:
    """The server keeps the time limit itself, says so, and the connection is of use afterwards."""
    db = Database(postgres_url, pool_size=1, max_overflow=0, statement_timeout=0.3)

    def sleep(session: Session) -> Any:
        return session.connection().exec_driver_sql("SELECT pg_sleep(20)")

    before = db.run_sync(backend)
    with pytest.raises(DatabaseUnavailable, match="took too long"):
        db.run_sync(sleep)

    assert db.run_sync(backend) == before
    db.close()


def backend(db: Session) -> Any:
    return db.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
