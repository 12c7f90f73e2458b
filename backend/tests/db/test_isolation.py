"""What belongs to another site is to every query what does not exist: by result and by statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from askdocs.db.database import Database, Session
from askdocs.errors import AskdocsError
from tests.builders import TOKEN, DocsStore, statements
from tests.db.test_tenancy import TENANT_QUERIES, everything

ABSENT = {
    "store_id": "nowhere",
    "token": "nothing",
    "user": b"nobody",
    "message_id": "nothing",
    "session_id": "nothing",
    "pin_id": "nothing",
    "key_id": "nothing",
    "publisher_id": "nothing",
    "kid": "nothing",
    "upload_id": "nothing",
}
"""What names an object of a site, with a name that nothing has."""


class _TakenBackError(Exception):
    pass


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_every_query_takes_anothers_object_for_none(database: Database) -> None:
    stranger = DocsStore.make(database, "stranger").site_id
    tried: set[Callable[..., Any]] = set()
    named: set[str] = set()
    for query, arguments in everything(database):
        theft = {**arguments, "site_id": stranger}
        nothing = {name: value if value is None else ABSENT.get(name, value) for name, value in theft.items()}
        assert outcome(database, query, theft) == outcome(database, query, nothing), query
        database.run_sync(query, **arguments)
        tried.add(query)
        named.update(arguments)

    assert tried == set(TENANT_QUERIES)
    assert set(ABSENT) <= named


def outcome(db: Database, query: Callable[..., Any], arguments: dict[str, Any]) -> tuple[str, list[str]]:
    """What the query returns or raises, and what it asks of the database, which keeps nothing of it."""
    found = ""

    def attempt(session: Session) -> None:
        nonlocal found
        found = told(query(session, **arguments))
        session.flush()
        raise _TakenBackError

    with statements() as executed:
        try:
            db.run_sync(attempt)
        except _TakenBackError:
            pass
        except AskdocsError as error:  # also one that the tables themselves make
            found = f"{type(error).__name__}: {error}"
    return found, [statement for statement, _ in executed]


def told(value: Any) -> str:
    """Without the random names of what was made, and those that the asker gave."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    text = re.sub(r"\b[0-9a-f]{32}\b|pk_[\w-]+", "…", repr(value))
    return text.replace(TOKEN, "…").replace("nothing", "…")
