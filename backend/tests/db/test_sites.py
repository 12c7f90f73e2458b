"""Sites, their keys and stores, on every kind of database."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from askdocs.db import sites
from askdocs.db.database import Database
from askdocs.errors import Conflict, NotFound
from askdocs.types import Site
from tests import services


@pytest.fixture
def docs(database: Database) -> Site:
    return database.run_sync(sites.add, "docs", origins=["https://docs.example"])


def test_site_is_found_by_name_and_by_key(database: Database, docs: Site) -> None:
    assert database.run_sync(sites.by_name, "docs") == docs
    assert database.run_sync(sites.by_key, docs.key) == docs
    assert database.run_sync(sites.by_key, "pk_other") is None
    assert database.run_sync(sites.by_name, "other") is None


def test_key_is_made_unless_given(database: Database, docs: Site) -> None:
    given = database.run_sync(sites.add, "local", origins=[], key="pk_docs_local")

    assert re.fullmatch(r"pk_[A-Za-z0-9_-]{24}", docs.key)
    assert given.key == "pk_docs_local"


def test_name_or_key_that_is_taken_is_a_conflict(database: Database, docs: Site) -> None:
    with pytest.raises(Conflict, match="named docs"):
        database.run_sync(sites.add, "docs", origins=[])
    with pytest.raises(Conflict, match="with the key"):
        database.run_sync(sites.add, "other", origins=[], key=docs.key)

    assert database.run_sync(sites.all_sites) == [docs]


def test_sites_are_listed_by_name(database: Database, docs: Site) -> None:
    database.run_sync(sites.add, "blog", origins=[])

    assert [site.name for site in database.run_sync(sites.all_sites)] == ["blog", "docs"]


def test_rotated_key_replaces_the_old_one(database: Database, docs: Site) -> None:
    rotated = database.run_sync(sites.rotate_key, docs.id)

    assert rotated.key != docs.key
    assert database.run_sync(sites.by_key, docs.key) is None
    assert database.run_sync(sites.by_key, rotated.key) == rotated


def test_origins_are_replaced(database: Database, docs: Site) -> None:
    changed = database.run_sync(sites.set_origins, docs.id, ["https://new.example"])

    assert changed.origins == ("https://new.example",)
    assert database.run_sync(sites.by_key, docs.key) == changed


def test_site_that_does_not_exist_cannot_be_changed(database: Database) -> None:
    with pytest.raises(NotFound):
        database.run_sync(sites.rotate_key, "nobody")
    with pytest.raises(NotFound):
        database.run_sync(sites.set_origins, "nobody", [])
    with pytest.raises(NotFound):
        database.run_sync(sites.store, "nobody")


def test_store_is_made_once(database: Database, docs: Site) -> None:
    assert database.run_sync(sites.find_store, docs.id) is None

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: database.run_sync(sites.store, docs.id), range(4)))

    assert len(set(made)) == 1
    assert database.run_sync(sites.find_store, docs.id) == made[0]
    assert made[0].live_revision is None


def test_stores_of_other_names_are_others(database: Database, docs: Site) -> None:
    uploads = database.run_sync(sites.store, docs.id, name="uploads")

    assert database.run_sync(sites.store, docs.id) != uploads


def test_configured_site_is_added_once_and_then_left_alone(database: Database) -> None:
    for origin in ("https://first.example", "https://second.example"):
        database.run_sync(sites.ensure, "docs", origins=[origin], key="pk_docs_local")

    (site,) = database.run_sync(sites.all_sites)
    assert (site.key, site.origins) == ("pk_docs_local", ("https://first.example",))


def test_configured_site_with_the_key_of_another_is_refused(database: Database, docs: Site) -> None:
    with pytest.raises(Conflict, match="belongs to another site"):
        database.run_sync(sites.ensure, "other", origins=[], key=docs.key)


def test_configured_site_that_another_process_adds_meanwhile_is_no_conflict(postgres_url: str) -> None:
    db = Database(postgres_url)
    with ThreadPoolExecutor(1) as threads, services.connect(postgres_url) as other:
        other.autocommit = False
        other.cursor().execute("INSERT INTO sites VALUES ('1', 'docs', 'pk_docs_local', '[]', now())")
        adding = threads.submit(db.run_sync, sites.ensure, "docs", origins=[], key="pk_docs_local")
        services.wait_for(lambda: services.execute(postgres_url, "SELECT 1 FROM pg_locks WHERE NOT granted"))
        other.commit()
        adding.result(30)

    assert len(db.run_sync(sites.all_sites)) == 1
    db.close()
