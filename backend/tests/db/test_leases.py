"""One publisher at a time: leases that are taken, kept, lost, taken over and given up, on every database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from askdocs.db import leases, revisions
from askdocs.db.database import Database
from askdocs.db.revisions import Publication
from askdocs.errors import Conflict, PublishInProgress
from tests.builders import NOW, DocsStore, document

NOTHING = Publication([], [], b"")


@pytest.fixture
def store(database: Database) -> DocsStore:
    return DocsStore.make(database)


def states(store: DocsStore) -> list[str]:
    return [revision.state for revision in store.listing()]


def test_first_revision_is_number_one_and_building(store: DocsStore) -> None:
    taken = store.begin()

    assert (taken.number, taken.base, taken.former) == (1, 0, None)
    assert (states(store), store.live()) == (["building"], 0)


def test_lease_knows_what_it_builds_on(store: DocsStore) -> None:
    store.publish({"a": "a1"})

    assert store.begin().base == 1


def test_fresh_lease_refuses_others_and_says_whose_it_is(store: DocsStore) -> None:
    store.begin(owner="process 7 on host-a")
    store.age_lease(29)

    with pytest.raises(PublishInProgress) as refused:
        store.begin(owner="other")

    assert "revision 1, begun at 2026-01-01 12:00 UTC by process 7 on host-a" in str(refused.value)
    assert "--take-over" in refused.value.fix


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
    assert states(store) == ["building"]


def test_stale_lease_is_taken_over(store: DocsStore) -> None:
    store.begin(owner="dead")
    store.age_lease(31)

    taken = store.begin(owner="new")

    assert taken.former is not None
    assert (taken.number, taken.former.number, taken.former.owner) == (2, 1, "dead")
    assert states(store) == ["building", "failed"]


def test_heartbeat_keeps_the_lease_fresh(store: DocsStore) -> None:
    store.begin()
    store.age_lease(31)

    store.renew()

    with pytest.raises(PublishInProgress):
        store.begin(owner="other")


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "back"])
def test_hosts_whose_clocks_disagree_agree_on_what_is_fresh(store: DocsStore, jump: timedelta) -> None:
    store.begin()

    with pytest.raises(PublishInProgress):
        store.begin(owner="other", now=NOW + jump)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "back"])
def test_dead_publisher_whose_clock_was_wrong_blocks_no_longer_than_others(
    store: DocsStore, jump: timedelta
) -> None:
    store.begin(owner="dead", now=NOW + jump)
    store.age_lease(31)

    assert store.begin(owner="new").number == 2


def test_heartbeat_from_before_the_database_was_set_back_is_not_fresh_for_long(store: DocsStore) -> None:
    store.begin(owner="dead")
    store.age_lease(-3600)

    assert store.begin(owner="new").number == 2


def test_lease_that_is_fresh_is_taken_over_on_demand(store: DocsStore) -> None:
    store.begin(owner="stuck")

    taken = store.begin(owner="new", take_over=True)

    assert taken.former is not None
    assert (taken.number, taken.former.owner, taken.former.since) == (2, "stuck", NOW)


def test_nothing_is_taken_over_where_nobody_publishes(store: DocsStore) -> None:
    store.publish({"a": "a1"})

    assert store.begin(take_over=True).former is None


def test_former_owner_of_a_lease_can_neither_beat_nor_publish(store: DocsStore) -> None:
    store.begin(owner="slow")
    store.begin(owner="new", take_over=True)

    with pytest.raises(Conflict, match="another took over"):
        store.renew(owner="slow")
    with pytest.raises(Conflict, match="another took over"):
        store.finish(Publication([document("a")], [], b""), owner="slow")
    assert (store.pages(1), store.pages(2)) == ({}, {})


def test_former_owner_can_neither_fail_nor_discard_the_new_ones_revision(store: DocsStore) -> None:
    store.begin(owner="slow")
    store.begin(owner="new", take_over=True)

    store.give_up("Late.", owner="slow")
    store.db.run_sync(leases.discard, store.site_id, store_id=store.id, owner="slow")

    assert states(store) == ["building", "failed"]
    assert store.finish(NOTHING, owner="new").number == 2


def has_stopped(store: DocsStore, number: int) -> bool:
    return store.db.run_sync(leases.has_stopped, store.site_id, store_id=store.id, number=number)


def test_publisher_that_was_taken_over_has_stopped_when_it_says_so(store: DocsStore) -> None:
    store.begin(owner="slow")
    store.begin(owner="new", take_over=True)
    before = has_stopped(store, 1)

    store.give_up("Lost its lease.", owner="slow")

    assert (before, has_stopped(store, 1)) == (False, True)
    assert store.listing()[1].error == "Another publisher took over."


def test_publisher_that_was_taken_over_has_stopped_when_its_lease_has_run_out(
    store: DocsStore,
) -> None:
    store.begin(owner="dead")
    store.age_lease(31)
    store.begin(owner="new")

    assert has_stopped(store, 1)


def test_only_its_owner_publishes_a_revision(store: DocsStore) -> None:
    store.begin(owner="me")

    with pytest.raises(Conflict):
        store.finish(NOTHING, owner="other")


def test_lease_that_ran_out_unnoticed_still_publishes(store: DocsStore) -> None:
    store.begin()
    store.age_lease(3600)

    assert store.finish(Publication([document("a")], [], b"")).state == "published"


def test_revision_that_was_given_up_says_why_and_frees_the_store(store: DocsStore) -> None:
    store.begin()

    store.give_up("No disk.")

    assert [(one.state, one.error) for one in store.listing()] == [("failed", "No disk.")]
    assert store.begin(owner="other").number == 2


def test_giving_up_a_published_revision_changes_nothing(store: DocsStore) -> None:
    store.publish({"a": "a1"})

    store.give_up("Too late.")

    assert store.listing()[0].state == "published"


def test_number_of_a_discarded_revision_is_free_again(store: DocsStore) -> None:
    store.begin()

    store.db.run_sync(leases.discard, store.site_id, store_id=store.id, owner="me")

    assert store.begin().number == 1


def failures(store: DocsStore) -> int:
    return store.db.run_sync(leases.failures).get("docs", 0)


def fail(store: DocsStore) -> None:
    store.begin()
    store.give_up("The source is broken.")


def test_failures_count_since_the_newest_publish(store: DocsStore) -> None:
    fail(store)
    store.publish({"a": "a1"})
    assert failures(store) == 0

    fail(store)
    fail(store)
    assert failures(store) == 2


def test_publisher_that_died_is_a_failure(store: DocsStore) -> None:
    store.begin()
    assert failures(store) == 0

    store.age_lease(31)
    assert failures(store) == 1


def test_withdrawn_revision_is_no_failure(store: DocsStore) -> None:
    store.publish({"a": "a1"})
    store.publish({"a": "a2"})
    store.roll_back()
    store.begin()
    store.db.run_sync(revisions.forget_after, store.site_id, store_id=store.id, live=1)
    store.give_up("The source is broken.")

    assert failures(store) == 1
