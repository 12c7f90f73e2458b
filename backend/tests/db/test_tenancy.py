"""No query on a site's data goes without its site: by signature, by its SQL, and by what it finds."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from askdocs import db as package
from askdocs.db import (
    api_keys,
    audit,
    calibrations,
    documents,
    embeddings,
    exports,
    feedback,
    identities,
    issuer_keys,
    leases,
    members,
    messages,
    pins,
    publishers,
    readings,
    revisions,
    sessions,
    sign_ins,
    sites,
    spending,
    uploads,
    user_keys,
    visitors,
)
from askdocs.db.database import Database
from askdocs.db.pins import Pin
from askdocs.db.readings import Kept
from askdocs.db.spending import Account
from askdocs.errors import AskdocsError, NotFound
from askdocs.types import NOTHING, Actor, ApiKey, Ask, Caps, Member, Publisher, UserKey
from tests.builders import ANSWER, NOW, PIN, TOKEN, Chat, DocsStore, statements

MODULES = (
    sites,
    leases,
    revisions,
    documents,
    sessions,
    messages,
    feedback,
    pins,
    readings,
    user_keys,
    spending,
    api_keys,
    audit,
    publishers,
    issuer_keys,
    members,
    identities,
    sign_ins,
    visitors,
    uploads,
    exports,
    embeddings,
    calibrations,
)
OF_NO_SITE = {
    sites.add,  # makes the site
    sites.ensure,
    sites.by_key,  # finds it
    sites.by_name,
    sites.all_sites,
    sites.live_revisions,  # the operator's view of all
    sites.removed,
    api_keys.by_digest,  # finds the site
    publishers.of_repository,  # finds the sites
    issuer_keys.get,  # an issuer has the same for all sites
    issuer_keys.put,
    members.by_address,  # a person may be of many sites
    members.sites,
    members.set_password,
    identities.find,
    identities.bind,
    identities.forget,
    identities.use,
    sign_ins.add,
    sign_ins.rotate,
    sign_ins.remove,
    sign_ins.remove_all,
    sign_ins.grants,
    leases.failures,
    sessions.sweep,  # of all sites of one retention
    messages.abandon,
    spending.sweep,
    uploads.sweep,
    embeddings.get,  # a vector depends on nothing but text and model
    embeddings.put,
    embeddings.sweep,
    calibrations.get,  # what a score means depends on the embeddings, not on the docs
    calibrations.put,
}
TENANT_TABLES = (
    "stores",
    "revisions",
    "documents",
    "chat_sessions",
    "messages",
    "feedback",
    "pins",
    "readings",
    "user_keys",
    "spending",
    "api_keys",
    "publishers",
    "audit_log",
    "uploads",
    "upload_pages",
    "memberships",
)


def queries(module: ModuleType) -> Iterator[Callable[..., Any]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and not name.startswith("_"):
            yield function


ALL_QUERIES = [query for module in MODULES for query in queries(module)]
TENANT_QUERIES = [query for query in ALL_QUERIES if query not in OF_NO_SITE]


def test_every_module_of_queries_is_looked_at() -> None:
    others = {
        "clock",
        "columns",
        "contents",  # the operator's view of all sites, for backups
        "copies",
        "database",
        "engine",
        "failures",
        "published_sources",
        "statements",
        "stores",
        "tables",
        "upgrades",
        "watchdog",
    }

    assert {module.__name__ for module in MODULES} == {
        f"askdocs.db.{name}" for name in module_names() - others
    }


def module_names() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(package.__path__)}


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: f"{query.__module__}.{query.__name__}")
def test_query_takes_the_session_first_and_few_others_by_position(query: Callable[..., Any]) -> None:
    parameters = list(inspect.signature(query).parameters.values())

    assert parameters[0].name == "db"
    assert sum(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters) <= 3


@pytest.mark.parametrize("query", TENANT_QUERIES, ids=lambda query: f"{query.__module__}.{query.__name__}")
def test_query_on_a_sites_data_takes_the_site(query: Callable[..., Any]) -> None:
    site_id = inspect.signature(query).parameters.get("site_id")

    assert site_id is not None, "take site_id, or say in OF_NO_SITE why not"
    assert site_id.default is site_id.empty


def test_every_statement_on_a_sites_data_names_the_site(sqlite_url: str) -> None:
    db = Database(sqlite_url)
    called: set[Callable[..., Any]] = set()
    with statements() as executed:
        for query, arguments in everything(db):
            executed.clear()
            db.run_sync(query, **arguments)
            called.add(query)
            for statement in filter(touches_tenants, (statement for statement, _ in executed)):
                assert "site_id" in condition(statement), statement
    db.close()

    assert called == set(TENANT_QUERIES)


def touches_tenants(statement: str) -> bool:
    return re.search(rf"\b(FROM|INTO|UPDATE|JOIN) ({'|'.join(TENANT_TABLES)})\b", statement) is not None


def condition(statement: str) -> str:
    """What selects the statement's rows; of an INSERT, the rows themselves."""
    rows = statement.partition("RETURNING")[0]
    return rows if rows.startswith("INSERT") else rows.partition("WHERE")[2]


def everything(db: Database) -> Iterator[tuple[Callable[..., Any], dict[str, Any]]]:
    """Every query on a site's data with arguments that make it run to its end."""
    store = DocsStore.make(db)
    site = {"site_id": store.site_id}
    docs = {**site, "store_id": store.id}
    store.publish({"a": "a1"})
    store.publish({"a": "a2", "b": "b1"})
    store.begin()
    mine = {**docs, "owner": "me"}
    chat = {**site, "token": TOKEN}
    question = {"question": "?", "ask": Ask("?"), "question_id": "q", "answer_id": "a", "history_turns": 3}
    lease = {"collection": "c2", "model": "m", "dimensions": 3, "source": "build", "lease_seconds": 30}
    vote = {"vote": "up", "reason": None, "comment": ""}

    yield leases.renew, mine
    yield leases.held, mine
    yield revisions.publish, {**mine, "publication": store.change({"a": "a3"}, since=2), "now": NOW}
    yield leases.take, {**mine, **lease, "now": NOW}
    yield leases.take, {**docs, **lease, "owner": "you", "now": NOW, "take_over": True}
    yield leases.has_stopped, {**docs, "number": 4}
    yield leases.give_up, {**mine, "error": "No."}
    yield leases.discard, {**docs, "owner": "you"}
    yield revisions.roll_back, {**docs, "to": None}
    yield revisions.forget_after, {**docs, "live": 2}
    yield revisions.live, docs
    yield revisions.listing, docs
    yield revisions.is_followed, {**docs, "live": 1}
    yield revisions.statistics, {**docs, "number": 2}
    yield revisions.collections, docs
    yield revisions.sweep, {**docs, "keep": 1}
    yield documents.hashes, {**docs, "revision": 2}
    yield documents.listing, {**docs, "revision": 2}
    yield documents.find, {**docs, "revision": 2, "paths": ["a"]}
    yield documents.chunk_count, {**docs, "revision": 2, "without": ["a"]}
    yield documents.terms, {**docs, "revision": 2, "paths": ["a"]}
    yield messages.open_turn, {**chat, **question, "now": NOW}
    yield messages.close_turn, {**site, "message_id": "a", "record": ANSWER, "now": NOW}
    yield messages.open_turn, {**chat, **question, "question_id": "q2", "answer_id": "a2", "now": NOW}
    yield feedback.give, {**site, **vote, "message_id": "a", "now": NOW}
    yield feedback.liked, {**site, "since": NOW, "limit": 3}
    yield pins.add, {**site, "content": PIN, "now": NOW}
    yield pins.replace, {**site, "pin_id": "p", "content": PIN}
    yield pins.listing, {**docs, "revision": 2}
    yield pins.remove, {**site, "pin_id": "p"}
    yield readings.put, {**docs, "sources": ["docs"], "kept": Kept((), "", (), ())}
    yield readings.get, {**docs, "sources": ["docs"]}
    yield sessions.touch, {**chat, "now": NOW}
    yield sessions.keep_marks, {**chat, "marks": {"email": ["digest"]}}
    yield sessions.marks, chat
    yield sessions.exists, chat
    yield sessions.listing, {**site, "user": b"u", "limit": 3}
    yield sessions.find_of_user, {**site, "user": b"u", "session_id": "s"}
    yield messages.conversation_of_user, {**site, "user": b"u", "session_id": "s"}
    yield sessions.by_id, {**site, "session_id": "s"}
    yield messages.conversation_by_id, {**site, "session_id": "s"}
    yield visitors.named, {**chat, "user": None}
    yield visitors.of_user, {**site, "user": b"u"}
    yield visitors.by_id, {**site, "session_id": "s"}
    yield visitors.by_answer, {**site, "message_id": "a"}
    yield user_keys.add, {**site, "key": UserKey("k", "ES256", "PEM", NOW)}
    yield user_keys.listing, site
    yield user_keys.remove, {**site, "kid": "k"}
    account = Account(NOW.replace(minute=0), "process", NOTHING, NOTHING)
    more = {"least": NOTHING, "wanted": NOTHING, "site": Caps(), "deployment": Caps()}
    yield spending.note, {**site, "account": account}
    yield spending.extend, {**site, "account": account, **more}
    key = ApiKey("k", store.site_id, "CI", "askdocs_1234", frozenset({"publish"}), NOW)
    yield api_keys.add, {**site, "key": key, "digest": b"d"}
    yield api_keys.listing, site
    yield api_keys.note_use, {**site, "key_id": "k", "now": NOW}
    yield api_keys.remove, {**site, "key_id": "k"}
    publisher = Publisher("p", store.site_id, "github", "https://issuer", "a/b", "main", "", NOW)
    yield publishers.add, {**site, "publisher": publisher}
    yield publishers.listing, site
    ids = {"repository_id": "1", "owner_id": "2"}
    yield publishers.bind, {**site, "publisher_id": "p", **ids}
    yield publishers.note_use, {**site, "publisher_id": "p", "now": NOW}
    yield publishers.remove, {**site, "publisher_id": "p"}
    done = {"actor": Actor("operator", "", "me"), "action": "key.create", "subject": "CI"}
    yield audit.record, {**site, **done, "now": NOW}
    yield audit.listing, {**site, "limit": 3}
    upload = {**site, "upload_id": "u"}
    yield uploads.begin, {**upload, "manifest": b"{}", "now": NOW}
    yield uploads.manifest, upload
    yield uploads.put, {**upload, "pages": {"a": b"page"}}
    yield uploads.paths, upload
    yield uploads.pages, {**upload, "paths": ["a"]}
    yield uploads.size, site
    yield uploads.remove, upload
    yield audit.listing, {**site, "limit": 3, "after": (NOW, "a")}
    for address in ("ada@example.com", "bob@example.com"):
        yield members.put, {**site, "member": Member(address, address), "role": "owner", "now": NOW}
    yield members.listing, site
    yield members.find, {**site, "address": "ada@example.com"}
    yield members.owners, site
    yield members.remove, {**site, "address": "ada@example.com"}
    yield sessions.find, chat
    yield messages.conversation, chat
    yield messages.unanswered, {**site, "since": NOW, "limit": 3}
    yield visitors.erase, {**site, "session_ids": ["s"]}
    yield sites.find_store, site
    yield sites.store, {**site, "name": "uploads"}
    yield sites.rotate_key, site
    yield sites.set_origins, {**site, "origins": []}
    yield sites.set_options, {**site, "options": {}}
    yield sites.disable, {**site, "since": NOW}
    yield sites.stores, site
    for table in exports.EXPORTED:
        yield exports.rows, {**site, "table": table, "after": None, "most": 9}
    yield sites.erase_some, {**site, "most": 9}
    yield sites.mark_removed, {**site, "now": NOW}
    yield sites.erase, site


def test_another_site_sees_nothing_of_a_store(database: Database) -> None:
    store, stranger = DocsStore.make(database), DocsStore.make(database, "stranger")
    store.publish({"a": "a1"})
    thief = DocsStore(database, stranger.site_id, store.id)
    ids: dict[str, Any] = {"store_id": store.id, "revision": 1}

    assert (thief.live(), thief.pages(1), thief.listing()) == (0, {}, [])
    assert database.run_sync(documents.listing, thief.site_id, **ids) == {}
    assert database.run_sync(documents.chunk_count, thief.site_id, **ids) == 0
    assert database.run_sync(documents.terms, thief.site_id, paths=["a"], **ids) == {}
    assert database.run_sync(documents.find, thief.site_id, paths=["a"], **ids) == {}
    assert database.run_sync(revisions.collections, thief.site_id, store_id=store.id) == []
    assert database.run_sync(revisions.statistics, thief.site_id, store_id=store.id, number=1) is None


def test_another_site_changes_nothing_of_a_store(database: Database) -> None:
    store, stranger = DocsStore.make(database), DocsStore.make(database, "stranger")
    store.publish({"a": "a1"})
    store.publish({"a": "a2"})
    store.begin()
    thief = DocsStore(database, stranger.site_id, store.id)

    for attempt in (
        lambda: thief.begin(owner="thief"),
        lambda: thief.finish(thief.change({}, since=2)),
        lambda: thief.roll_back(1),
        lambda: thief.sweep(1),
        lambda: database.run_sync(revisions.forget_after, thief.site_id, store_id=store.id, live=0),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(AskdocsError):
        thief.renew()
    thief.give_up("Stolen.")
    database.run_sync(leases.discard, thief.site_id, store_id=store.id, owner="me")

    assert [revision.state for revision in store.listing()] == ["building", "published", "published"]
    assert (store.pages(1), store.pages(2), store.live()) == ({"a": "a1"}, {"a": "a2"}, 2)


def test_another_site_sees_and_changes_nothing_of_a_pin(database: Database) -> None:
    store, stranger = DocsStore.make(database), DocsStore.make(database, "stranger")
    pin_id = database.run_sync(pins.add, store.site_id, content=PIN, now=NOW)

    def listing(site_id: str) -> list[Pin]:
        return database.run_sync(pins.listing, site_id, store_id=store.id, revision=1)

    assert listing(stranger.site_id) == []
    other = replace(PIN, text="Stolen [1].")
    assert not database.run_sync(pins.replace, stranger.site_id, pin_id=pin_id, content=other)
    assert not database.run_sync(pins.remove, stranger.site_id, pin_id=pin_id)
    assert [pin.content for pin in listing(store.site_id)] == [PIN]


def test_another_site_sees_and_changes_nothing_of_a_session(database: Database) -> None:
    chat, stranger = Chat.make(database), Chat.make(database, "stranger")
    chat.open(1)
    site = stranger.site_id

    stranger.close(1)
    assert not stranger.vote(1)
    assert not database.run_sync(sessions.exists, site, token=TOKEN)
    assert database.run_sync(messages.conversation, site, token=TOKEN) is None
    assert not stranger.erase()
    assert database.run_sync(visitors.by_answer, site, message_id="answer 1") == []
    (mine,) = database.run_sync(visitors.named, chat.site_id, token=TOKEN, user=None)
    assert database.run_sync(visitors.by_id, site, session_id=mine.id) == []
    assert database.run_sync(messages.conversation_by_id, site, session_id=mine.id) is None
    assert database.run_sync(visitors.erase, site, session_ids=[mine.id]) == 0
    assert database.run_sync(messages.unanswered, site, since=NOW, limit=9) == []
    assert database.run_sync(feedback.liked, site, since=NOW, limit=9) == []

    assert [message.status for message in chat.log().messages] == [None, "streaming"]
    assert chat.log().messages[1].feedback is None


def test_another_site_sees_and_changes_nothing_of_a_member(database: Database) -> None:
    mine, stranger = DocsStore.make(database).site_id, DocsStore.make(database, "stranger").site_id
    ada, now = "ada@example.com", NOW

    def listing(site_id: str) -> list[tuple[str, str]]:
        found = database.run_sync(members.listing, site_id)
        return [(member.address, member.role) for member in found]

    database.run_sync(members.put, mine, member=Member("m1", ada), role="owner", now=now)
    assert (listing(stranger), database.run_sync(members.owners, stranger)) == ([], [])
    assert database.run_sync(members.find, stranger, address=ada) is None
    assert not database.run_sync(members.remove, stranger, address=ada)
    assert database.run_sync(members.put, stranger, member=Member("m2", ada), role="viewer", now=now) is None

    assert (listing(mine), listing(stranger)) == ([(ada, "owner")], [(ada, "viewer")])
    assert database.run_sync(members.remove, stranger, address=ada)
    assert listing(mine) == [(ada, "owner")]
    assert database.run_sync(members.remove, mine, address=ada)
    assert database.run_sync(members.by_address, ada) is None


def test_same_token_on_two_sites_names_two_sessions(database: Database) -> None:
    chat, other = Chat.make(database), Chat.make(database, "other")
    chat.open(1)
    chat.close(1)

    session, history = other.open(2)

    assert (session.turns, history) == (1, [])
    assert [len(reader.log().messages) for reader in (chat, other)] == [2, 2]
