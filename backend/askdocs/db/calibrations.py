"""How sure retrieval is with embeddings of one fingerprint, as an evaluation found it.

They belong to no site: what a score means depends on the model and on how chunks are cut, not on the docs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select

from askdocs.db import tables
from askdocs.db.database import Session, read_only
from askdocs.db.statements import insert
from askdocs.observability.logging import log
from askdocs.types import Calibration, Features

SCHEMA = 2
"""Of what is stored: part of the key, so that programs of two schemas keep one each."""


@read_only
def get(db: Session, fingerprint: str) -> Calibration | None:
    """The one of the embeddings with this fingerprint: the name of a collection. None if nobody made any."""
    row = tables.Calibration
    stored = db.scalar(select(row.fitted).where(row.fingerprint == fingerprint, row.schema_number == SCHEMA))
    return _calibration(fingerprint, stored) if stored is not None else None


def put(db: Session, fingerprint: str, *, calibration: Calibration, questions: int, now: datetime) -> None:
    """Keep a calibration by so many `questions` in place of the one before."""
    values = {"fitted": asdict(calibration), "questions": questions, "created_at": now}
    db.execute(
        insert(db, tables.Calibration)
        .values(fingerprint=fingerprint, schema_number=SCHEMA, **values)
        .on_conflict_do_update(index_elements=["fingerprint", "schema_number"], set_=values)
    )


def _calibration(fingerprint: str, fields: Mapping[str, Any]) -> Calibration | None:
    """One that somebody wrote by hand and got wrong is as good as none."""
    try:
        weights = Features(**{name: float(weight) for name, weight in fields["weights"].items()})
        rest = {name: float(fields[name]) for name in ("bias", "decline", "sure")}
        return Calibration(weights, **rest)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        log.warning("calibration_unreadable", fingerprint=fingerprint, error=repr(error))
        return None
