"""The cache of embeddings, on every kind of database."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import numpy as np

from askdocs.db import embeddings
from askdocs.db.database import Database
from askdocs.types import Vector
from tests import services

TODAY = date(2026, 1, 31)


def vectors(count: int, *, dimensions: int = 8) -> dict[bytes, Vector]:
    values = np.random.default_rng(count).random((count, dimensions), dtype=np.float32)
    return {hashlib.sha256(row.tobytes()).digest(): row for row in values}


def test_vectors_come_back_exactly(database: Database) -> None:
    kept = vectors(3)
    database.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)

    found = database.run_sync(embeddings.get, "model/8", hashes=list(kept), today=TODAY)

    assert set(found) == set(kept)
    for key, vector in found.items():
        assert vector.dtype == np.float32
        np.testing.assert_array_equal(vector, kept[key])


def test_unknown_hashes_are_absent(database: Database) -> None:
    kept = vectors(2)
    database.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)
    first = next(iter(kept))

    assert set(
        database.run_sync(embeddings.get, "model/8", hashes=[first, first, b"other"], today=TODAY)
    ) == {first}
    assert database.run_sync(embeddings.get, "model/8", hashes=[], today=TODAY) == {}


def test_fingerprints_do_not_mix(database: Database) -> None:
    kept = vectors(1)
    database.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)

    assert database.run_sync(embeddings.get, "other/8", hashes=list(kept), today=TODAY) == {}


def test_putting_again_changes_nothing(database: Database) -> None:
    kept = vectors(2)
    database.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)

    database.run_sync(embeddings.put, "model/8", vectors=kept | vectors(5), today=TODAY)
    database.run_sync(embeddings.put, "model/8", vectors={}, today=TODAY)

    assert len(database.run_sync(embeddings.get, "model/8", hashes=[*kept, *vectors(5)], today=TODAY)) == 7


def test_thousands_go_in_batches(database: Database) -> None:
    kept = vectors(1500)
    database.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)

    assert len(database.run_sync(embeddings.get, "model/8", hashes=list(kept), today=TODAY)) == 1500


def test_same_vectors_may_be_put_at_the_same_time(database: Database) -> None:
    kept = vectors(600)
    backwards = dict(reversed(kept.items()))

    with ThreadPoolExecutor(2) as threads:
        puts = [
            threads.submit(database.run_sync, embeddings.put, "model/8", vectors=batch, today=TODAY)
            for batch in (kept, backwards)
        ]
        for put in puts:
            put.result()

    assert len(database.run_sync(embeddings.get, "model/8", hashes=list(kept), today=TODAY)) == 600


def test_vector_that_no_run_asks_for_is_forgotten(database: Database) -> None:
    kept, asked_for = vectors(2), vectors(3)
    database.run_sync(embeddings.put, "model/8", vectors=kept | asked_for, today=TODAY)
    later = TODAY + timedelta(days=1)
    database.run_sync(embeddings.get, "model/8", hashes=list(asked_for), today=later)

    assert database.run_sync(embeddings.sweep, unused_since=later, most=100) == 2

    found = database.run_sync(embeddings.get, "model/8", hashes=[*kept, *asked_for], today=later)
    assert set(found) == set(asked_for)


def test_vector_of_another_model_does_not_count_as_used(database: Database) -> None:
    kept = vectors(2)
    for model in ("old/8", "new/8"):
        database.run_sync(embeddings.put, model, vectors=kept, today=TODAY)
    later = TODAY + timedelta(days=1)
    database.run_sync(embeddings.get, "new/8", hashes=list(kept), today=later)

    assert database.run_sync(embeddings.sweep, unused_since=later, most=100) == 2
    assert database.run_sync(embeddings.get, "old/8", hashes=list(kept), today=later) == {}


def test_use_is_noted_once_a_day(postgres_url: str) -> None:
    """By the identity that PostgreSQL gives each version of a row."""
    db, kept = Database(postgres_url), vectors(2)
    db.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)
    states = []
    for day in (0, 1, 1):
        db.run_sync(embeddings.get, "model/8", hashes=list(kept), today=TODAY + timedelta(days=day))
        states.append(services.execute(postgres_url, "SELECT ctid::text FROM embeddings ORDER BY hash"))
    db.close()

    assert states[0] != states[1]
    assert states[1] == states[2]


def test_asking_does_not_wait_for_another_process_that_notes_the_same(postgres_url: str) -> None:
    db, kept = Database(postgres_url), vectors(2)
    db.run_sync(embeddings.put, "model/8", vectors=kept, today=TODAY)
    with services.connect(postgres_url) as other:
        other.autocommit = False
        other.cursor().execute("UPDATE embeddings SET used_on = used_on")

        found = db.run_sync(embeddings.get, "model/8", hashes=list(kept), today=TODAY + timedelta(days=1))
    db.close()

    assert set(found) == set(kept)
