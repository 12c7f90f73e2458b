"""Vectors that were computed before, by the fingerprint of what computed them and the hash of the text.

They belong to no site: a vector depends on nothing but text and model, and only who has the text finds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select

from askdocs.db import tables
from askdocs.db.database import Session, reads
from askdocs.db.statements import batches, insert
from askdocs.types import Vector

_ROWS = 200
"""Rows per statement. A vector is some kilobytes."""


@reads
def get(db: Session, fingerprint: str, *, hashes: Sequence[bytes]) -> dict[bytes, Vector]:
    """Those of the vectors that are known, each of shape (d,)."""
    found: dict[bytes, Vector] = {}
    columns = select(tables.Embedding.hash, tables.Embedding.vector)
    for batch in batches(list(dict.fromkeys(hashes)), _ROWS):
        rows = columns.where(tables.Embedding.fingerprint == fingerprint, tables.Embedding.hash.in_(batch))
        found.update((key, np.frombuffer(vector, dtype="<f4")) for key, vector in db.execute(rows))
    return found


def put(db: Session, fingerprint: str, *, vectors: Mapping[bytes, Vector]) -> None:
    """Keep vectors; one that is known already stays as it is."""
    # In one order everywhere: two processes that insert the same rows in different orders would deadlock.
    for batch in batches(sorted(vectors), _ROWS):
        rows = [
            {
                "fingerprint": fingerprint,
                "hash": key,
                "vector": np.asarray(vectors[key], dtype="<f4").tobytes(),
            }
            for key in batch
        ]
        db.execute(insert(db, tables.Embedding).values(rows).on_conflict_do_nothing())
