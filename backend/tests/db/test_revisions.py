"""Leases, publishing, rolling back and forgetting, on every kind of database."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from askdocs.db import documents, revisions
from askdocs.db.database import Database
from askdocs.db.revisions import Publication
from askdocs.errors import Conflict, NotFound, PublishInProgress
from tests.docs_store import NOW, DocsStore, document

TWO_PAGES = {"a": "a1", "b": "b1"}


@pytest.fixture
def store(database: Database) -> DocsStore:
    return DocsStore.make(database)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[DocsStore]:
    db = Database(sqlite_url)
    yield DocsStore.make(db)
    db.close()


def test_first_revision_is_number_one_and_building(store: DocsStore) -> None:
    revision = store.begin()

    assert (revision.number, revision.state, revision.published_at) == (1, "building", None)
    assert store.live() == 0


def test_second_begin_is_refused_while_the_lease_is_fresh(store: DocsStore) -> None:
    store.begin()

    with pytest.raises(PublishInProgress, match="Revision 1"):
        store.begin(owner="other", now=NOW + timedelta(seconds=29))


def test_of_concurrent_begins_one_wins(store: DocsStore) -> None:
    together = Barrier(4)

    def begin(number: int) -> object:
        together.wait()
        try:
            return store.begin(owner=f"owner {number}")
        except PublishInProgress as error:
            return error

    with ThreadPoolExecutor(4) as threads:
        outcomes = list(threads.map(begin, range(4)))

    assert sum(isinstance(outcome, PublishInProgress) for outcome in outcomes) == 3
    assert [revision.state for revision in store.listing()] == ["building"]


def test_stale_lease_is_taken_over(store: DocsStore) -> None:
    store.begin(owner="dead")

    taken = store.begin(owner="new", now=NOW + timedelta(seconds=31))

    assert taken.number == 2
    assert [revision.state for revision in store.listing()] == ["building", "failed"]


def test_heartbeat_keeps_the_lease_fresh(store: DocsStore) -> None:
    number = store.begin().number
    later = NOW + timedelta(seconds=20)

    store.db.run_sync(
        revisions.heartbeat, store.site_id, store_id=store.id, number=number, owner="me", now=later
    )

    with pytest.raises(PublishInProgress):
        store.begin(owner="other", now=NOW + timedelta(seconds=40))


def test_former_owner_of_a_lease_can_neither_beat_nor_publish(store: DocsStore) -> None:
    number = store.begin(owner="slow").number
    store.begin(owner="new", now=NOW + timedelta(seconds=31))

    with pytest.raises(Conflict, match="another took over"):
        store.db.run_sync(
            revisions.heartbeat, store.site_id, store_id=store.id, number=number, owner="slow", now=NOW
        )
    with pytest.raises(Conflict, match="another took over"):
        store.finish(number, Publication([document("a")], [], b""), owner="slow")
    assert store.pages(number) == {}


def test_only_its_owner_publishes_a_revision(store: DocsStore) -> None:
    number = store.begin(owner="me").number

    with pytest.raises(Conflict):
        store.finish(number, Publication([], [], b""), owner="other")


def test_lease_that_ran_out_unnoticed_still_publishes(store: DocsStore) -> None:
    number = store.begin(now=NOW - timedelta(hours=1)).number

    assert store.finish(number, Publication([document("a")], [], b"")).state == "published"


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

    published = store.finish(number, publication)

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
        store.finish(number, Publication([], ["a", "never there"], b""))

    assert store.live() == 1
    assert store.pages(number) == TWO_PAGES


def test_publishing_a_document_that_is_open_is_refused(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    number = store.begin().number

    with pytest.raises(Conflict):
        store.finish(number, Publication([document("a", "a2")], [], b""))

    assert store.pages(1) == TWO_PAGES


def test_publishing_twice_is_refused(store: DocsStore) -> None:
    number = store.begin().number
    store.finish(number, Publication([], [], b""))

    with pytest.raises(Conflict):
        store.finish(number, Publication([], [], b""))


def test_rollback_during_a_build_wins_over_it(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.publish({"a": "a2"})
    number = store.begin().number
    store.roll_back()

    with pytest.raises(Conflict, match="Revision 1 was made live"):
        store.finish(number, Publication([], [], b""))

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


def test_rollback_names_what_there_is(store: DocsStore) -> None:
    store.publish(TWO_PAGES)
    store.db.run_sync(
        revisions.fail, store.site_id, store_id=store.id, number=store.begin().number, error="Boom."
    )

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
    number = store.begin().number

    store.db.run_sync(revisions.forget_after, store.site_id, store_id=store.id, live=0)

    assert store.finish(number, Publication([], [], b"")).state == "published"


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
    store.finish(store.begin(collection="old").number, Publication([], [], b""))
    store.finish(store.begin(collection="new").number, Publication([], [], b""))
    store.sweep(1)

    assert store.db.run_sync(revisions.collections, store.site_id, store_id=store.id) == ["old", "new"]


def test_failed_revision_says_why_and_frees_the_lease(store: DocsStore) -> None:
    number = store.begin().number

    store.db.run_sync(revisions.fail, store.site_id, store_id=store.id, number=number, error="No disk.")

    assert [(one.state, one.error) for one in store.listing()] == [("failed", "No disk.")]
    assert store.begin(owner="other").number == 2


def test_failing_a_published_revision_changes_nothing(store: DocsStore) -> None:
    store.publish(TWO_PAGES)

    store.db.run_sync(revisions.fail, store.site_id, store_id=store.id, number=1, error="Too late.")

    assert store.listing()[0].state == "published"


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
    store, expected, later = sqlite_store, {0: dict[str, str]()}, NOW
    for step in range(40):
        match chance.choice(["publish", "publish", "publish", "crash", "roll back", "sweep"]):
            case "publish":
                live = store.live()
                pages = {path: f"{step % 3}" for path in "abcdef" if chance.random() < 0.5}
                number = store.publish(pages).number
                expected = {old: shown for old, shown in expected.items() if old <= live} | {number: pages}
            case "crash":
                later += timedelta(minutes=5)
                crashed = store.begin(now=later).number
                store.db.run_sync(
                    revisions.fail, store.site_id, store_id=store.id, number=crashed, error="Killed."
                )
            case "roll back" if len(expected) > 2:
                store.roll_back(to=chance.choice([number for number in expected if number]))
            case "sweep":
                if oldest := store.sweep(3):
                    expected = {old: shown for old, shown in expected.items() if old >= oldest}
        for number, pages in expected.items():
            assert store.pages(number) == pages


def _statistics(store: DocsStore, number: int) -> bytes | None:
    return store.db.run_sync(revisions.statistics, store.site_id, store_id=store.id, number=number)
