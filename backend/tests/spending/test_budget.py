"""Processes that share a budget never spend more than it, and none of it is lost with one that dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from askdocs.db import sites, spending, tables
from askdocs.db.database import Database, Session
from askdocs.db.spending import LAPSE
from askdocs.observability.metrics import Metrics
from askdocs.spending.budget import Budget, Reservation
from askdocs.tasks import Tasks
from askdocs.types import UNLIMITED, Amount, Caps

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 31, 22, 59, tzinfo=UTC)
NO_CAPS = Caps()
ONE = Amount(100, 1000)
"""What an answer may take; most take less."""


def at_most(answers: int) -> Amount:
    return ONE.times(answers)


class Process:
    def __init__(self, db: Database, deployment: Caps = NO_CAPS) -> None:
        self.tasks, self.clock = Tasks(), 1000.0
        self.metrics = Metrics()
        self.budget = Budget(
            db, self.tasks, self.metrics, deployment=deployment, usual=ONE, clock=lambda: self.clock
        )

    async def reserve(
        self,
        site_id: str,
        caps: Caps = NO_CAPS,
        *,
        now: datetime = NOW,
    ) -> Reservation | None:
        return await self.budget.reserve(site_id, ONE, caps=caps, now=now)

    async def spend(
        self,
        site_id: str,
        caps: Caps = NO_CAPS,
        *,
        answers: int,
        used: Amount = ONE,
        now: datetime = NOW,
    ) -> int:
        """How many of so many answers, all at once, there was money for."""

        async def answer() -> bool:
            reserved = await self.reserve(site_id, caps, now=now)
            if reserved is None:
                return False
            await asyncio.sleep(0)
            reserved.settle(used)
            return True

        return sum(await asyncio.gather(*(answer() for _ in range(answers))))


@asynccontextmanager
async def running(db: Database, *, deployment: Caps, count: int = 1) -> AsyncIterator[list[Process]]:
    processes = [Process(db, deployment) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            await process.tasks.close()
            await process.budget.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, or what `BOTH` says."""
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    return url


BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def site(database: Database) -> str:
    return database.run_sync(sites.add, "docs", origins=[]).id


def rows(db: Database) -> list[tuple[Amount, Amount]]:
    """What was spent and what is held, by row."""

    def read(session: Session) -> list[tuple[Amount, Amount]]:
        found = session.scalars(select(tables.Spending))
        return [
            (Amount(row.spent_tokens, row.spent_micros), Amount(row.held_tokens, row.held_micros))
            for row in found
        ]

    return db.run_sync(read)


@BOTH
@pytest.mark.parametrize(
    ("cap", "window", "of_site"),
    [
        (Amount(UNLIMITED.tokens, 10_000), "hour", False),
        (Amount(UNLIMITED.tokens, 10_000), "day", True),
        (Amount(1000, UNLIMITED.micros), "hour", True),
        (Amount(1000, UNLIMITED.micros), "day", False),
    ],
)
async def test_all_processes_together_spend_a_budget_and_no_more(
    database: Database, site: str, cap: Amount, window: str, of_site: bool
) -> None:
    caps, unlimited = Caps(**{window: cap}), NO_CAPS
    async with running(database, deployment=unlimited if of_site else caps, count=3) as processes:
        own = caps if of_site else unlimited
        given = await asyncio.gather(*(each.spend(site, own, answers=10) for each in processes))
        for each in processes:
            each.clock += 2
        rest = [await each.spend(site, own, answers=10) for each in processes]

    assert 7 <= sum(given) + sum(rest) <= 10, (given, rest)


async def test_what_an_answer_did_not_take_is_there_for_others(database: Database, site: str) -> None:
    async with running(database, deployment=Caps(hour=at_most(10))) as (process,):
        half = Amount(50, 500)
        given = [await process.spend(site, answers=1, used=half) for _ in range(30)]

    assert sum(given) == 19
    assert rows(database) == [(half.times(19), Amount())]


@BOTH
async def test_many_at_once_cannot_pass_the_budget_while_none_has_ended(
    database: Database, site: str
) -> None:
    async with running(database, deployment=Caps(hour=at_most(20))) as (process,):
        reserved = await asyncio.gather(*(process.reserve(site) for _ in range(100)))
        held = [one for one in reserved if one is not None]
        for one in held:
            one.settle(ONE)

    assert len(held) == 20


async def test_next_hour_and_next_day_have_budgets_of_their_own(database: Database, site: str) -> None:
    caps = Caps(hour=at_most(3), day=at_most(5))
    async with running(database, deployment=caps) as (process,):
        hours = [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)]  # the last one is another day's
        given = [await process.spend(site, answers=4, now=hour) for hour in hours]
        until = process.budget.spent_until(hours[1])
        over = process.budget.spent_until(hours[2] + timedelta(hours=1))

    assert given == [3, 2, 3]
    assert until == datetime(2026, 2, 1, 1, tzinfo=UTC)  # of the last refusal, which was the hour's
    assert over is None


async def test_one_site_leaves_others_what_is_theirs(database: Database, site: str) -> None:
    other = database.run_sync(sites.add, "other", origins=[]).id
    async with running(database, deployment=Caps(day=at_most(10))) as (process,):
        own = Caps(hour=at_most(4))
        given = [await process.spend(one, own, answers=6) for one in (site, other)]
        site_only = process.budget.spent_until(NOW)

    assert given == [4, 4]
    assert site_only is None


@BOTH
async def test_what_a_dead_process_held_is_free_after_a_while(database: Database, site: str) -> None:
    deployment = Caps(hour=at_most(10))
    dead = Process(database, deployment)
    for _ in range(8):
        assert await dead.reserve(site)

    async with running(database, deployment=deployment) as (process,):
        before = await process.spend(site, answers=10)
        age(database, LAPSE + 1)
        process.clock += 2
        after = await process.spend(site, answers=10)
    await dead.tasks.close()

    assert before <= 2
    assert before + after == 10


def age(db: Database, seconds: float) -> None:
    """Let the database's clock pass by so much since every row was written."""

    def write(session: Session) -> None:
        for row in session.scalars(select(tables.Spending)):
            row.seen_at -= timedelta(seconds=seconds)

    db.run_sync(write)


async def test_slice_that_was_not_noted_for_long_is_not_spent(database: Database, site: str) -> None:
    deployment = Caps(hour=at_most(100))
    async with running(database, deployment=deployment) as (process,):
        await process.spend(site, answers=1)
        spent_elsewhere(database, site, at_most(99))
        process.clock += LAPSE
        given = await process.spend(site, answers=5)

    assert given == 0


def spent_elsewhere(db: Database, site_id: str, spent: Amount) -> None:
    hour = NOW.replace(minute=0)
    account = spending.Account(hour, "another process", spent, Amount())
    db.run_sync(spending.note, site_id, account=account)


async def test_nothing_is_held_by_a_process_that_ended(database: Database, site: str) -> None:
    async with running(database, deployment=Caps(hour=at_most(1000))) as (process,):
        await process.spend(site, answers=5)
        during = rows(database)

    assert during[0][1] != Amount()
    assert rows(database) == [(at_most(5), Amount())]


async def test_no_budget_asks_no_database(site: str, database: Database) -> None:
    async with running(database, deployment=NO_CAPS) as (process,):
        given = await process.spend(site, answers=50)

    assert given == 50
    assert rows(database) == []


async def test_database_that_does_not_answer_lets_nothing_be_spent(site: str, database: Database) -> None:
    async with running(database, deployment=Caps(hour=at_most(10))) as (process,):
        database.close()
        assert await process.spend(site, answers=3) == 0


async def test_site_that_was_deleted_spends_nothing(site: str, database: Database) -> None:
    async with running(database, deployment=Caps(hour=at_most(10))) as (process,):
        assert await process.spend(site, answers=1) == 1
        database.run_sync(lambda db: db.delete(db.get(tables.Site, site)))
        process.clock += LAPSE
        assert await process.spend(site, answers=1) == 0

    assert rows(database) == []


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askdocs.spending.budget._BEAT", 0.01)


async def test_idle_process_gives_back_what_it_holds_and_rests(
    site: str, database: Database, quick: None
) -> None:
    async with running(database, deployment=Caps(hour=at_most(1000))) as (process,):
        await process.spend(site, answers=5)
        noting = process.budget._noting
        assert noting is not None
        await asyncio.wait_for(noting, 5)

        assert rows(database) == [(at_most(5), Amount())]


async def test_old_hours_are_forgotten(site: str, database: Database) -> None:
    spent_elsewhere(database, site, ONE)
    database.run_sync(lambda db: db.execute(update(tables.Spending).values(hour=NOW - timedelta(days=3))))
    spent_elsewhere(database, site, ONE)

    assert database.run_sync(spending.sweep, before=NOW - timedelta(days=2)) == 1
    assert len(rows(database)) == 1
