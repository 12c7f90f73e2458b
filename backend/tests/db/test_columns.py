"""Values come back as they went in, whatever the database does to them meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import StatementError

from askdocs.db import sites, tables
from askdocs.db.columns import storable, storable_json
from askdocs.db.database import Database, Session
from askdocs.errors import AskdocsError

SUMMER = datetime(2026, 7, 1, 14, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))


def set_moment(db: Session, moment: datetime) -> None:
    site = db.scalars(select(tables.Site)).one()
    site.created_at = moment


def test_moment_comes_back_in_utc_to_the_microsecond(database: Database) -> None:
    database.run_sync(sites.add, "docs", origins=[])
    database.run_sync(set_moment, SUMMER)

    moment = database.run_sync(sites.all_sites)[0].created_at

    assert moment == SUMMER
    assert moment.tzinfo is UTC


def test_moments_compare_in_the_database_whatever_their_zones(database: Database) -> None:
    def since(db: Session, moment: datetime) -> int:
        return len(db.scalars(select(tables.Site).where(tables.Site.created_at >= moment)).all())

    database.run_sync(sites.add, "docs", origins=[])
    database.run_sync(set_moment, SUMMER)

    assert database.run_sync(since, datetime(2026, 7, 1, 12, 30, tzinfo=UTC)) == 1
    assert database.run_sync(since, datetime(2026, 7, 1, 13, 30, tzinfo=UTC)) == 0


def test_moment_in_a_session_of_another_zone_is_the_same(postgres_url: str) -> None:
    db = Database(postgres_url)
    db.run_sync(sites.add, "docs", origins=[])
    db.run_sync(set_moment, SUMMER)

    def in_tokyo(session: Session) -> datetime:
        session.execute(text("SET LOCAL TIME ZONE 'Asia/Tokyo'"))
        return session.scalars(select(tables.Site.created_at)).one()

    assert db.run_sync(in_tokyo) == SUMMER
    assert db.run_sync(in_tokyo).tzinfo is UTC
    db.close()


def test_moment_without_a_zone_is_refused(database: Database) -> None:
    database.run_sync(sites.add, "docs", origins=[])

    with pytest.raises(AskdocsError, match="time zone") as refused:
        database.run_sync(set_moment, SUMMER.replace(tzinfo=None))

    assert isinstance(refused.value.__cause__, StatementError)


def test_plain_text_is_stored_as_it_is() -> None:
    assert storable("naïve 👍 \r\n\t") == "naïve 👍 \r\n\t"


def test_json_is_cleaned_to_its_depths() -> None:
    value = {"a\0": ["b\0", {"c": ("\ud800", 1, None, True, 0.5, float("nan"), float("inf"))}]}

    assert storable_json(value) == {"a\ufffd": ["b\ufffd", {"c": ["\ufffd", 1, None, True, 0.5, None, None]}]}
