"""What is asked for at the same time is done once, reaches everybody whole, and always ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from askdocs.cache.flights import Flights

pytestmark = pytest.mark.anyio


class Work:
    """Says 0, then waits for `go`, then says 1; or fails there."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = asyncio.Event()
        self.begun = self.ended = 0
        self._error = error

    async def __call__(self) -> AsyncGenerator[int]:
        self.begun += 1
        try:
            yield 0
            await self.go.wait()
            if self._error:
                raise self._error
            yield 1
        finally:
            self.ended += 1


async def collect(flights: Flights[int], work: Work, got: list[int]) -> list[int]:
    async with aclosing(flights.follow("key", work)) as events:
        async for event in events:
            got.append(event)  # noqa: PERF401 - each is to be seen as it comes
    return got


async def begin(flights: Flights[int], work: Work) -> asyncio.Task[list[int]]:
    """A follower that has the first event."""
    got: list[int] = []
    task = asyncio.create_task(collect(flights, work, got))
    while not got:  # noqa: ASYNC110 - the code under test is not to know who watches
        await asyncio.sleep(0)
    return task


async def test_who_comes_later_gets_everything_and_nothing_is_done_twice() -> None:
    flights, work = Flights[int](), Work()
    first = await begin(flights, work)
    second = await begin(flights, work)
    work.go.set()

    assert [await first, await second] == [[0, 1], [0, 1]]
    assert (work.begun, work.ended) == (1, 1)
    assert not flights.is_running("key")


async def test_who_comes_after_the_end_begins_anew() -> None:
    flights, work = Flights[int](), Work()
    work.go.set()

    assert await collect(flights, work, []) == [0, 1]
    assert await collect(flights, work, []) == [0, 1]

    assert work.begun == 2


async def test_first_who_leaves_takes_nothing_from_the_others() -> None:
    flights, work = Flights[int](), Work()
    first, second = await begin(flights, work), await begin(flights, work)

    first.cancel()
    await asyncio.wait([first])
    assert work.ended == 0
    work.go.set()

    assert await second == [0, 1]


async def test_when_all_leave_at_once_the_work_has_ended_before_they_have() -> None:
    flights, work = Flights[int](), Work()
    followers = [await begin(flights, work) for _ in range(3)]

    for follower in followers:
        follower.cancel()
    await asyncio.wait(followers)

    assert work.ended == 1
    assert not flights.is_running("key")


async def test_who_comes_while_the_work_is_being_given_up_begins_anew() -> None:
    flights, work = Flights[int](), Work()
    first = await begin(flights, work)
    first.cancel()
    await asyncio.sleep(0)
    second = await begin(flights, work)
    work.go.set()

    assert await second == [0, 1]
    assert (work.begun, work.ended) == (2, 2)


async def test_error_is_everybodys() -> None:
    flights, work = Flights[int](), Work(ValueError("broken"))
    followers = [await begin(flights, work) for _ in range(2)]
    work.go.set()

    results = await asyncio.gather(*followers, return_exceptions=True)

    assert [str(result) for result in results] == ["broken", "broken"]


async def test_keys_do_not_meet() -> None:
    flights, one, other = Flights[int](), Work(), Work()
    one.go.set()
    other.go.set()
    async with (
        aclosing(flights.follow("one", one)) as first,
        aclosing(flights.follow("two", other)) as second,
    ):
        assert await anext(first) == await anext(second) == 0

    assert (one.begun, other.begun, one.ended, other.ended) == (1, 1, 1, 1)


async def test_close_ends_what_is_left() -> None:
    flights, work = Flights[int](), Work()
    follower = await begin(flights, work)

    await flights.close()
    await asyncio.wait([follower])

    assert work.ended == 1
