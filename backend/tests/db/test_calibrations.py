"""What an evaluation found of embeddings, on every kind of database."""

from __future__ import annotations

from sqlalchemy import insert

from askdocs.db import calibrations, tables
from askdocs.db.database import Database, Session
from askdocs.types import Calibration, Features
from tests.builders import NOW

FITTED = Calibration(Features(6.0, 2.2, 6.5, -1.4), bias=-0.85, decline=0.66, sure=0.81)


def put(database: Database, fingerprint: str, calibration: Calibration) -> None:
    database.run_sync(calibrations.put, fingerprint, calibration=calibration, questions=60, now=NOW)


def test_calibration_comes_back_as_it_was_and_the_last_one_holds(database: Database) -> None:
    put(database, "docs-a", Calibration(Features(1, 1, 1, 1), 0.0, 0.5, 0.5))
    put(database, "docs-a", FITTED)

    assert database.run_sync(calibrations.get, "docs-a") == FITTED
    assert database.run_sync(calibrations.get, "docs-b") is None


def test_what_another_schema_or_a_hand_wrote_is_as_good_as_none(database: Database) -> None:
    def write(db: Session) -> None:
        for fingerprint, schema, fitted in (
            ("newer", calibrations.SCHEMA + 1, {"weights": {}, "bias": 0}),
            ("damaged", calibrations.SCHEMA, {"weights": {"best": "high"}, "bias": 0}),
        ):
            row = {"fingerprint": fingerprint, "schema_number": schema, "fitted": fitted}
            db.execute(insert(tables.Calibration).values(**row, questions=1, created_at=NOW))

    database.run_sync(write)

    assert database.run_sync(calibrations.get, "newer") is None
    assert database.run_sync(calibrations.get, "damaged") is None
    put(database, "newer", FITTED)
    assert database.run_sync(calibrations.get, "newer") == FITTED
