"""Accounts at OpenID providers and attempts to sign in, on both databases."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from askdocs.db import identities, members
from askdocs.db.database import Database
from askdocs.types import Member
from tests.builders import NOW, DocsStore

ISSUER, OTHER = "https://id.example.com", "https://other.example.com"
UNTIL = NOW + timedelta(minutes=10)


@pytest.fixture
def people(database: Database) -> Sequence[str]:
    """The ids of two. Tests share a database."""
    site_id, ids = DocsStore.make(database).site_id, [uuid.uuid4().hex for _ in range(2)]
    for one in ids:
        new = Member(one, f"{one}@example.com")
        database.run_sync(members.put, site_id, member=new, role="owner", now=NOW)
    return ids


def test_account_is_one_persons_and_a_person_has_one_of_an_issuer(
    database: Database, people: Sequence[str]
) -> None:
    ada, grace = people

    def bind(subject: str, member_id: str, issuer: str = ISSUER) -> bool:
        named = f"{subject} of {ada}"
        return database.run_sync(identities.bind, issuer, named, member_id=member_id, now=NOW)

    assert [bind("1", ada), bind("1", grace), bind("2", ada), bind("2", grace)] == [True, False, False, True]
    assert bind("1", grace, OTHER)
    found = database.run_sync(identities.find, ISSUER, f"1 of {ada}")
    assert found is not None
    assert found.id == ada
    assert database.run_sync(identities.forget, grace) == [ISSUER, OTHER]
    assert database.run_sync(identities.find, ISSUER, f"2 of {ada}") is None
    assert bind("2", grace)


def test_of_those_who_use_an_attempt_at_once_one_does(database: Database) -> None:
    digest = uuid.uuid4().bytes

    def use(_: int) -> bool:
        return database.run_sync(identities.use, digest, until=UNTIL, now=NOW)

    with ThreadPoolExecutor(4) as threads:
        used = list(threads.map(use, range(4)))

    assert sorted(used) == [False, False, False, True]
    assert not use(5)


def test_attempts_that_are_over_are_forgotten(database: Database) -> None:
    digest = uuid.uuid4().bytes
    database.run_sync(identities.use, digest, until=UNTIL, now=NOW)

    assert database.run_sync(identities.use, digest, until=UNTIL, now=UNTIL)
