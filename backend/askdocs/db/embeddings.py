"""Vectors that were computed before, by the fingerprint of what computed them and the hash of the text.

They belong to no site: a vector depends on nothing but text and model, and only who has the text finds it.
Since nothing says whose text it was, a vector is forgotten when no index run has asked for it for a while.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

import numpy as np
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.engine import CursorResult

from askdocs.db import tables
from askdocs.db.database import Session
from askdocs.db.statements import batches, insert
from askdocs.types import Vector

_ROWS = 200
"""Rows per statement. A vector is some kilobytes."""


def get(db: Session, fingerprint: str, *, hashes: Sequence[bytes], today: date) -> dict[bytes, Vector]:
    """Those of the vectors that are known, each of shape (d,); it is noted that they were used `today`.

    A row is written at most once a day, and not at all while another process writes it.
    """
    found: dict[bytes, Vector] = {}
    columns = select(tables.Embedding.hash, tables.Embedding.vector)
    for batch in batches(list(dict.fromkeys(hashes)), _ROWS):
        wanted = (tables.Embedding.fingerprint == fingerprint, tables.Embedding.hash.in_(batch))
        found.update(
            (key, np.frombuffer(vector, "<f4")) for key, vector in db.execute(columns.where(*wanted))
        )
        unused = select(tables.Embedding.hash).where(*wanted, tables.Embedding.used_on < today)
        db.execute(
            update(tables.Embedding)
            .where(
                tables.Embedding.fingerprint == fingerprint,
                tables.Embedding.hash.in_(unused.with_for_update(skip_locked=True)),
            )
            .values(used_on=today)
            .execution_options(synchronize_session=False)
        )
    return found


def put(db: Session, fingerprint: str, *, vectors: Mapping[bytes, Vector], today: date) -> None:
    """Keep vectors; one that is known already stays as it is."""
    # In one order everywhere: two processes that insert the same rows in different orders would deadlock.
    for batch in batches(sorted(vectors), _ROWS):
        rows = [
            {
                "fingerprint": fingerprint,
                "hash": key,
                "vector": np.asarray(vectors[key], dtype="<f4").tobytes(),
                "used_on": today,
            }
            for key in batch
        ]
        db.execute(insert(db, tables.Embedding).values(rows).on_conflict_do_nothing())


def sweep(db: Session, *, unused_since: date, most: int) -> int:
    """Forget up to `most` vectors that no index run has asked for since then. Returns how many.

    One that is being asked for, or swept by another process, is passed over.
    """
    key = (tables.Embedding.fingerprint, tables.Embedding.hash)
    old = (
        select(*key)
        .where(tables.Embedding.used_on < unused_since)
        .order_by(tables.Embedding.used_on)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    erased = db.execute(
        delete(tables.Embedding).where(tuple_(*key).in_(old)).execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", erased).rowcount
