"""What is published, swept and rolled back between the dump and the vectors' snapshot harms no backup."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from askdocs.backups import create as creating
from askdocs.backups import restore as restoring
from askdocs.control.snapshots import Taken
from askdocs.db import contents
from askdocs.edges import open_database
from askdocs.errors import Conflict
from tests.operate.installations import Installation, back_up, destroy, roll_back

Between = Callable[[Callable[[], None]], list[int]]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """Have something done between the dump and the snapshot, each time; returns a list that counts them."""

    def install(interfere: Callable[[], None]) -> list[int]:
        times: list[int] = []
        copy = creating._copy_vectors

        def copy_later(*arguments: Any, **options: Any) -> Taken:
            times.append(len(times))
            interfere()
            return copy(*arguments, **options)

        monkeypatch.setattr(creating, "_copy_vectors", copy_later)
        return times

    return install


def restore(installation: Installation, name: str) -> None:
    destroy(installation)
    restoring.restore(installation.settings, installation.place, name, restoring.Wanted())


def published(installation: Installation) -> list[tuple[int, ...]]:
    db = open_database(installation.settings)
    try:
        return list(db.run_sync(contents.published).values())
    finally:
        db.close()


def test_publish_between_dump_and_snapshot_is_undone(local: Installation, between: Between) -> None:
    answer = local.answer()
    between(lambda: local.publish(3))

    made = back_up(local)
    restore(local, made.name)

    assert made.stores[0].live == 2
    assert local.answer() == answer
    assert published(local) == [(1, 2)]
    roll_back(local, to=1)
    assert "for 1 hours" in local.answer()["answer"]


def test_rollback_between_dump_and_snapshot_changes_nothing(local: Installation, between: Between) -> None:
    answer = local.answer()
    between(lambda: roll_back(local, to=1))

    made = back_up(local)
    restore(local, made.name)

    assert (made.stores[0].live, made.stores[0].published) == (2, (1, 2))
    assert local.answer() == answer


def test_publish_after_a_rollback_takes_the_live_revision_so_all_begins_anew(
    installation: Installation, between: Between
) -> None:
    """The publish deletes what revision 2 wrote, which the first dump calls live."""
    done: list[bool] = []

    def once() -> None:
        if not done:
            roll_back(installation, to=1)
            installation.publish(3)
            done.append(True)

    times = between(once)

    made = back_up(installation)
    answer = installation.answer()
    restore(installation, made.name)

    assert len(times) == 2
    assert (made.stores[0].live, made.stores[0].published) == (3, (1, 3))
    assert installation.answer() == answer


def test_state_with_a_later_revision_than_the_live_one_can_be_rolled_forward_again(
    local: Installation,
) -> None:
    answer = local.answer()
    roll_back(local, to=1)

    restore(local, back_up(local).name)
    roll_back(local, to=2)

    assert local.answer() == answer


def test_revision_that_a_sweep_takes_meanwhile_is_left_out(local: Installation, between: Between) -> None:
    local.overrides["index"] = {"retention": 2}
    answer = local.answer()
    between(lambda: local.publish(3))

    made = back_up(local)
    restore(local, made.name)

    assert (made.stores[0].live, made.stores[0].published) == (2, (2,))
    assert local.answer() == answer
    assert published(local) == [(2,)]


def test_publishes_that_each_time_sweep_the_live_revision_are_told(
    local: Installation, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creating, "_ATTEMPTS", 2)
    local.overrides["index"] = {"retention": 1, "withdrawal_grace": 0}
    editions = iter(range(3, 100))
    between(lambda: local.publish(next(editions)))

    with pytest.raises(Conflict, match="each time took away"):
        back_up(local)

    assert not local.place.listing().complete
    assert not list(local.backups.iterdir())
