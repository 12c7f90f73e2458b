"""What a service remembers of its releases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from askdocs.errors import Conflict, NotFound
from askdocs.rollout import releases

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def service(*records: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"metadata": {"name": "askdocs"}}
    for record in reversed(records):
        releases.put(made, record)
    return made


def record(revision: str, state: str = "replaced", migration: str = "0003", **fields: Any) -> dict[str, Any]:
    return {"revision": revision, "state": state, "migration": migration, **fields}


def lock(made: dict[str, Any], holder: str, *, now: datetime = NOW, take_over: bool = False) -> None:
    releases.lock(made, holder=holder, now=now, seconds=60, take_over=take_over)


def test_second_holder_is_refused_with_the_name_of_the_first() -> None:
    made = service()
    lock(made, "ada")
    with pytest.raises(Conflict, match="ada has been changing"):
        lock(made, "bob")


def test_holder_may_lock_again() -> None:
    made = service()
    lock(made, "ada")
    lock(made, "ada", now=NOW + timedelta(seconds=50))
    with pytest.raises(Conflict):
        lock(made, "bob", now=NOW + timedelta(seconds=100))


def test_forgotten_lock_ends() -> None:
    made = service()
    lock(made, "ada")
    lock(made, "bob", now=NOW + timedelta(seconds=61))
    releases.require_lock(made, holder="bob")


def test_who_was_taken_over_learns_it_and_does_not_unlock() -> None:
    made = service()
    lock(made, "ada")
    lock(made, "bob", take_over=True)
    with pytest.raises(Conflict, match="bob has taken over"):
        releases.require_lock(made, holder="ada")
    releases.unlock(made, holder="ada")
    releases.require_lock(made, holder="bob")
    releases.unlock(made, holder="bob")
    lock(made, "ada")


def test_what_is_new_of_a_record_is_added_to_it() -> None:
    made = service(record("b", state="deploying"), record("a", state="serving"))
    releases.put(made, {"revision": "b", "version": "1.2"})
    assert releases.read(made)[0] == record("b", state="deploying", version="1.2")


def test_replaced_release_keeps_what_its_sites_were_at() -> None:
    made = service(record("b", state="deploying"), record("a", state="serving"))
    releases.succeed(made, "b", sites={"docs": 41})
    assert releases.read(made) == [record("b", state="serving"), record("a", sites={"docs": 41})]


def test_unknown_revisions_do_not_wipe_known_ones() -> None:
    made = service(record("b", state="deploying"), record("a", state="serving", sites={"docs": 40}))
    releases.succeed(made, "b", sites=None)
    assert releases.read(made)[1]["sites"] == {"docs": 40}


def test_only_the_newest_records_are_kept() -> None:
    made = service(*(record(str(number)) for number in range(30)))
    assert [one["revision"] for one in releases.read(made)] == [
        str(number) for number in range(releases.KEPT)
    ]


def test_newest_healthy_other_release_is_chosen() -> None:
    recorded = [
        record("d", state="failed"),
        record("c", state="serving"),
        record("b", state="rolled_back"),
        record("a"),
        record("older"),
    ]
    assert releases.choose(recorded, serving="c", revision=None)["revision"] == "a"


def test_named_release_is_chosen_whatever_it_was() -> None:
    recorded = [record("b", state="serving"), record("a", state="rolled_back")]
    assert releases.choose(recorded, serving="b", revision="a")["revision"] == "a"


@pytest.mark.parametrize(
    ("revision", "error"), [(None, NotFound), ("unheard-of", NotFound), ("only", Conflict)]
)
def test_nothing_to_go_back_to(revision: str | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        releases.choose([record("only", state="serving")], serving="only", revision=revision)


@pytest.mark.parametrize(
    ("target", "tables"),
    [
        ("0003", {"migration": "0003", "compatible_from": "0003"}),
        ("0003", {"migration": "0005", "compatible_from": "0003"}),
        ("0005", {"migration": "0003", "compatible_from": "0001"}),
        ("0003", {"migration": None, "compatible_from": None}),
    ],
)
def test_tables_that_the_target_may_use(target: str, tables: dict[str, str | None]) -> None:
    releases.check_tables(record("a", migration=target), tables)


@pytest.mark.parametrize("compatible_from", ["0005", "0004", None])
def test_tables_that_are_too_new_are_refused_with_ways_out(compatible_from: str | None) -> None:
    with pytest.raises(Conflict, match="at migration 0005") as refused:
        releases.check_tables(
            record("a", migration="0003"), {"migration": "0005", "compatible_from": compatible_from}
        )
    assert "restore.sh" in refused.value.fix


def test_failed_releases_count_for_what_the_tables_are() -> None:
    recorded = [
        record("b", state="failed", migration="0004", compatible_from="0004"),
        record("a", state="serving", compatible_from="0001"),
    ]
    assert releases.newest_tables(recorded) == {"migration": "0004", "compatible_from": "0004"}
