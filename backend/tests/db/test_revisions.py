"""Publishing, rolling back and forgetting, on every kind of database."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from askdocs.db import documents, revisions
from askdocs.db.database import Database
from askdocs.db.revisions import Publication
from askdocs.errors import Conflict, NotFound
from tests.builders import NOW, DocsStore, document

TWO_PAGES = {"a": "a1", "b": "b1"}


@pytest.fixture
def store(database: Database) -> DocsStore:
    return DocsStore.make(database)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[DocsStore]:
    db = Database(sqlite_url)
    yield DocsStore.make(db)
    db.close()


def test_published_revision_is_live_with_all_that_was_said_of_it(store: DocsStore) -> None:
    number = store.begin().number
    publication = Publication(
        [document("a")],
        [],
        b"\x00\xff",
        default_version="2.0",
        default_locale="en",
        versions=["1.0", "2.0"],
        locales=("en", "de"),
        pages=1,
        chunks=2,
        summary={"added": 1, "seconds": 0.5},
    )

    published = store.finish(publication)

    assert store.db.run_sync(revisions.live, store.site_id, store_id=store.id) == published
    assert (published.versions, published.locales) == (("1.0", "2.0"), ("en", "de"))
    assert (published.pages, published.chunks, published.published_at) == (1, 2, NOW)
    assert published.summary == {"added": 1, "seconds": 0.5}
    assert _statistics(store, number) == b"\x00\xff"


def test_each_revision_shows_its_own_documents(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2", "c": "c1"})
    store.publish({"a": "a2", "b": "b1", "c": "c1"})

    assert store.pages(0) == {}
    assert store.pages(1) == TWO_PAGES
    assert store.pages(2) == {"a": "a2", "c": "c1"}
    assert store.pages(3) == {"a": "a2", "b": "b1", "c": "c1"}


def test_counts_and_terms_are_those_of_one_revision(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2", "b": "b1"})

    terms = store.db.run_sync(
        documents.terms, store.site_id, store_id=store.id, revision=2, paths=["a", "gone"]
    )

    assert terms == {"a": b"a2"}
    assert store.db.run_sync(documents.chunk_count, store.site_id, store_id=store.id, revision=2) == 4
    left = store.db.run_sync(
        documents.chunk_count, store.site_id, store_id=store.id, revision=2, without=["a", "gone"]
    )
    assert left == 2


def test_publishing_closes_only_what_is_open(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    number = store.begin().number

    with pytest.raises(Conflict, match="only 1"):
        store.finish(Publication([], ["a", "never there"], b""))

    assert store.live() == 1
    assert store.pages(number) == TWO_PAGES


def test_publishing_a_document_that_is_open_is_refused(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.begin()

    with pytest.raises(Conflict):
        store.finish(Publication([document("a", "a2")], [], b""))

    assert store.pages(1) == TWO_PAGES


def test_publishing_twice_is_refused(store: DocsStore) -> None:
    store.begin()
    store.finish(Publication([], [], b""))

    with pytest.raises(Conflict):
        store.finish(Publication([], [], b""))


def test_rollback_during_a_build_wins_over_it(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})
    store.begin()
    store.roll_back()

    with pytest.raises(Conflict, match="Revision 1 was made live"):
        store.finish(Publication([], [], b""))

    assert store.live() == 1


def test_rollback_shows_the_former_documents_at_once(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})

    assert store.roll_back().number == 1

    assert store.live() == 1
    assert store.pages(1) == TWO_PAGES


def test_rollback_can_be_taken_back(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})
    store.roll_back()

    assert store.roll_back(to=2).number == 2

    assert store.pages(store.live()) == {"a": "a2"}


def test_rollback_to_the_live_revision_changes_nothing(store: DocsStore) -> None:
    store.publish(TWO_PAGES)

    assert store.roll_back(to=1).number == 1


def test_rollback_from_a_revision_leaves_another_one_alone(store: DocsStore) -> None:
    store.publish({"a": "a1"})
    store.publish({"a": "a2"})
    store.publish({"a": "a3"})

    with pytest.raises(Conflict, match="Revision 3 is live by now, not 2"):
        store.roll_back(to=1, live=2)

    assert store.live() == 3
    assert store.roll_back(to=1, live=3).number == 1


def test_rollback_names_what_there_is(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.begin()
    store.give_up("Boom.")

    with pytest.raises(NotFound, match="no revision 99") as missing:
        store.roll_back(to=99)
    with pytest.raises(NotFound):
        store.roll_back(to=10**30)
    with pytest.raises(Conflict, match=r"Revision 2 is not published: Boom\."):
        store.roll_back(to=2)
    with pytest.raises(Conflict, match="no earlier revision"):
        store.roll_back()
    assert missing.value.fix == "Published: 1. Live: 1."


def test_publish_after_rollback_leaves_the_right_documents_everywhere(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2", "b": "b1", "c": "c2"})
    store.publish({"c": "c3"})
    store.roll_back(to=1)

    published = store.publish({"a": "a1", "d": "d4"})

    assert published.number == 4
    assert store.pages(1) == TWO_PAGES
    assert store.pages(4) == {"a": "a1", "d": "d4"}
    assert [(revision.number, revision.state) for revision in store.listing()] == [
        (4, "published"),
        (3, "failed"),
        (2, "failed"),
        (1, "published"),
    ]
    assert _statistics(store, 3) is None


def test_withdrawn_revision_cannot_be_rolled_back_to(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})
    store.roll_back()
    store.publish({"a": "a3"})

    with pytest.raises(Conflict, match=r"Revision 2 is not published: Withdrawn\."):
        store.roll_back(to=2)


def test_forgetting_twice_changes_nothing(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})
    store.roll_back()

    for _ in range(2):
        used = store.db.run_sync(revisions.forget_after, store.site_id, store_id=store.id, live=1)
        assert used == ["c1"]
        assert store.pages(1) == store.pages(2) == TWO_PAGES


def test_forgetting_after_a_revision_that_is_not_live_is_refused(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})

    with pytest.raises(Conflict):
        store.db.run_sync(revisions.forget_after, store.site_id, store_id=store.id, live=1)

    assert store.pages(2) == {"a": "a2"}


def test_forgetting_leaves_the_build_in_progress_alone(store: DocsStore) -> None:
    store.begin()

    store.db.run_sync(revisions.forget_after, store.site_id, store_id=store.id, live=0)

    assert store.finish(Publication([], [], b"")).state == "published"


def test_sweep_keeps_the_newest_published(store: DocsStore) -> None:
    for content in ("a1", "a2", "a3", "a4"):
        store.publish({"a": content})

    assert store.sweep(2) == 3

    assert [revision.number for revision in store.listing()] == [4, 3]
    assert store.pages(3) == {"a": "a3"}
    assert store.pages(2) == {}


def test_sweep_never_takes_the_live_revision(store: DocsStore) -> None:
    for content in ("a1", "a2", "a3"):
        store.publish({"a": content})
    store.roll_back(to=1)

    assert store.sweep(1) == 1

    assert store.pages(1) == {"a": "a1"}


def test_sweep_of_an_empty_store_finds_nothing(store: DocsStore) -> None:
    assert store.sweep(3) is None


def test_collections_are_remembered_beyond_their_revisions(store: DocsStore) -> None:
    store.begin(collection="old")
    store.finish(Publication([], [], b""))
    store.begin(collection="new")
    store.finish(Publication([], [], b""))
    store.sweep(1)

    assert store.db.run_sync(revisions.collections, store.site_id, store_id=store.id) == ["old", "new"]


def test_thousands_of_documents_are_published_in_batches(store: DocsStore) -> None:
    pages = {f"page/{number}": "v1" for number in range(1200)}
    store.publish(pages)

    store.publish(dict.fromkeys(pages, "v2"))

    assert set(store.pages(1).values()) == {"v1"}
    assert store.pages(2) == dict.fromkeys(pages, "v2")


@pytest.mark.parametrize("seed", range(10))
def test_any_history_shows_what_was_published(sqlite_store: DocsStore, seed: int) -> None:
    """Random publishes, rollbacks, crashes and sweeps; `expected` is what each revision should show."""
    chance = random.Random(seed)
    store, expected = sqlite_store, {0: dict[str, str]()}
    for step in range(40):
        match chance.choice(["publish", "publish", "publish", "crash", "roll back", "sweep"]):
            case "publish":
                live = store.live()
                pages = {path: f"{step % 3}" for path in "abcdef" if chance.random() < 0.5}
                number = store.publish(pages).number
                expected = {old: shown for old, shown in expected.items() if old <= live} | {number: pages}
            case "crash":
                store.begin()
                store.give_up("Killed.")
            case "roll back" if len(expected) > 2:
                store.roll_back(to=chance.choice([number for number in expected if number]))
            case "sweep":
                if oldest := store.sweep(3):
                    expected = {old: shown for old, shown in expected.items() if old >= oldest}
        for number, pages in expected.items():
            assert store.pages(number) == pages


def _statistics(store: DocsStore, number: int) -> bytes | None:
    return store.db.run_sync(revisions.statistics, store.site_id, store_id=store.id, number=number)
