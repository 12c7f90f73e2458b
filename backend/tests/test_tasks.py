"""Tasks that outlive their callers end before what they use is closed, within bounds."""

from __future__ import annotations

import asyncio

import pytest

from askdocs.tasks import Tasks

pytestmark = pytest.mark.anyio


class Work:
    """Something that takes until it is let go, and notes how it ended."""

    def __init__(self) -> None:
        self.began, self.may_end = asyncio.Event(), asyncio.Event()
        self.ended = ""

    async def run(self) -> str:
        self.began.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.ended = "cut short"
            raise
        self.ended = "done"
        return "result"


async def test_work_is_finished_though_its_caller_is_cancelled() -> None:
    tasks, work = Tasks(), Work()
    caller = asyncio.create_task(tasks.finish(work.run()))
    await work.began.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    work.may_end.set()

    assert await tasks.close()
    assert work.ended == "done"


async def test_caller_that_stays_gets_the_result_or_the_error() -> None:
    tasks, work = Tasks(), Work()
    work.may_end.set()

    async def fail() -> None:
        raise ValueError("no")

    assert await tasks.finish(work.run()) == "result"
    with pytest.raises(ValueError, match="no"):
        await tasks.finish(fail())


async def test_flows_are_cancelled_and_their_last_work_is_waited_for() -> None:
    tasks, flow, last = Tasks(), Work(), Work()
    last.may_end.set()

    async def publish() -> None:
        try:
            await flow.run()
        finally:
            await tasks.finish(last.run())

    tasks.start(publish())
    await flow.began.wait()

    assert await tasks.close()
    assert (flow.ended, last.ended) == ("cut short", "done")


async def test_two_flows_that_end_together_do_not_wait_for_each_other() -> None:
    tasks = Tasks()
    works = [Work(), Work()]

    async def publish(work: Work) -> None:
        try:
            await work.run()
        finally:
            await tasks.finish(asyncio.sleep(0))

    for work in works:
        tasks.start(publish(work))
    for work in works:
        await work.began.wait()

    assert await tasks.close()


async def test_work_that_does_not_end_is_cut_short() -> None:
    tasks, work = Tasks(), Work()
    caller = asyncio.create_task(tasks.finish(work.run()))
    await work.began.wait()

    assert not await tasks.close(within=0)

    assert work.ended == "cut short"
    assert caller.cancelled() or await asyncio.wait([caller])


async def test_closing_twice_at_once_is_to_hurry() -> None:
    tasks, work = Tasks(), Work()
    caller = asyncio.create_task(tasks.finish(work.run()))
    await work.began.wait()
    closing = asyncio.create_task(tasks.close())
    await asyncio.sleep(0)

    closing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await closing
    assert work.ended == "cut short"
    await asyncio.wait([caller])
