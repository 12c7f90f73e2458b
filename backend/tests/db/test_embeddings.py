"""The cache of embeddings, on every kind of database."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from askdocs.db import embeddings
from askdocs.db.database import Database
from askdocs.types import Vector


def vectors(count: int, *, dimensions: int = 8) -> dict[bytes, Vector]:
    values = np.random.default_rng(count).random((count, dimensions), dtype=np.float32)
    return {hashlib.sha256(row.tobytes()).digest(): row for row in values}


def test_vectors_come_back_exactly(database: Database) -> None:
    kept = vectors(3)
    database.run_sync(embeddings.put, "model/8", vectors=kept)

    found = database.run_sync(embeddings.get, "model/8", hashes=list(kept))

    assert set(found) == set(kept)
    for key, vector in found.items():
        assert vector.dtype == np.float32
        np.testing.assert_array_equal(vector, kept[key])


def test_unknown_hashes_are_absent(database: Database) -> None:
    kept = vectors(2)
    database.run_sync(embeddings.put, "model/8", vectors=kept)
    first = next(iter(kept))

    assert set(database.run_sync(embeddings.get, "model/8", hashes=[first, first, b"other"])) == {first}
    assert database.run_sync(embeddings.get, "model/8", hashes=[]) == {}


def test_fingerprints_do_not_mix(database: Database) -> None:
    kept = vectors(1)
    database.run_sync(embeddings.put, "model/8", vectors=kept)

    assert database.run_sync(embeddings.get, "other/8", hashes=list(kept)) == {}


def test_putting_again_changes_nothing(database: Database) -> None:
    kept = vectors(2)
    database.run_sync(embeddings.put, "model/8", vectors=kept)

    database.run_sync(embeddings.put, "model/8", vectors=kept | vectors(5))
    database.run_sync(embeddings.put, "model/8", vectors={})

    assert len(database.run_sync(embeddings.get, "model/8", hashes=[*kept, *vectors(5)])) == 7


def test_thousands_go_in_batches(database: Database) -> None:
    kept = vectors(1500)
    database.run_sync(embeddings.put, "model/8", vectors=kept)

    assert len(database.run_sync(embeddings.get, "model/8", hashes=list(kept))) == 1500


def test_same_vectors_may_be_put_at_the_same_time(database: Database) -> None:
    kept = vectors(600)
    backwards = dict(reversed(kept.items()))

    with ThreadPoolExecutor(2) as threads:
        puts = [
            threads.submit(database.run_sync, embeddings.put, "model/8", vectors=batch)
            for batch in (kept, backwards)
        ]
        for put in puts:
            put.result()

    assert len(database.run_sync(embeddings.get, "model/8", hashes=list(kept))) == 600
