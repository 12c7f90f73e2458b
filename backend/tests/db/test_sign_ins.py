"""Sign-ins of people, on both databases: rotated once, ended one by one or all together."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from askdocs.db import members, sign_ins
from askdocs.db.database import Database
from askdocs.types import Member
from tests.builders import NOW, DocsStore

LATER = NOW + timedelta(days=30)


@pytest.fixture
def ada(database: Database) -> Member:
    site_id = DocsStore.make(database).site_id
    named = uuid.uuid4().hex
    new = Member(named, f"{named}@example.com")
    database.run_sync(members.put, site_id, member=new, role="owner", now=NOW)
    for name in ("one", "two"):
        assert add(database, new, name)
    return new


def named(person: Member, name: str) -> str:
    """Tests share a database."""
    return f"{name} of {person.id}"


def add(database: Database, person: Member, name: str) -> bool:
    return database.run_sync(
        sign_ins.add, named(person, name), person=person, digest=name.encode(), now=NOW, until=LATER
    )


def rotate(database: Database, ada: Member, name: str, digest: bytes, *, days: int = 0) -> Member | None:
    now = NOW + timedelta(days=days)
    return database.run_sync(sign_ins.rotate, named(ada, name), digest=digest, successor=b"next", now=now)


def roles(database: Database, ada: Member, name: str, *, epoch: int = 0, days: int = 0) -> list[str] | None:
    now = NOW + timedelta(days=days)
    found = database.run_sync(sign_ins.grants, named(ada, name), member=ada.id, epoch=epoch, now=now)
    return None if found is None else list(found[1].values())


def test_token_is_rotated_once(database: Database, ada: Member) -> None:
    assert rotate(database, ada, "one", b"one") == ada
    assert rotate(database, ada, "one", b"one") is None
    assert rotate(database, ada, "one", b"next") == ada
    assert rotate(database, ada, "two", b"one") is None
    assert rotate(database, ada, "two", b"two", days=30) is None


def test_sign_in_that_has_ended_grants_nothing(database: Database, ada: Member) -> None:
    assert roles(database, ada, "one") == ["owner"]
    assert database.run_sync(sign_ins.remove, named(ada, "one")) == ada.id
    assert database.run_sync(sign_ins.remove, named(ada, "one")) is None

    assert (roles(database, ada, "one"), roles(database, ada, "two")) == (None, ["owner"])
    assert (roles(database, ada, "two", days=30), roles(database, ada, "two", epoch=1)) == (None, None)


def test_all_are_ended_together_and_none_begins_as_of_before(database: Database, ada: Member) -> None:
    database.run_sync(sign_ins.remove_all, ada.id)

    assert not add(database, ada, "three")
    assert add(database, Member(ada.id, ada.address, 1), "four")
    assert (roles(database, ada, "one", epoch=1), roles(database, ada, "four", epoch=1)) == (None, ["owner"])


def test_those_that_are_over_are_forgotten(database: Database, ada: Member) -> None:
    late = LATER + timedelta(seconds=1)
    until = late + timedelta(days=1)
    database.run_sync(sign_ins.add, named(ada, "late"), person=ada, digest=b"late", now=late, until=until)
    ended = [database.run_sync(sign_ins.remove, named(ada, name)) for name in ("one", "two", "late")]

    assert ended == [None, None, ada.id]
