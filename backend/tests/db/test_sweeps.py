"""Sweeps over all sites: in bounded batches, by an index, beside readers and other processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from askdocs.db import embeddings, messages, sessions
from askdocs.db.database import Database
from tests import services
from tests.builders import NOW, Chat, statements

OLD = NOW - timedelta(days=100)
SWEEPS: list[tuple[Callable[..., int], dict[str, Any], str]] = [
    (sessions.sweep, {"older_than": NOW - timedelta(days=90)}, "ix_chat_sessions_active_at"),
    (messages.abandon, {"older_than": NOW}, "ix_messages_streaming"),
    (embeddings.sweep, {"unused_since": OLD.date()}, "ix_embeddings_used_on"),
]
MANY = """
INSERT INTO chat_sessions (id, site_id, token_hash, turns, created_at, active_at)
SELECT n, sites.id, int4send(n), 1, '2026-01-01', '2026-01-01'::timestamptz - n * interval '1 hour'
FROM sites, generate_series(1, 5000) AS n;
INSERT INTO messages (id, site_id, session_id, position, role, text, status, citations, sources, usage,
timings, release, model, page_url, page_title, version, locale, created_at)
SELECT id, site_id, id, 2, 'assistant', '', CASE WHEN id = '7' THEN 'streaming' ELSE 'answered' END,
'[]', '[]', '{}', '{}', '{}', '', '', '', '', '', active_at FROM chat_sessions;
INSERT INTO embeddings (fingerprint, hash, vector, used_on)
SELECT 'model', int4send(n), '', '2026-01-01'::date - n / 24 FROM generate_series(1, 5000) AS n;
ANALYZE;
"""


def test_sweep_erases_no_more_than_it_may_oldest_first(database: Database) -> None:
    chat = Chat.make(database)
    for number in range(5):
        Chat(database, chat.site_id, f"t{number}").open(number, now=OLD + timedelta(days=number))

    assert database.run_sync(sessions.sweep, older_than=NOW, most=3) == 3

    left = [database.run_sync(sessions.exists, chat.site_id, token=f"t{number}") for number in range(5)]
    assert left == [False, False, False, True, True]


def test_no_more_answers_are_closed_than_may_be(database: Database) -> None:
    chat = Chat.make(database)
    for number in range(5):
        chat.open(number, now=OLD)

    assert [database.run_sync(messages.abandon, older_than=NOW, most=3) for _ in range(3)] == [3, 2, 0]


def test_sweep_passes_over_a_session_that_is_being_asked_in(postgres_url: str) -> None:
    db = Database(postgres_url)
    chat = Chat.make(db)
    asking, _ = chat.open(1, now=OLD)
    Chat(db, chat.site_id, "silent").open(2, now=OLD)

    with services.connect(postgres_url) as reader:
        reader.autocommit = False
        reader.cursor().execute("SELECT 1 FROM chat_sessions WHERE id = %s FOR UPDATE", (asking.id,))
        assert db.run_sync(sessions.sweep, older_than=NOW, most=9) == 1

    assert db.run_sync(sessions.exists, chat.site_id, token=chat.token)
    db.close()


@pytest.mark.parametrize(("sweep", "arguments", "index"), SWEEPS, ids=["sessions", "answers", "embeddings"])
def test_sweep_finds_its_rows_by_an_index(
    postgres_url: str, sweep: Callable[..., int], arguments: dict[str, Any], index: str
) -> None:
    db = Database(postgres_url)
    Chat.make(db)
    services.execute(postgres_url, MANY)
    with statements() as executed:
        db.run_sync(sweep, most=10, **arguments)
    db.close()
    statement, parameters = executed[-1]

    plan = explain(postgres_url, statement, parameters)

    assert index in plan
    assert "Seq Scan" not in plan


def test_answers_left_open_are_found_by_an_index_on_sqlite(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    with statements() as executed:
        db.run_sync(messages.abandon, older_than=NOW, most=10)
    db.close()
    statement, parameters = executed[-1]

    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        plan = list(connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    assert any("ix_messages_streaming" in step[3] for step in plan)


def explain(url: str, statement: str, parameters: Any) -> str:
    with services.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(line for (line,) in cursor.fetchall())
